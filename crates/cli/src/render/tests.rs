//! What the log says of sessions, by the engine that reads live traffic.

use std::sync::Arc;

use grantscope_oauth::{Exchange, FingerprintKey, Providers};
use grantscope_testkit::scenarios;

use super::*;
use crate::engine::Engine;

/// What the exchanges of a scenario bring to light, the end included.
fn findings(http: &str) -> Vec<Finding> {
    let page = format!("### T\n```http\n{http}\n```\n```warnings\nnone\n```\n");
    let exchanges = scenarios("t.md", &page).unwrap().remove(0).exchanges;
    let providers = Arc::new(Providers::embedded());
    let mut engine = Engine::new(FingerprintKey::new([7; 32]), providers, 1_000);
    let mut findings = Vec::new();
    for exchange in &exchanges {
        engine.request_sent(&Exchange {
            response: None,
            ..exchange.clone()
        });
        findings.extend(engine.finished(exchange));
    }
    let at_end = engine.seen().at_end.into_iter();
    findings.extend(at_end.map(|warning| Finding::Warning(Box::new(warning))));
    findings
}

/// The log of the exchanges of a scenario.
fn log(http: &str) -> String {
    let mut printer = Printer::new(Format::Pretty, false, Stream::Output);
    let log: Vec<_> = findings(http)
        .iter()
        .filter_map(|finding| printer.pretty(finding))
        .collect();
    anstream::adapter::strip_str(&log.concat()).to_string()
}

#[test]
fn a_warning_is_told_once_and_in_four_lines() {
    let log = log("\
@0s   GET /authorize?response_type=code&client_id=spa&redirect_uri=https://app.test/cb
      302 Location: https://app.test/cb?code=C1
@1s   POST /token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=spa
      200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\"}
@9s   GET /authorize?response_type=code&client_id=spa&redirect_uri=https://app.test/cb
      302 Location: https://app.test/cb?code=C2");
    insta::assert_snapshot!(log);
}

#[test]
fn refusals_that_repeat_are_counted_in_a_line() {
    let refused = |at: u32| {
        format!(
            "\n@{at}s POST /token  grant_type=refresh_token&refresh_token=R1&client_id=spa\n  400 {{\"error\":\"invalid_grant\"}}"
        )
    };
    let http: String = (1..=12).map(refused).chain([refused(500)]).collect();
    let log = log(http.trim());
    let headlines: Vec<_> = log
        .lines()
        .filter(|line| line.starts_with("refused[") || line.starts_with("warning["))
        .collect();
    let headlines = headlines.join("\n");
    insta::assert_snapshot!(headlines);
}

#[test]
fn a_warning_in_json_has_what_the_log_has() {
    let found = findings(
        "@0s  POST /token?client_id=web&client_secret=s3cret&grant_type=client_credentials\n  200 {\"access_token\":\"A1\"}",
    );
    let reports: Vec<_> = found.iter().filter_map(Finding::report).collect();
    insta::assert_json_snapshot!(reports);
}

#[test]
fn the_end_of_a_session_warns_too() {
    let log = log("\
@0s   POST /token  grant_type=client_credentials&client_id=web&client_secret=s3cret
      200 {\"access_token\":\"A1\"}
@1s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=s1
      302 Location: https://app.test/cb?code=C1&state=s1
@2s   GET https://app.test/cb?code=C1&state=s1
      500
@30s  POST /token  grant_type=client_credentials&client_id=web&client_secret=s3cret
      200 {\"access_token\":\"A2\"}");
    assert!(log.contains("warning[code-not-redeemed]"), "{log}");
}
