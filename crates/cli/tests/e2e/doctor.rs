//! `grantscope doctor` on a machine on which all is well, and on one on which it is not.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::grantscope::{Home, Listening};
use crate::support::scripted;

/// The exit code and the checks.
fn checks(command: &mut Command) -> (i32, Vec<Value>) {
    let output = command.args(["--format", "json"]).output().unwrap();
    let told: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let code = output.status.code().unwrap();
    assert_eq!(told["fine"], code == 0, "{told:#}");
    (code, told["checks"].as_array().unwrap().clone())
}

fn named<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in {checks:#?}"))
}

fn summary(check: &Value) -> &str {
    check["summary"].as_str().unwrap()
}

#[test]
fn where_all_is_well_nothing_is_in_the_way() {
    let home = Home::new();
    let mut command = home.command(&["doctor", "--listen", "127.0.0.1:0"]);
    let (code, checks) = checks(command.env("HOME", home.path("user")));
    assert_eq!(code, 0, "{checks:#?}");
    for name in [
        "configuration",
        "ca",
        "ca key",
        "port",
        "data",
        "database",
        "self-test",
    ] {
        assert_eq!(named(&checks, name)["state"], "good", "{checks:#?}");
    }
    let stored: Vec<_> = fs::read_dir(home.path("data")).unwrap().flatten().collect();
    assert_eq!(stored.len(), 0, "the self-test leaves nothing: {stored:?}");
}

#[test]
fn what_surrounds_a_program_is_told_without_a_password() {
    let home = Home::new();
    let listening = Listening::start(&home, &[]);
    let mut command = home.command(&["doctor", "--listen", &listening.address.to_string()]);
    command
        .env("HTTPS_PROXY", "http://me:s3cret-of-mine@proxy.test:3128")
        .env("NO_PROXY", "localhost,.corp");
    let (code, checks) = checks(&mut command);
    assert_eq!(code, 0, "{checks:#?}");
    let port = named(&checks, "port");
    assert_eq!(port["state"], "note");
    if cfg!(target_os = "linux") {
        let holder = format!("grantscope has it (process {})", listening.child.id());
        assert!(summary(port).contains(&holder), "{port:#}");
    }
    assert!(summary(named(&checks, "proxy")).ends_with("http://proxy.test:3128"));
    assert!(summary(named(&checks, "no_proxy")).contains("localhost, .corp"));
    assert!(!format!("{checks:?}").contains("s3cret"));
}

#[test]
fn what_is_in_the_way_is_told_with_a_mend() {
    let home = Home::new();
    let (_, checks_before) = checks(&mut home.command(&["doctor"]));
    assert!(!checks_before.is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = home.path("ca/ca.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let (code, checks) = checks(&mut home.command(&["doctor"]));
        assert_eq!(code, 1);
        let mend = named(&checks, "ca key")["mend"].as_str().unwrap();
        assert!(mend.contains("chmod 600"), "{mend}");
    }
    fs::write(home.path("grantscope.toml"), "listen_port = 3").unwrap();
    let (code, checks) = checks(&mut home.command(&["doctor"]));
    assert_eq!(code, 1);
    assert!(
        summary(named(&checks, "configuration")).contains("listen_port"),
        "{checks:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_for_its_time_through_the_proxy() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let ask = |arguments: &[&str]| {
        let mut command = home.command(&["doctor", "--server", server.issuer()]);
        checks(command.args(arguments))
    };
    let (code, unknown) = ask(&[]);
    assert_eq!(code, 1);
    assert!(
        summary(named(&unknown, "server")).contains("upstream-certificate"),
        "{unknown:#?}"
    );
    let ca = home.path("upstream.pem");
    let (code, known) = ask(&["--upstream-ca", ca.to_str().unwrap()]);
    assert_eq!(code, 0, "{known:#?}");
    assert_eq!(named(&known, "server")["state"], "good");
    assert!(named(&known, "clock")["state"] != "bad", "{known:#?}");
}

#[test]
fn a_command_is_told_what_run_does_for_it() {
    let home = Home::new();
    let output = home
        .command(&["doctor"])
        .args(["--", "git", "status"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("✓ command: git status is a program of the command line"),
        "{text}"
    );
    let output = home
        .command(&["doctor"])
        .args(["--", "no-such-program"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("✗ command: no-such-program: no-such-program is not there"),
        "{text}"
    );
}
