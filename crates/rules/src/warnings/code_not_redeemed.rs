//! `code-not-redeemed`: the app received a code and asked for no tokens with it.
//!
//! RFC 6749 §4.1 (D): "The client requests an access token … by including the authorization code received in the previous
//! step." That it did not is known at the end alone, and only where its token requests would have been seen.

use std::sync::Arc;
use std::time::Duration;

use grantscope_correlation::{CodeHistory, History};
use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, ExchangeId, Reader, Reading, RequestMessage,
    RequestUrl, ResponseMessage, ResponseMode,
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
    let session = Session {
        history,
        reader,
        ends_at: readings.iter().map(|reading| over(reading)).max(),
        readings: &readings,
    };
    readings
        .iter()
        .filter_map(|reading| session.judge(reading))
        .collect()
}

fn over(reading: &Reading) -> Timestamp {
    reading.answered_at.unwrap_or(reading.sent_at)
}

/// All that was seen, up to its end.
struct Session<'a> {
    history: History<'a>,
    reader: &'a Reader,
    readings: &'a [Arc<Reading>],
    /// The end of the last exchange: what comes after it is not to be known from the history.
    ends_at: Option<Timestamp>,
}

impl Session<'_> {
    fn judge(&self, reading: &Reading) -> Option<Warning> {
        let response = received(reading)?;
        let waited: Duration = self
            .ends_at?
            .duration_since(reading.started_at)
            .try_into()
            .ok()?;
        let code = self.history.code(response.code.as_ref()?);
        let asked = &code.authorization.seen()?.request;
        let client_id = asked.client_id.clone()?;
        let is_done = self.is_presented(&code, &client_id);
        if waited < YOUNG || is_done || !self.is_overheard(asked, response) {
            return None;
        }
        Some(warning(self.reader, reading, client_id, waited))
    }

    /// Whether the client presented this code, or after it one that this may have become on its way.
    fn is_presented(&self, code: &CodeHistory, client_id: &str) -> bool {
        let since = code.known_since();
        let with_a_code = |reading: &&Arc<Reading>| match &reading.request {
            RequestMessage::Token(request) => {
                let is_of_client = request
                    .client
                    .id
                    .as_deref()
                    .is_none_or(|id| id == client_id);
                let is_later = Some(reading.sent_at) >= since;
                let presents = request.grant.grant_type() == "authorization_code";
                let is_another = request
                    .grant
                    .secret()
                    .is_some_and(|other| self.history.code(other).origin().is_some());
                is_of_client && is_later && presents && !is_another
            }
            _ => false,
        };
        !code.presentations.is_empty() || self.readings.iter().any(|reading| with_a_code(&reading))
    }

    /// Whether the client's calls to the server go through the proxy, so that a token request would have been seen.
    fn is_overheard(&self, asked: &AuthorizationRequest, response: &AuthorizationResponse) -> bool {
        let callback = RequestUrl::new(response.redirect_uri.as_str());
        let is_here = is_of_this_host(callback.host());
        self.readings
            .iter()
            .any(|reading| match (&reading.request, &reading.response) {
                (RequestMessage::Token(request), _) => request.client.id == asked.client_id,
                (RequestMessage::PushedAuthorization(_, client), _) => client.id == asked.client_id,
                // An app of this host that asks the server for its metadata.
                (_, Some(ResponseMessage::Metadata(metadata))) => {
                    is_here && metadata.authorization_endpoint.as_ref() == Some(&asked.endpoint)
                }
                _ => false,
            })
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
