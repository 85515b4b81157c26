//! What is amiss though it need not have failed, as it leaves grantscope.

use std::borrow::Cow;

use grantscope_rules::Warning;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EvidenceV1, ExchangeV1, SCHEMA, ServerV1, Word};

/// A finding of kind `warning`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningV1 {
    /// [`SCHEMA`].
    pub schema: Word,
    /// Names the finding.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// When the exchange was over.
    pub time: Timestamp,
    /// `warning`.
    pub kind: Word,
    /// What is amiss: the id of the warning.
    pub warning: Word,
    /// The exchange in which it shows.
    pub exchange: ExchangeV1,
    /// The server.
    pub server: ServerV1,
    /// The client, where it is known.
    pub client_id: Option<String>,
    /// What is amiss, in one sentence.
    pub summary: String,
    /// Why it matters, in one sentence.
    pub why: Word,
    /// What to do.
    pub fix: String,
    /// Where to read on.
    pub docs: Vec<Word>,
    /// What shows it.
    pub evidence: Vec<EvidenceV1>,
}

impl WarningV1 {
    /// The report of a warning.
    pub fn of(warning: &Warning) -> Self {
        let place = &warning.place;
        let issuer = place.server.issuer.as_ref();
        Self {
            schema: SCHEMA.into(),
            id: warning_id(warning),
            revision: 1,
            time: place.ended_at,
            kind: "warning".into(),
            warning: warning.concern.id().into(),
            exchange: ExchangeV1 {
                id: place.exchange.0,
                method: place.method.clone(),
                url: place.endpoint.clone(),
                status: place.status,
            },
            server: ServerV1 {
                issuer: issuer.unwrap_or(&place.server.origin).clone(),
                provider: place.provider.clone(),
            },
            client_id: place.client_id.clone(),
            summary: warning.summary(),
            why: warning.concern.why().into(),
            fix: warning.remedy().to_owned(),
            docs: warning.concern.references().map(Cow::Borrowed).collect(),
            evidence: warning.evidence().iter().map(EvidenceV1::of).collect(),
        }
    }
}

/// The same warning has the same id wherever it is given: live, from the store and from a HAR file.
pub fn warning_id(warning: &Warning) -> String {
    format!(
        "{:x}-{}-{}",
        warning.place.started_at.as_millisecond(),
        warning.place.exchange.0,
        warning.concern
    )
}
