//! How soon after the answer a refusal is diagnosed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use grantscope_testkit::Canaries;

use crate::support::grantscope::Home;
use crate::support::scripted::{self, REDIRECT_URI};

const REFUSALS: usize = 20;
const GOAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);

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
    let home = Home::new();
    let server = scripted::server(&home).await;
    let proxy = scripted::proxy(&home);
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let findings = home.findings_file();
    let mut delays = Vec::new();
    for refusal in 1..=REFUSALS {
        let login = app.begin_login();
        let callback = user_agent.log_in(&login).await.unwrap();
        let request = app
            .code_request(&login, &callback)
            .with("redirect_uri", &format!("{REDIRECT_URI}/"));
        assert_eq!(app.token(request).await.unwrap().status, 400);
        let answered = now();
        wait_for_lines(&findings, refusal);
        delays.push(now() - answered);
    }
    let canaries = Canaries::new(server.secrets());
    assert_eq!(home.leaks(&canaries, &[]), [""; 0]);
    delays.sort_unstable();
    // The machine is shared: one slow turn is not the product's.
    assert!(delays[REFUSALS * 9 / 10] < GOAL, "{delays:?}");
}
