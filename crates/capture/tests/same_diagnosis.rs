//! The diagnosis of a redacted capture is that of the raw one: for every scenario of every cause page.
//!
//! That each page has scenarios is a test of `grantscope-rules`.

#![expect(
    clippy::unwrap_used,
    reason = "a page or a file that cannot be read fails the test, and the panic says where"
)]

use std::sync::Arc;

use grantscope_capture::har;
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader, placeholder};
use grantscope_rules::{Case, Cause, diagnose};
use grantscope_testkit::{Scenario, scenarios};

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

fn all() -> Vec<Scenario> {
    let of = |cause: &Cause| scenarios(cause.id(), cause.page().markdown()).unwrap();
    Cause::ALL.iter().flat_map(of).collect()
}

/// All diagnoses of a capture, in full.
fn diagnoses(exchanges: &[Exchange]) -> Vec<String> {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let ledger = Correlator::default();
    for exchange in exchanges {
        ledger.observe(Event::Finished(reader.read(exchange)));
    }
    let history = ledger.history();
    let cases = exchanges
        .iter()
        .filter_map(|exchange| Case::of(history, &providers, exchange.id));
    cases
        .map(|case| format!("{:#?}", diagnose(&case)))
        .collect()
}

/// What is left after redaction, a HAR file and its import.
fn stored(scenario: &Scenario) -> Vec<Exchange> {
    let redactor = Redactor::new(KEY);
    let redact = |exchange: &Exchange| redactor.redact(exchange);
    let redacted: Vec<Redacted<Exchange>> = scenario.exchanges.iter().map(redact).collect();
    let mut file = Vec::new();
    har::export(&mut file, "0", &redacted, None).unwrap();
    har::import(file.as_slice()).unwrap().exchanges
}

#[test]
fn a_redacted_capture_is_diagnosed_like_the_raw_one() {
    let mut differing = Vec::new();
    for scenario in all() {
        let mut exchanges = scenario.exchanges.clone();
        exchanges.sort_by_key(|exchange| exchange.started_at);
        let (raw, redacted) = (diagnoses(&exchanges), diagnoses(&stored(&scenario)));
        if let Some(difference) = difference(&raw, &redacted) {
            let at = format!("{}:{}", scenario.page, scenario.line);
            differing.push(format!("{at} {}{difference}", scenario.title));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// The first lines in which two diagnoses differ.
///
/// A redirection URI that carries a code is shown with the placeholder of the code, which is no difference.
fn difference(raw: &[String], redacted: &[String]) -> Option<String> {
    let lines = |of: &[String]| -> Vec<String> {
        let lines = of.iter().flat_map(|one| one.lines());
        lines.map(str::to_owned).collect()
    };
    let (raw, redacted) = (lines(raw), lines(redacted));
    if raw.len() != redacted.len() {
        let (raw, redacted) = (raw.len(), redacted.len());
        return Some(format!("\n  {raw} lines, and {redacted} when redacted"));
    }
    let mut pairs = raw.iter().zip(&redacted);
    let differs = |(raw, redacted): &(&String, &String)| {
        raw != redacted && !redacted.contains(placeholder::PREFIX)
    };
    let (raw, redacted) = pairs.find(differs)?;
    Some(format!("\n  raw      {raw}\n  redacted {redacted}"))
}
