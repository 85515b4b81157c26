//! What the log says of sessions, by the engine that reads live traffic.

use std::sync::Arc;

use grantscope_oauth::{Exchange, FingerprintKey, Providers};
use grantscope_testkit::scenarios;

use super::*;
use crate::engine::Engine;

/// The log of the exchanges of a scenario.
fn log(http: &str) -> String {
    let page = format!("### T\n```http\n{http}\n```\n```warnings\nnone\n```\n");
    let exchanges = scenarios("t.md", &page).unwrap().remove(0).exchanges;
    let providers = Arc::new(Providers::embedded());
    let mut engine = Engine::new(FingerprintKey::new([7; 32]), providers, 1_000);
    let mut printer = Printer::new(Format::Pretty, false, Stream::Output);
    let mut log = String::new();
    for exchange in &exchanges {
        engine.request_sent(&Exchange {
            response: None,
            ..exchange.clone()
        });
        let findings = engine.finished(exchange).findings;
        log.extend(
            findings
                .iter()
                .filter_map(|finding| printer.pretty(finding)),
        );
    }
    for warning in engine.seen().at_end {
        log.extend(printer.pretty(&Finding::Warning(Box::new(warning))));
    }
    anstream::adapter::strip_str(&log).to_string()
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
