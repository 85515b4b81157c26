//! `state-missing`: nothing in an authorization request protects the callback against forgery.
//!
//! RFC 9700 §2.1: "Clients MUST prevent Cross-Site Request Forgery (CSRF)." By `state`, by PKCE or by the `nonce` of OpenID
//! Connect: one of them is enough (§4.7).

use grantscope_correlation::Role;
use grantscope_oauth::{AuthorizationRequest, Reading, RequestMessage};

use super::Concern;
use super::sight::Sight;
use super::warning::Warning;
use crate::finding::Evidence;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let reading = sight.reading.as_deref()?;
    let (request, place) = asked(reading)?;
    let is_bare =
        request.state.is_none() && request.nonce.is_none() && request.code_challenge.is_none();
    if !asks_for_a_code(request) || !is_bare || is_a_step_of_the_server(sight, reading) {
        return None;
    }
    let text = "carries neither state nor code_challenge nor nonce";
    Some(Warning::of(
        Concern::StateMissing,
        sight.place(reading, request.client_id.clone()),
        Evidence::of(reading.exchange, place, text),
    ))
}

/// An authorization request all of whose parameters are to be seen.
///
/// By a reference it has none of its own (RFC 9126 §4), and those of a request object may be encrypted (RFC 9101 §6.1).
pub(super) fn asked(reading: &Reading) -> Option<(&AuthorizationRequest, &'static str)> {
    let (request, place) = match &reading.request {
        RequestMessage::Authorization(request) => (request, "query state"),
        RequestMessage::PushedAuthorization(request, _) => (request, "form state"),
        _ => return None,
    };
    (request.request_uri.is_none() && !request.request_object).then_some((request, place))
}

fn asks_for_a_code(request: &AuthorizationRequest) -> bool {
    let types = request.response_type.as_deref().unwrap_or_default();
    types
        .split(' ')
        .any(|response_type| response_type == "code")
}

/// A server may lead the user agent from its authorization endpoint to pages of its own, with some of the parameters.
fn is_a_step_of_the_server(sight: &Sight<'_>, reading: &Reading) -> bool {
    let leading = sight.history.mentioned_as(reading.url, Role::Location);
    leading.iter().any(|from| {
        from.exchange != reading.exchange
            && matches!(from.request, RequestMessage::Authorization(_))
    })
}
