//! A session of many exchanges and findings, written straight into the store.

use std::path::Path;

use grantscope_capture::files;
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{Batch, Store};
use grantscope_oauth::{ExchangeId, FingerprintKey};
use jiff::{SignedDuration, Timestamp};

use super::grantscope::Home;

/// What is written at once.
const BATCH: u64 = 1_000;
/// A finding in so many exchanges.
const EXCHANGES_OF_A_FINDING: u64 = 2;
/// The causes that are found, in turn.
const CAUSES: [&str; 5] = [
    "code-reused",
    "code-expired",
    "redirect-uri-mismatch",
    "pkce-verifier-mismatch",
    "refresh-rotated",
];

/// Writes a session of this name: the exchanges of a capture over and over, half as many findings like this one, of 40
/// clients.
pub(crate) fn write(home: &Home, name: &str, capture: &Path, finding: &FindingV1, exchanges: u64) {
    let begun_at: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let store = Store::open(&home.path("data")).unwrap();
    let mut session = store.begin(name, begun_at).unwrap();
    let redactor = Redactor::new(FingerprintKey::new([7; 32]));
    let read = files::read(capture).unwrap().exchanges;
    let read: Vec<_> = read
        .iter()
        .map(|it| redactor.redact(it).into_inner())
        .collect();
    for first in (1..=exchanges).step_by(usize::try_from(BATCH).unwrap()) {
        let mut batch = Batch::default();
        for number in first..(first + BATCH).min(exchanges + 1) {
            let at = begun_at + SignedDuration::from_millis(i64::try_from(number).unwrap() * 40);
            let mut exchange = read[usize::try_from(number).unwrap() % read.len()].clone();
            (exchange.id, exchange.started_at) = (ExchangeId(number), at);
            // It is redacted already.
            batch
                .exchange(&Redactor::keep_secrets().redact(&exchange))
                .unwrap();
            if number % EXCHANGES_OF_A_FINDING == 0 {
                batch.finding(&found(finding, number, at)).unwrap();
            }
        }
        session.write(&batch).unwrap();
    }
}

fn found(like: &FindingV1, number: u64, at: Timestamp) -> FindingV1 {
    let FindingV1::Diagnosis(report) = like else {
        panic!("a diagnosis is wanted: {like:?}");
    };
    let mut report = report.clone();
    let nth = number / EXCHANGES_OF_A_FINDING;
    report.id = format!("{number:x}-{number}");
    report.time = at;
    report.exchange.id = number;
    report.client_id = Some(format!("client-{}", nth % 40));
    report.cause = Some(CAUSES[usize::try_from(nth).unwrap() % CAUSES.len()].into());
    report.summary = format!("{} ({nth})", report.summary);
    FindingV1::Diagnosis(report)
}
