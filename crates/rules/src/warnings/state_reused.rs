//! `state-reused`: two logins were begun with one state.
//!
//! RFC 9700 §2.1: "one-time use CSRF tokens carried in the state parameter that are securely bound to the user agent".

use grantscope_correlation::Role;
use grantscope_oauth::{AuthorizationRequest, Reading};

use super::Concern;
use super::sight::Sight;
use super::state_missing::asked;
use super::warning::Warning;
use crate::finding::Evidence;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let reading = sight.reading.as_deref()?;
    let (request, place) = asked(reading)?;
    let state = request.state.as_ref().filter(|state| state.length > 0)?;
    let with_it = sight
        .history
        .mentioned_as(state.digest, Role::StateOfRequest);
    let (other, other_place, differs) = with_it
        .iter()
        .filter(|other| is_before(other, reading))
        .find_map(|other| {
            let (earlier, place) = asked(other)?;
            Some((other, place, difference(earlier, request)?))
        })?;
    let warning = Warning::of(
        Concern::StateReused,
        sight.place(reading, request.client_id.clone()),
        Evidence::of(
            reading.exchange,
            place,
            format!(
                "carries {} once more, with another {differs}",
                state.named("state")
            ),
        ),
    );
    let first = Evidence::of(
        other.exchange,
        other_place,
        format!("began another login with {}", state.named("state")),
    );
    Some(warning.and_all([first]))
}

fn is_before(other: &Reading, reading: &Reading) -> bool {
    (other.sent_at, other.exchange) < (reading.sent_at, reading.exchange)
}

/// What tells two logins of a client apart. Requests that differ in neither may be one, sent twice by the user agent.
fn difference(a: &AuthorizationRequest, b: &AuthorizationRequest) -> Option<&'static str> {
    if a.client_id != b.client_id {
        return None;
    }
    let challenges = (a.code_challenge.as_ref(), b.code_challenge.as_ref());
    let nonces = (a.nonce.as_ref(), b.nonce.as_ref());
    match (challenges, nonces) {
        ((Some(a), Some(b)), _) if a.value != b.value => Some("code_challenge"),
        (_, (Some(a), Some(b))) if a != b => Some("nonce"),
        _ => None,
    }
}
