//! `grantscope env --container`: what a container is shown holds together without this machine's files.

use std::fs;
use std::path::Path;

use crate::support::grantscope::Home;

/// Prints what a container needs, with paths and names as in every run.
fn printed(home: &Home, form: &str) -> String {
    let output = home
        .command(&["env", "--container", form])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert!(
        errors.contains("--listen 0.0.0.0:8642 --allow-remote 1"),
        "{errors}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    // As a text, and as JSON has it on Windows.
    let data = home.path("data").to_str().unwrap().to_owned();
    let text = text.replace(&data.replace('\\', "\\\\"), "DATA");
    let text = text.replace(&data, "DATA");
    text.replace("DATA\\\\", "DATA/").replace("DATA\\", "DATA/")
}

fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            all.push((name, fs::read(&path).unwrap()));
        }
    }
    all
}

#[test]
fn a_container_is_shown_all_that_it_needs_and_no_key() {
    let home = Home::new();
    insta::assert_snapshot!(printed(&home, "docker"), @"--env-file DATA/container.env --add-host host.docker.internal:host-gateway --volume DATA/container:/grantscope:ro,z");
    insta::assert_snapshot!(printed(&home, "podman"), @"--env-file DATA/container.env --volume DATA/container:/grantscope:ro,z");
    let compose = printed(&home, "compose");
    let (_comment, json) = compose.split_once('\n').unwrap();
    let file: serde_json::Value = serde_json::from_str(json).unwrap();
    let app = &file["services"]["app"];
    assert_eq!(app["volumes"][0], "DATA/container:/grantscope:ro,z");
    assert_eq!(app["extra_hosts"][0], "host.docker.internal:host-gateway");
    assert_eq!(
        app["environment"]["HTTPS_PROXY"],
        "http://host.docker.internal:8642"
    );
    printed(&home, "docker");
    let variables = fs::read_to_string(home.path("data/container.env")).unwrap();
    for line in [
        "HTTPS_PROXY=http://host.docker.internal:8642",
        "NO_PROXY=localhost,127.0.0.1,::1",
        "SSL_CERT_FILE=/grantscope/bundle.pem",
        "NODE_OPTIONS=--require \"/grantscope/node.cjs\"",
        "PHP_INI_SCAN_DIR=:/grantscope/php",
    ] {
        assert!(
            variables.lines().any(|it| it == line),
            "{line} is not in {variables}"
        );
    }
    let mut shown = files(&home.path("data/container"));
    shown.push(("container.env".to_owned(), variables.into_bytes()));
    let here = home.path("").to_str().unwrap().to_owned();
    for (name, content) in &shown {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains(&here), "{name} names a path of this machine");
        assert!(!text.contains("PRIVATE KEY"), "{name}");
    }
    // Each file that a variable names is there.
    let variables = String::from_utf8_lossy(&shown[shown.len() - 1].1).into_owned();
    let named = variables.split("/grantscope/").skip(1);
    for name in named.map(|rest| rest.split(['\n', '"', ' ']).next().unwrap()) {
        assert!(home.path("data/container").join(name).exists(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn whoever_a_container_runs_as_can_read_what_it_is_shown() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    printed(&home, "docker");
    for name in ["", "php", "php/grantscope.ini", "bundle.pem", "node.cjs"] {
        let path = home.path("data/container").join(name);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o044, 0o044, "{name}");
    }
    let above = fs::metadata(home.path("data"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(above & 0o077, 0, "and nobody else on this machine can");
}
