//! The commands as a user types them.

use std::fs;

use crate::support::capture;
use crate::support::grantscope::Home;
#[cfg(unix)]
use crate::support::grantscope::Listening;

fn output(home: &Home, arguments: &[&str]) -> (i32, String, String) {
    let output = home.command(arguments).output().unwrap();
    capture::assert_silent(&[&output.stdout, &output.stderr]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_help_names_every_command_and_flag() {
    let (code, help, _) = output(&Home::new(), &["--help"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(help.replace("grantscope.exe", "grantscope"));
}

#[test]
fn the_demo_diagnoses_every_refusal_and_leaves_a_har_file() {
    let home = Home::new();
    let har = home.har_file();
    let (code, log, errors) = output(&home, &["demo", "--har", har.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""), "{log}");
    assert!(
        log.matches("refused[").count() >= 12 && log.contains("refused[code-reused] proven"),
        "{log}"
    );
    assert!(
        log.lines().filter(|line| line.starts_with("ok #")).count() >= 4,
        "{log}"
    );
    assert!(!log.contains('\u{1b}'), "colours belong on terminals alone");
    let (code, analyzed, _) = output(&home, &["analyze", har.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(
        analyzed.contains("refused[redirect-uri-mismatch] proven"),
        "{analyzed}"
    );
}

#[test]
fn a_provider_of_the_configuration_is_known_to_explain() {
    let home = Home::new();
    let file = home.path("acme.toml");
    let provider = "id = \"acme\"\nname = \"Acme Login\"\n[[statement]]\npattern = \"ACME-4711\"\ncauses = [{ cause = \"code-reused\", verdict = \"proven\" }]\nexample = \"ACME-4711\"\nsource = \"https://acme.test/errors\"\n";
    fs::write(&file, provider).unwrap();
    let (code, _, errors) = output(&home, &["explain", "ACME-4711"]);
    assert_ne!(code, 0, "{errors}");
    let config = format!("providers = [{file:?}]\n");
    fs::write(home.path("grantscope.toml"), config).unwrap();
    let (code, told, errors) = output(&home, &["explain", "ACME-4711"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(
        told.contains("Acme Login") && told.contains("code-reused"),
        "{told}"
    );
}

#[test]
fn a_session_is_exported_redacted_and_diagnosed_again() {
    let home = Home::new();
    let raw = home.path("raw.har");
    fs::write(&raw, capture::HAR).unwrap();
    let (code, har, errors) = output(&home, &["export", raw.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let exported = home.path("exported.har");
    let to = exported.to_str().unwrap();
    assert_eq!(
        output(&home, &["export", raw.to_str().unwrap(), "-o", to]).0,
        0
    );
    assert_eq!(fs::read_to_string(&exported).unwrap(), har);
    for capture in [raw.to_str().unwrap(), to] {
        let (_, found, _) = output(&home, &["analyze", capture]);
        assert!(
            found.contains("refused[redirect-uri-mismatch] proven"),
            "{found}"
        );
    }
    let (_, lines, _) = output(&home, &["export", to, "--format", "jsonl"]);
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn explain_prints_the_page_of_a_cause_and_lists_them_all() {
    let home = Home::new();
    let (_, page, _) = output(&home, &["explain", "redirect-uri-mismatch"]);
    assert_eq!(
        page,
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/causes/redirect-uri-mismatch.md"
        ))
    );
    let (_, list, _) = output(&home, &["explain"]);
    for cause in grantscope_rules::Cause::ALL {
        assert!(list.contains(&format!("{cause} ")), "{list}");
    }
    let (code, _, error) = output(&home, &["explain", "redirect-uri-mishap"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("did you mean") && error.contains("redirect-uri-mismatch"),
        "{error}"
    );
}

#[test]
fn the_ca_is_made_on_first_use_and_stays() {
    let home = Home::new();
    let (code, path, _) = output(&home, &["ca", "path"]);
    assert_eq!(
        (code, path.trim()),
        (0, home.path("ca").join("ca.pem").to_str().unwrap())
    );
    let (_, exported, _) = output(&home, &["ca", "export"]);
    assert_eq!(
        exported,
        fs::read_to_string(home.path("ca").join("ca.pem")).unwrap()
    );
    let bundle = fs::read_to_string(home.path("ca").join("bundle.pem")).unwrap();
    assert!(bundle.contains(exported.trim()), "the bundle holds the CA");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(home.path("ca").join("ca.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn run_gives_the_command_its_environment_and_returns_its_code() {
    let home = Home::new();
    let script = "test -n \"$HTTPS_PROXY\" && test \"$https_proxy\" = \"$HTTPS_PROXY\" && test -z \"$NO_PROXY\" \
                  && test -f \"$SSL_CERT_FILE\" && test -f \"$NODE_EXTRA_CA_CERTS\" && cat && exit 7";
    let mut command = home.command(&["run"]);
    command
        .args(["--", "sh", "-c", script])
        .env("NO_PROXY", "localhost");
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"the child's own input").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "the child's own input"
    );
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("NO_PROXY is not passed on"), "{log}");
}

#[cfg(unix)]
#[test]
fn a_command_that_a_signal_ends_gives_its_number() {
    let (code, _, _) = output(&Home::new(), &["run", "--", "sh", "-c", "kill -9 $$"]);
    // The arguments of the home stand behind the command, and belong to it.
    assert_eq!(code, 128 + 9);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_proxy_in_order() {
    let home = Home::new();
    let har = home.har_file();
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let mut listening = Listening::start(&home, &["--har", har.to_str().unwrap()]);
        let pid = rustix::process::Pid::from_child(&listening.child);
        rustix::process::kill_process(pid, signal).unwrap();
        assert_eq!(listening.child.wait().unwrap().code(), Some(0));
        assert!(
            fs::read_to_string(&har)
                .unwrap()
                .contains("\"version\":\"1.2\"")
        );
        fs::remove_file(&har).unwrap();
    }
}

#[test]
fn nothing_of_oauth_where_it_is_expected_is_told_by_the_exit_code() {
    let home = Home::new();
    let har = home.path("empty.har");
    let empty = r#"{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}"#;
    fs::write(&har, empty).unwrap();
    let har = har.to_str().unwrap();
    assert_eq!(output(&home, &["analyze", har, "--expect-oauth"]).0, 3);
    assert_eq!(output(&home, &["analyze", har]).0, 0);
}

#[cfg(unix)]
#[test]
fn what_env_prints_is_taken_by_a_shell() {
    let home = Home::new();
    let printed = home.command(&["env", "--listen", "127.0.0.1:7"]).output();
    let script = format!(
        "{}\necho \"$HTTPS_PROXY|${{NO_PROXY-unset}}|$NODE_OPTIONS\"",
        String::from_utf8(printed.unwrap().stdout).unwrap()
    );
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg(script)
        .env("NO_PROXY", "localhost")
        .env("NODE_OPTIONS", "--none");
    let output = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let node = home.path("data").join("preloads/node.cjs");
    let expected = format!(
        "http://127.0.0.1:7|unset|--require \"{}\"\n",
        node.display()
    );
    assert_eq!(output, expected);
}

#[cfg(unix)]
#[test]
fn what_env_prints_is_taken_by_fish() {
    let home = Home::new();
    let arguments = ["env", "--shell", "fish", "--listen", "127.0.0.1:7"];
    let printed = home.command(&arguments).output().unwrap();
    let script = format!(
        "{}\necho \"$HTTPS_PROXY|$NO_PROXY|$NODE_OPTIONS\"",
        String::from_utf8(printed.stdout).unwrap()
    );
    let mut shell = std::process::Command::new("fish");
    shell
        .args(["--no-config", "-c", &script])
        .env("HOME", home.path(""))
        .env("NO_PROXY", "localhost");
    let output = shell
        .output()
        .expect("there is no fish: `cargo xtask prepare` installs it, or tells how");
    let node = home.path("data").join("preloads/node.cjs");
    let expected = format!("http://127.0.0.1:7||--require \"{}\"\n", node.display());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// `script` gives its command a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_command_has_the_terminal_of_grantscope() {
    let home = Home::new();
    let run = home.command(&["run", "--quiet"]);
    let words = std::iter::once(run.get_program()).chain(run.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let told = "test -t 0 && test -t 1 && test -t 2 && stty size";
    let line = format!(
        "stty rows 33 cols 77; {} -- sh -c '{told}'",
        words.join(" ")
    );
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    let output = script
        .output()
        .expect("there is no script: it is part of util-linux");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("33 77"), "{said}");
}
