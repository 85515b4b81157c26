//! Where something shows: the exchange, the server, and the place in a message.

use grantscope_rules::Evidence;
use serde::{Deserialize, Serialize};

use super::Word;

/// An exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeV1 {
    /// Its number in the capture.
    pub id: u64,
    /// The method.
    pub method: String,
    /// The URL without its query.
    pub url: String,
    /// The status.
    pub status: Option<u16>,
}

/// An authorization server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerV1 {
    /// Its issuer identifier, or the origin of its token endpoint.
    pub issuer: String,
    /// The id of its product, where it is known.
    pub provider: Option<String>,
}

/// What shows a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceV1 {
    /// The exchange.
    pub exchange: u64,
    /// The place in it.
    pub place: Word,
    /// What is to be seen there.
    pub text: String,
}

impl EvidenceV1 {
    pub(super) fn of(evidence: &Evidence) -> Self {
        Self {
            exchange: evidence.exchange.0,
            place: evidence.place.into(),
            text: evidence.text.clone(),
        }
    }
}
