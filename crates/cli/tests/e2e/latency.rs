//! How soon after the answer a refusal is diagnosed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use grantscope_testkit::client::ClientAuthentication;
use grantscope_testkit::server::Client;
use grantscope_testkit::{App, AuthorizationServer, HttpClient, UserAgent};

use crate::support::grantscope::{Home, Listening};

const REFUSALS: usize = 20;
const GOAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);
const REDIRECT_URI: &str = "https://app.test/cb";

/// Waits until the file has so many lines.
fn wait_for_lines(file: &Path, lines: usize) {
    let started = now();
    while fs::read_to_string(file).unwrap_or_default().lines().count() < lines {
        assert!(now() - started < PATIENCE, "finding {lines} does not come");
        std::thread::yield_now();
    }
}

#[expect(clippy::disallowed_methods, reason = "this test is about time")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn a_refusal_is_diagnosed_within_a_tenth_of_a_second_of_its_answer() {
    let client = Client::confidential("web", "s3cret").redirect_uri(REDIRECT_URI);
    let server = AuthorizationServer::builder()
        .client(client)
        .run()
        .await
        .unwrap();
    let home = Home::new();
    let (upstream_ca, findings) = (home.path("upstream.pem"), home.findings_file());
    fs::write(&upstream_ca, server.ca_pem()).unwrap();
    let arguments = [
        "--upstream-ca",
        upstream_ca.to_str().unwrap(),
        "--findings",
        findings.to_str().unwrap(),
    ];
    let listening = Listening::start(&home, &arguments);
    let ca = fs::read_to_string(home.path("ca").join("ca.pem")).unwrap();
    let user_agent = UserAgent::new(Some(listening.address), &ca).unwrap();
    let http = HttpClient::new(Some(listening.address), &ca).unwrap();
    let secret = ClientAuthentication::SecretBasic("s3cret".to_owned());
    let app = App::new(http, server.issuer(), "web", secret, REDIRECT_URI);
    let mut delays = Vec::new();
    for refusal in 1..=REFUSALS {
        let login = app.begin_login();
        let callback = user_agent.log_in(&login).await.unwrap();
        let request = app
            .code_request(&login, &callback)
            .with("redirect_uri", "https://app.test/cb/");
        assert_eq!(app.token(request).await.unwrap().status, 400);
        let answered = now();
        wait_for_lines(&findings, refusal);
        delays.push(now() - answered);
    }
    delays.sort_unstable();
    // The machine is shared: one slow turn is not the product's.
    assert!(delays[REFUSALS * 9 / 10] < GOAL, "{delays:?}");
}
