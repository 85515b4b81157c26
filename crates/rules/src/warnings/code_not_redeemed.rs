//! `code-not-redeemed`: the app received a code and asked for no tokens with it.
//!
//! RFC 6749 §4.1 (D): "The client requests an access token … by including the authorization code received in the previous
//! step." That it did not is known at the end alone, and only where its token requests would have been seen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use grantscope_correlation::{CodeHistory, History, Role};
use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, ExchangeId, Grant, Reader, Reading,
    RequestMessage, RequestUrl, ResponseMessage, ResponseMode,
};
use jiff::Timestamp;

use super::Concern;
use super::sight::place;
use super::token_endpoint_on_plain_http::is_of_this_host;
use super::warning::Warning;
use crate::finding::Evidence;
use crate::units::readable;

/// A younger code may be redeemed yet.
const YOUNG: Duration = Duration::from_secs(10);

pub(super) fn at_end(
    history: History<'_>,
    reader: &Reader,
    exchanges: &[ExchangeId],
) -> Vec<Warning> {
    let mut readings: Vec<_> = exchanges
        .iter()
        .filter_map(|id| history.reading(*id))
        .collect();
    readings.sort_by_key(|reading| (reading.sent_at, reading.exchange));
    let session = Session::of(history, &readings);
    let lost = |reading: &Arc<Reading>| {
        let (client_id, waited) = session.lost(reading)?;
        Some(warning(reader, reading, client_id, waited))
    };
    readings.iter().filter_map(lost).collect()
}

/// What a session tells of the calls that apps make.
struct Session<'a> {
    history: History<'a>,
    /// The end of the last exchange: what comes after it is not to be known from the history.
    ends_at: Timestamp,
    /// The clients whose calls to a server were seen.
    callers: BTreeSet<String>,
    /// The authorization endpoints of servers that were asked for their metadata.
    described: BTreeSet<String>,
    /// When a code was presented that nobody was seen to get, and by which client: it may be one that was altered.
    strays: Vec<(Timestamp, Option<String>)>,
}

impl<'a> Session<'a> {
    fn of(history: History<'a>, readings: &[Arc<Reading>]) -> Self {
        let mut session = Self {
            history,
            ends_at: Timestamp::MIN,
            callers: BTreeSet::new(),
            described: BTreeSet::new(),
            strays: Vec::new(),
        };
        for reading in readings {
            session.take_in(reading);
        }
        session
    }

    fn take_in(&mut self, reading: &Reading) {
        let over = reading.answered_at.unwrap_or(reading.sent_at);
        self.ends_at = self.ends_at.max(over);
        match &reading.request {
            RequestMessage::Token(request) => {
                self.callers.extend(request.client.id.clone());
                if self.is_stray(&request.grant) {
                    self.strays
                        .push((reading.sent_at, request.client.id.clone()));
                }
            }
            RequestMessage::PushedAuthorization(_, client) => {
                self.callers.extend(client.id.clone());
            }
            _ => {}
        }
        if let Some(ResponseMessage::Metadata(metadata)) = &reading.response {
            self.described
                .extend(metadata.authorization_endpoint.clone());
        }
    }

    fn is_stray(&self, grant: &Grant) -> bool {
        let Grant::AuthorizationCode { code, .. } = grant else {
            return false;
        };
        let is_seen = |role| {
            let digest = code.as_ref().map(|code| code.digest);
            digest.is_some_and(|digest| !self.history.mentioned_as(digest, role).is_empty())
        };
        !is_seen(Role::IssuedCode) && !is_seen(Role::ReceivedCode)
    }

    /// The client whose code arrived in this exchange and was left there, and for how long.
    fn lost(&self, reading: &Reading) -> Option<(String, Duration)> {
        let response = received(reading)?;
        let code = self.history.code(response.code.as_ref()?);
        let asked = &code.authorization.seen()?.request;
        let client_id = asked.client_id.clone()?;
        let waited: Duration = self
            .ends_at
            .duration_since(reading.started_at)
            .try_into()
            .ok()?;
        let is_done = !code.presentations.is_empty() || self.is_presented(&code, &client_id);
        (waited >= YOUNG && !is_done && self.is_overheard(asked, response))
            .then_some((client_id, waited))
    }

    /// Whether the client presented a code later which this one may have become on its way.
    fn is_presented(&self, code: &CodeHistory, client_id: &str) -> bool {
        let since = code.known_since();
        self.strays.iter().any(|(at, by)| {
            let is_of_client = by.as_deref().is_none_or(|by| by == client_id);
            is_of_client && Some(*at) >= since
        })
    }

    /// Whether the client's calls to the server go through the proxy, so that a token request would have been seen: others
    /// were, or an app of this host asked the server for its metadata.
    fn is_overheard(&self, asked: &AuthorizationRequest, response: &AuthorizationResponse) -> bool {
        let calls = asked
            .client_id
            .as_ref()
            .is_some_and(|id| self.callers.contains(id));
        let callback = RequestUrl::new(response.redirect_uri.as_str());
        calls || (is_of_this_host(callback.host()) && self.described.contains(&asked.endpoint))
    }
}

/// The authorization response of a request to the redirection endpoint, where it carries a code. In a fragment it reaches a
/// page alone, which may keep the code.
fn received(reading: &Reading) -> Option<&AuthorizationResponse> {
    match &reading.request {
        RequestMessage::Callback(response) => (response.mode != ResponseMode::Fragment
            && response.error.is_none())
        .then_some(response),
        _ => None,
    }
}

fn warning(reader: &Reader, reading: &Reading, client_id: String, waited: Duration) -> Warning {
    let answered = match reading.status {
        Some(status) => format!("received the code and answered {status}"),
        None => "received the code and did not answer".to_owned(),
    };
    let nothing = format!("no token request came within {}", readable(waited));
    Warning::of(
        Concern::CodeNotRedeemed,
        place(reader, reading, Some(client_id)),
        Evidence::of(reading.exchange, "query code", answered),
    )
    .and_all([Evidence::of(reading.exchange, "session", nothing)])
}
