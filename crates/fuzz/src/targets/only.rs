//! What one finding is about, written in every format.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use grantscope_capture::export::{
    self, Document, Traffic, curl, html, insomnia, markdown, postman,
};
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Exchange, Reader};
use grantscope_rules::{Case, diagnose, warn};
use grantscope_testkit::Canaries;

use super::exchange::{KEY, PROVIDERS};
use super::redaction::CANARY;
use crate::message;

static CANARIES: LazyLock<Canaries> = LazyLock::new(|| Canaries::new([("token", CANARY)]));

/// `grantscope export --only` for each finding in a history of any exchanges: what the finding cites is in it, and no secret.
pub(super) fn only(bytes: &[u8]) {
    let mut exchanges = message::exchanges(bytes);
    for exchange in &mut exchanges {
        let bearer = format!("Bearer {CANARY}");
        exchange.request.headers.push("Authorization", bearer);
    }
    let (reader, findings) = found(&exchanges);
    let redactor = Redactor::new(KEY);
    for finding in findings {
        let redacted = exchanges.iter().map(|exchange| redactor.redact(exchange));
        let traffic = Traffic::read(redacted, &reader).only(&finding);
        let kept: BTreeSet<_> = traffic.exchanges().map(|it| it.id.0).collect();
        let cited: BTreeSet<_> = finding.cites().into_iter().collect();
        assert!(
            cited.is_subset(&kept),
            "{cited:?} are cited, and {kept:?} kept"
        );
        written(&finding, &traffic);
    }
}

fn found(exchanges: &[Exchange]) -> (Reader, Vec<FindingV1>) {
    let reader = Reader::new(KEY, Arc::clone(&PROVIDERS));
    let ledger = Correlator::default();
    let mut findings = Vec::new();
    for exchange in exchanges {
        ledger.observe(Event::Finished(reader.read(exchange)));
        let warnings = warn(ledger.history(), &reader, exchange);
        findings.extend(warnings.iter().map(FindingV1::of_warning));
        if let Some(case) = Case::of(ledger.history(), &PROVIDERS, exchange.id) {
            findings.push(FindingV1::of_diagnosis(&diagnose(&case), 1));
        }
    }
    (reader, findings)
}

/// Writes in one format.
type Write = fn(&mut Vec<u8>, &Document<'_>) -> std::io::Result<()>;

fn written(finding: &FindingV1, traffic: &Traffic) {
    let document = Document {
        version: "0",
        notes: &[],
        findings: std::slice::from_ref(finding),
        traffic,
        origins: &[],
    };
    let formats: [Write; 6] = [
        |to, document| export::json(to, document),
        |to, document| postman::write(to, document),
        |to, document| insomnia::write(to, document),
        |to, document| curl::write(to, document),
        |to, document| markdown::write(to, document),
        |to, document| html::write(to, document),
    ];
    for write in formats {
        let mut file = Vec::new();
        assert!(write(&mut file, &document).is_ok());
        CANARIES.assert_silent("an export", &file);
    }
}
