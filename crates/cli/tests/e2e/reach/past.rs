//! A program that goes past grantscope, or does not trust it, is named with what to do.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use crate::support::grantscope::Home;
use crate::support::scripted;

/// Runs a program of Node's that asks for something at a URL, and returns what was not seen.
fn gaps(home: &Home, program: &str, url: &str, changed: &[(&str, &str)]) -> Vec<serde_json::Value> {
    let mut run = home.command(&["run"]);
    run.arg("--findings")
        .arg(home.findings_file())
        .args(["--", "node", "-e", program, url]);
    // What the program changes in its own environment is its own way past grantscope.
    run.envs(changed.iter().copied());
    let output = run.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    home.gaps()
}

fn kinds(gaps: &[serde_json::Value]) -> Vec<&str> {
    gaps.iter()
        .map(|gap| gap["coverage"].as_str().unwrap())
        .collect()
}

#[test]
fn a_program_that_goes_past_grantscope_is_named() {
    // Its child has nothing of the environment, and keeps its connection until it was seen.
    let program = "
        const { execFileSync } = require('child_process');
        const child = `require('http').get('${process.argv[1]}', (answer) => {
            answer.resume();
            setTimeout(() => process.exit(0), 5000);
        })`;
        execFileSync(process.execPath, ['-e', child], { env: {} });";
    let gaps = gaps(&Home::new(), program, &held_server(), &[]);
    assert_eq!(kinds(&gaps), ["nothing-arrived", "went-past"], "{gaps:#?}");
}

#[cfg(unix)]
#[test]
fn a_daemon_that_was_running_before_is_named_with_its_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let wrapper = home.path("gradlew");
    std::fs::write(&wrapper, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
    // It has the words of a daemon, and waits for the end of its input.
    let words = ["-e", "process.stdin.resume()"];
    let mut daemon = std::process::Command::new("node")
        .args(words)
        .arg("org.gradle.launcher.daemon.bootstrap.GradleDaemon")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut run = home.command(&["run"]);
    run.arg("--findings")
        .arg(home.findings_file())
        .arg("--")
        .arg(&wrapper);
    let output = run.output().unwrap();
    drop(daemon.stdin.take());
    daemon.wait().unwrap();
    assert!(output.status.success(), "{output:?}");
    let gaps = home.gaps();
    let named = gaps.iter().find(|it| it["coverage"] == "daemon-before");
    let named = named.unwrap_or_else(|| panic!("{gaps:#?}"));
    let process = format!("process {}", daemon.id());
    assert!(
        named["summary"].as_str().unwrap().contains(&process),
        "{named:#}"
    );
    assert!(
        named["fix"].as_str().unwrap().contains("gradlew --stop"),
        "{named:#}"
    );
}

/// A server without TLS that answers and keeps the connection.
fn held_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let held: Vec<_> = listener
            .incoming()
            .flatten()
            .map(|mut connection| {
                // That the other end has gone away is the end of the test.
                let _sent = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                connection
            })
            .collect();
        drop(held);
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_trust_the_ca_is_named_with_the_remedy() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let program = "
        const ca = require('fs').readFileSync(process.env.OTHER_CA);
        require('https').get(process.argv[1], { ca }).on('error', () => {});";
    let other = home.path("upstream.pem");
    let changed = [("OTHER_CA", other.to_str().unwrap())];
    let gaps = gaps(&home, program, server.issuer(), &changed);
    assert_eq!(
        kinds(&gaps),
        ["client-rejected-certificate", "no-oauth-seen"],
        "{gaps:#?}"
    );
    assert!(
        gaps[0]["fix"]
            .as_str()
            .unwrap()
            .contains("NODE_EXTRA_CA_CERTS"),
        "{gaps:#?}"
    );
}
