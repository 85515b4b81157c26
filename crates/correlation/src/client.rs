//! What a client did at a token endpoint, above all how it authenticated and with what success (RFC 6749 §2.3).

use crate::history::{History, Server};
use crate::key::Key;
use crate::presentation::Presentation;

/// The token requests of a client at one server, in the order in which they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHistory {
    /// All of them, whatever became of them.
    pub requests: Vec<Presentation>,
}

impl ClientHistory {
    pub(crate) fn of(history: History<'_>, server: &Server, client_id: &str) -> Self {
        let ids = history.ledger().found_by(&Key::Client {
            origin: server.origin.clone(),
            client_id: client_id.to_owned(),
        });
        let mut requests: Vec<_> = ids
            .into_iter()
            .filter_map(|id| history.presentation(id))
            .collect();
        requests.sort_by_key(|request| (request.sent_at(), request.exchange()));
        Self { requests }
    }

    /// The requests in which the server accepted the client: it granted tokens, or refused for another reason than the
    /// client's authentication (RFC 6749 §5.2 gives that one a code of its own, `invalid_client`).
    pub fn accepted(&self) -> impl DoubleEndedIterator<Item = &Presentation> {
        self.requests.iter().filter(|request| request.is_granted())
    }
}
