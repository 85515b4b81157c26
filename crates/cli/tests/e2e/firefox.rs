//! Firefox, opened by `grantscope browser`: it goes through to loopback, trusts the CA, and says nothing of its own.

use std::process::Command;

use serde_json::Value;

use crate::support::grantscope::Home;
use crate::support::scripted;

#[tokio::test(flavor = "multi_thread")]
async fn firefox_is_seen_at_loopback_and_trusts_the_ca() {
    for program in ["firefox-esr", "certutil"] {
        // Neither does anything for this argument but end.
        let found = Command::new(program).arg("--version").output();
        assert!(
            found.is_ok(),
            "there is no {program}: `cargo xtask prepare` installs it, or tells how"
        );
    }
    let home = Home::new();
    let server = scripted::server(&home).await;
    let url = format!(
        "{}/authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&state=s-1&scope=openid",
        server.issuer()
    );
    let mut command = home.command(&[
        "browser",
        "--listen",
        "127.0.0.1:0",
        "--program",
        "firefox-esr",
    ]);
    command
        .arg("--upstream-ca")
        .arg(home.path("upstream.pem"))
        .arg("--har")
        .arg(home.har_file())
        // Without a window it draws the page, and ends.
        .args(["--", "--headless", "--screenshot"])
        .arg(home.path("page.png"))
        .arg(&url)
        .env("HOME", home.path("user"));
    std::fs::create_dir(home.path("user")).unwrap();
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let har: Value = serde_json::from_slice(&std::fs::read(home.har_file()).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let seen = entries.iter().any(|it| {
        it["request"]["url"]
            .as_str()
            .unwrap()
            .starts_with(&url[..url.find('?').unwrap()])
    });
    assert!(seen, "{har:#}\n{log}");
    assert!(
        !log.contains("mozilla"),
        "requests of its own stand in the log: {log}"
    );
    assert!(!log.contains("not trust"), "{log}");
}
