//! The diagnoses of a capture, and in what those of two captures differ.

use std::sync::Arc;

use grantscope_capture::har;
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_rules::{Case, Cause, Diagnosis, Finding, Verdict, diagnose};

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

/// A diagnosis: the verdict on each cause, and all of it.
pub(crate) struct Diagnosed {
    pub(crate) verdicts: Vec<(Cause, Verdict)>,
    full: String,
}

/// All diagnoses of a capture.
pub(crate) fn diagnoses(exchanges: &[Exchange]) -> Vec<Diagnosed> {
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
pub(crate) fn stored(exchanges: &[Exchange]) -> Vec<Exchange> {
    let redactor = Redactor::new(KEY);
    let redact = |exchange: &Exchange| redactor.redact(exchange);
    let redacted: Vec<Redacted<Exchange>> = exchanges.iter().map(redact).collect();
    let mut file = Vec::new();
    har::export(&mut file, "0", &redacted, None).unwrap();
    har::import(file.as_slice()).unwrap().exchanges
}

/// In what the diagnoses of a raw capture and of a redacted one differ.
pub(crate) fn difference(raw: &[Exchange], redacted: &[Exchange]) -> Option<String> {
    let (raw, redacted) = (diagnoses(raw), diagnoses(redacted));
    if raw.len() != redacted.len() {
        let (raw, redacted) = (raw.len(), redacted.len());
        return Some(format!("{raw} diagnoses, and {redacted} when redacted"));
    }
    let mut pairs = raw.iter().zip(&redacted);
    pairs.find_map(|(raw, redacted)| of_one(raw, redacted))
}

/// The first lines in which two diagnoses differ.
///
/// A redirection URI with a parameter that OAuth does not know is shown without its value once it is redacted, and as it
/// was sent before that. Then the verdicts must be the same.
fn of_one(raw: &Diagnosed, redacted: &Diagnosed) -> Option<String> {
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
