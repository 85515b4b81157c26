//! A login in a real browser that `grantscope browser` opened: both legs are seen, and nobody trusts the CA.

use std::io::Read as _;
use std::process::Command;

use crate::support::grantscope::{Home, Listening};
use crate::support::peers::{Certificates, PEERS, Provider};

const MISSING: &str = "there is no Chromium: `cargo xtask prepare` installs it, or tells how";

/// The authorization request of the client that redeems the code.
fn authorization(issuer: &str) -> String {
    format!(
        "{issuer}/auth?client_id=web&response_type=code&scope=openid&state=s-1\
         &redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
    )
}

#[test]
fn a_login_in_the_browser_is_seen_and_its_refusal_is_diagnosed() {
    let found = Command::new("chromium").arg("--version").output();
    assert!(found.is_ok_and(|it| it.status.success()), "{MISSING}");
    let home = Home::new();
    let certificates = Certificates::new();
    let provider = Provider::start(&certificates, "{}");
    let profile = home.path("profile");
    std::fs::create_dir(&profile).unwrap();

    let mut command = home.command(&["browser", "--listen", "127.0.0.1:0"]);
    command
        .arg("--upstream-ca")
        .arg(certificates.ca())
        .arg("--findings")
        .arg(home.findings_file())
        .arg(authorization(&provider.issuer))
        // No window, and whoever runs the tests may be root; the test finds the browser by its profile.
        .args(["--", "--headless=new", "--no-sandbox", "--disable-gpu"])
        .arg("--remote-debugging-port=0")
        .arg(format!("--user-data-dir={}", profile.display()));
    let mut listening = Listening::of(command);

    let login = Command::new("node")
        .arg(format!("{PEERS}/reach/login.mjs"))
        .arg("--profile")
        .arg(&profile)
        .args(["--proxy", &format!("http://{}", listening.address)])
        .args(["--issuer", &provider.issuer])
        .env("NODE_EXTRA_CA_CERTS", home.path("ca").join("ca.pem"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&login.stderr);
    assert!(login.status.success(), "{errors}");

    // The browser is closed, and grantscope ends with it.
    let mut log = String::new();
    let mut output = listening.child.stdout.take().unwrap();
    output.read_to_string(&mut log).unwrap();
    assert!(listening.child.wait().unwrap().success());
    // Not one request of the browser's own, which has no answer where there is no network.
    let unanswered: Vec<_> = log
        .lines()
        .filter(|line| line.starts_with("no answer"))
        .collect();
    // The app's callback, and what the server's login page asks for.
    let of_the_login = ["app.test", "fonts.googleapis.com"];
    for line in unanswered {
        assert!(
            of_the_login.iter().any(|host| line.contains(host)),
            "{line}"
        );
    }
    let findings = home.findings();
    let found = findings.iter().find(|it| it["kind"] == "diagnosis");
    let found = found.unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(found["cause"], "redirect-uri-mismatch", "{found:#}");
    assert_eq!(found["verdict"], "proven", "{found:#}");
}
