//! How much of the traffic was seen, which is asked before anything is concluded from absence.

use grantscope_oauth::RequestMessage;
use jiff::Timestamp;

use crate::history::History;
use crate::key::Key;

/// What the capture can be expected to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Whether the capture holds authorization requests of this client: its user agents' traffic goes through the proxy.
    pub front_channel: bool,
    /// Whether it holds authorization responses whose code is not known as it was sent.
    pub hidden_codes: bool,
    /// What is older than this has been forgotten, all of it or in part.
    pub forgotten_until: Option<Timestamp>,
}

impl Coverage {
    pub(crate) fn of(history: History<'_>, client_id: Option<&str>) -> Self {
        let client_id = client_id.unwrap_or_default().to_owned();
        let ids = history
            .ledger()
            .found_by(&Key::AuthorizingClient(client_id));
        let front_channel = ids
            .into_iter()
            .filter_map(|id| history.reading(id))
            .any(|reading| matches!(reading.request, RequestMessage::Authorization(_)));
        Self {
            front_channel,
            hidden_codes: !history.ledger().found_by(&Key::HiddenCode).is_empty(),
            forgotten_until: history.ledger().forgotten_until(),
        }
    }
}
