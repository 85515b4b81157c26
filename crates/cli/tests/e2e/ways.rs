//! The ways into grantscope and out of it that are not CONNECT, by a client that many programs have inside: curl.

use std::process::{Command, Output};

use grantscope_testkit::RunningServer;

use crate::support::grantscope::Home;
use crate::support::scripted;

const MISSING: &str = "the tests need curl: install it with `apt-get install curl` or from curl.se";

/// A request for a token that the server refuses, by curl with these arguments.
async fn curl(home: &Home, server: &RunningServer, arguments: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        curl.env_remove(name).env_remove(name.to_uppercase());
    }
    curl.args(["--silent", "--show-error", "--max-time", "30", "--cacert"])
        .arg(home.path("ca").join("ca.pem"))
        .args(arguments)
        .args([
            "--data",
            "grant_type=refresh_token&refresh_token=unknown&client_id=web",
        ])
        .arg(format!("{}/token", server.issuer()));
    let output = tokio::task::spawn_blocking(move || curl.output());
    output.await.unwrap().expect(MISSING)
}

#[tokio::test]
async fn a_refusal_that_comes_by_socks_is_diagnosed() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let listening = scripted::proxy(&home);
    let address = listening.address.to_string();
    for proxy in [
        format!("socks5h://{address}"),
        format!("socks5://{address}"),
        format!("socks5h://me:pass@{address}"),
    ] {
        let output = curl(&home, &server, &["--proxy", &proxy]).await;
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains("\"error\""), "{proxy}: {output:?}");
    }
    let output = curl(&home, &server, &["--proxy", &format!("socks4://{address}")]).await;
    assert_eq!(output.status.code(), Some(97), "{output:?}");
    listening.end();
    let urls: Vec<_> = home
        .findings()
        .iter()
        .filter(|finding| finding["kind"] == "diagnosis")
        .map(|finding| finding["exchange"]["url"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(urls, vec![format!("{}/token", server.issuer()); 3]);
}
