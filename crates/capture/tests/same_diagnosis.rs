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
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_rules::{Case, Cause, Diagnosis, Finding, Verdict, diagnose};
use grantscope_testkit::{Scenario, scenarios};

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

fn all() -> Vec<Scenario> {
    let of = |cause: &Cause| scenarios(cause.id(), cause.page().markdown()).unwrap();
    Cause::ALL.iter().flat_map(of).collect()
}

/// A diagnosis: the verdict on each cause, and all of it.
struct Diagnosed {
    verdicts: Vec<(Cause, Verdict)>,
    full: String,
}

/// All diagnoses of a capture.
fn diagnoses(exchanges: &[Exchange]) -> Vec<Diagnosed> {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let ledger = Correlator::default();
    for exchange in exchanges {
        ledger.observe(Event::Finished(reader.read(exchange)));
    }
    let history = ledger.history();
    exchanges
        .iter()
        .filter_map(|exchange| Case::of(history, &providers, exchange.id))
        .map(|case| diagnosed(&diagnose(&case)))
        .collect()
}

fn diagnosed(diagnosis: &Diagnosis) -> Diagnosed {
    let verdict = |finding: &Finding| (finding.cause(), finding.verdict());
    Diagnosed {
        verdicts: diagnosis.findings.iter().map(verdict).collect(),
        full: format!("{diagnosis:#?}"),
    }
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
        let differ = |(raw, redacted)| difference(raw, redacted);
        let difference = if raw.len() == redacted.len() {
            raw.iter().zip(&redacted).find_map(differ)
        } else {
            Some(format!(
                "{} diagnoses, and {} when redacted",
                raw.len(),
                redacted.len()
            ))
        };
        if let Some(difference) = difference {
            let (page, line) = (&scenario.page, scenario.line);
            differing.push(format!("{page}:{line} {}\n{difference}", scenario.title));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// The first lines in which two diagnoses differ.
///
/// A redirection URI with a parameter that OAuth does not know is shown without its value once it is redacted, and as it
/// was sent before that. Then the verdicts must be the same.
fn difference(raw: &Diagnosed, redacted: &Diagnosed) -> Option<String> {
    if raw.verdicts != redacted.verdicts {
        let (raw, redacted) = (&raw.verdicts, &redacted.verdicts);
        return Some(format!("  raw      {raw:?}\n  redacted {redacted:?}"));
    }
    if redacted.full.contains("=parameter#") {
        return None;
    }
    let mut lines = raw.full.lines().zip(redacted.full.lines());
    let (raw, redacted) = lines.find(|(raw, redacted)| raw != redacted)?;
    Some(format!("  raw      {raw}\n  redacted {redacted}"))
}
