//! That a user was logged out at a server (OpenID Connect RP-Initiated Logout).

use grantscope_oauth::{ExchangeId, Reading, RequestMessage};
use jiff::Timestamp;

/// A logout that the server did not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// The request to the end-session endpoint.
    pub exchange: ExchangeId,
    /// When it was sent.
    pub at: Timestamp,
    /// `client_id`, where the request has one.
    pub client_id: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

impl Logout {
    pub(crate) fn of(reading: &Reading) -> Option<Self> {
        let RequestMessage::EndSession(request) = &reading.request else {
            return None;
        };
        Some(Self {
            exchange: reading.exchange,
            at: reading.sent_at,
            client_id: request.client_id.clone(),
            status: reading.status?,
        })
    }
}
