//! Redaction: a secret survives in no encoding, and the diagnosis is that of what was redacted.

use std::sync::LazyLock;

use grantscope_oauth::Exchange;
use grantscope_testkit::Canaries;

use super::exchange::read_and_redact;
use crate::message;

#[path = "../../../capture/tests/support/mod.rs"]
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "a test's support: what cannot go on is a finding, and of what is compared there the verdicts alone are here"
)]
mod diagnosed;

use diagnosed::{diagnoses, stored};

/// The secret that every request of a fuzzed exchange presents. The seeds hold it in all its encodings.
pub(crate) const CANARY: &str = "cAn4ry~Of.A-Token_7Q+/x2==";

static CANARIES: LazyLock<Canaries> = LazyLock::new(|| Canaries::new([("token", CANARY)]));

/// Exchanges of any text whose request presents a secret (RFC 6750 §2.1). It is nowhere in what is left of them.
pub(super) fn redaction(bytes: &[u8]) {
    for mut exchange in message::exchanges(bytes) {
        let bearer = format!("Bearer {CANARY}");
        exchange.request.headers.push("Authorization", bearer);
        let redacted = read_and_redact(&exchange);
        assert_silent(&redacted);
    }
}

fn assert_silent(exchange: &Exchange) {
    let request = &exchange.request;
    CANARIES.assert_silent("the URL", request.url.as_str().as_bytes());
    let messages = [Some((&request.headers, &request.body))];
    let response = exchange.response.as_ref().map(|it| (&it.headers, &it.body));
    for (headers, body) in messages.into_iter().chain([response]).flatten() {
        for (name, value) in headers.iter() {
            CANARIES.assert_silent(&format!("the field {name:?}"), value.as_bytes());
        }
        CANARIES.assert_silent("a content", &body.bytes);
    }
}

/// A history of any exchanges has the same verdicts before and after redaction.
///
/// The evidence need not: a content that cannot be understood is left out, and with it why it cannot.
pub(super) fn diagnosis(bytes: &[u8]) {
    let raw = message::exchanges(bytes);
    let [before, after] = [diagnoses(&raw), diagnoses(&stored(&raw))].map(|diagnosed| {
        let verdicts = diagnosed.into_iter().map(|it| it.verdicts);
        verdicts.collect::<Vec<_>>()
    });
    assert_eq!(before, after, "redaction changes the diagnosis");
}
