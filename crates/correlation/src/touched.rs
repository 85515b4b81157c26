//! Which earlier refusals an exchange may throw another light on.

use grantscope_oauth::{Digest, ExchangeId, Reading, RequestMessage, ResponseMessage};

use crate::history::History;
use crate::index::{self, Role};
use crate::key::Key;
use crate::refresh::relatives;

/// The refusals of the grants that an exchange mentions and, where it may end a family of tokens, of all that family.
pub(crate) fn refusals(history: History<'_>, id: ExchangeId) -> Vec<ExchangeId> {
    let Some(reading) = history.reading(id) else {
        return Vec::new();
    };
    let mut grants = mentioned(&reading);
    if may_end_a_family(&reading) {
        let families = grants.iter().flat_map(|grant| family_of(history, *grant));
        grants.extend(families.collect::<Vec<_>>());
    }
    grants.sort();
    grants.dedup();
    let refused = grants
        .into_iter()
        .flat_map(|grant| history.found_by(&Key::RefusedGrant(grant)));
    let mut refusals: Vec<_> = refused
        .filter(|reading| reading.exchange != id)
        .map(|reading| (reading.sent_at, reading.exchange))
        .collect();
    refusals.sort();
    refusals.dedup();
    refusals.into_iter().map(|(_, exchange)| exchange).collect()
}

fn mentioned(reading: &Reading) -> Vec<Digest> {
    let mut grants = Vec::new();
    index::mentions(reading, |digest, role| {
        if matches!(
            role,
            Role::IssuedCode
                | Role::ReceivedCode
                | Role::PresentedCode
                | Role::FormOfIssuedCode
                | Role::IssuedRefreshToken
                | Role::PresentedRefreshToken
                | Role::FormOfIssuedRefreshToken
                | Role::PresentedGrant
                | Role::RevokedToken
                | Role::EndedSession
        ) {
            grants.push(digest);
        }
    });
    grants
}

fn may_end_a_family(reading: &Reading) -> bool {
    match reading.request {
        RequestMessage::Revocation(_) | RequestMessage::EndSession(_) => true,
        RequestMessage::Token(_) => !matches!(reading.response, Some(ResponseMessage::Token(_))),
        _ => false,
    }
}

/// The refresh tokens of the family that a code, a refresh token, or a token that was issued beside it belongs to.
fn family_of(history: History<'_>, grant: Digest) -> Vec<Digest> {
    let beside = [
        Role::PresentedCode,
        Role::IssuedRefreshToken,
        Role::IssuedAccessToken,
        Role::IssuedIdToken,
    ];
    let issuing = beside
        .into_iter()
        .flat_map(|role| history.mentioned_as(grant, role));
    let member = issuing.into_iter().find_map(|reading| {
        let Some(ResponseMessage::Token(tokens)) = &reading.response else {
            return None;
        };
        tokens.refresh_token.as_ref().map(|token| token.digest)
    });
    relatives(history, member.unwrap_or(grant))
}
