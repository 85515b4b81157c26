//! `refresh-revoked`: the refresh token was revoked, by request or because the server detected a replay.
//!
//! RFC 7009 §2.1: "If the particular token is a refresh token … then the authorization server SHOULD also invalidate all access
//! tokens based on the same authorization grant." RFC 9700 §4.14.2: on reuse of a rotated token the server "will revoke the
//! active refresh token". RFC 6749 §4.1.2: on reuse of a code it "SHOULD revoke (when possible) all tokens previously issued".

use grantscope_correlation::{FamilyEnd, Presentation, Revocation, RevokedToken, Role, Server};
use grantscope_oauth::{Digest, Grant, RequestMessage, Reuse};

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_expired::refuses_something_else;
use crate::causes::refresh_rotated::accepted_later;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshRevoked;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(accepted) = accepted_later(case) {
        return Finding::ruled_out(CAUSE, accepted);
    }
    let ends = case.refresh.iter().flat_map(|refresh| &refresh.family.ends);
    let before = ends.filter(|end| end.at() <= case.sent_at() && end.exchange() != case.exchange());
    let findings: Vec<_> = before.filter_map(|end| by_end(case, end)).collect();
    let strongest = findings.into_iter().max_by_key(Finding::verdict);
    strongest.unwrap_or_else(|| match replayed_code(case) {
        Some(replay) => said::judge(case, CAUSE)
            .and(replay)
            .because("a code of this client was presented twice before, which makes servers revoke the tokens that it gave")
            .fix(REPLAY_FIX)
            .favoured(),
        None => said::judge(case, CAUSE),
    })
}

const REPLAY_FIX: &str =
    "Mend what presents the code twice: the refresh token itself is not at fault.";

/// The client got tokens for a code and presented it again, and none of them is known to be this one (RFC 6749 §4.1.2).
fn replayed_code(case: &Case<'_>) -> Option<Evidence> {
    let refresh = case.refresh.as_ref()?;
    if refresh.issuance.seen().is_some() || refresh.granted().is_some() {
        return None;
    }
    let granted = case
        .client
        .accepted()
        .rev()
        .find_map(|it| match &it.request().grant {
            Grant::AuthorizationCode {
                code: Some(code), ..
            } if it.sent_at() < case.sent_at() => Some(code.digest),
            _ => None,
        })?;
    let of_code = case.history.presentations(granted);
    let replay = of_code
        .iter()
        .find(|it| it.error().is_some() && it.sent_at() < case.sent_at())?;
    let text = "presented a code again for which the server had given tokens";
    Some(Evidence::of(replay.exchange(), "form code", text))
}

fn by_end(case: &Case<'_>, end: &FamilyEnd) -> Option<Finding> {
    match end {
        FamilyEnd::Revoked(revocation) => by_revocation(case, revocation),
        FamilyEnd::LoggedOut(_) => None,
        _ if survived(case, end) => None,
        FamilyEnd::CodeReplayed(replay) => Some(killed_by(
            replay,
            "form code",
            "presented the code again from which this token descends",
            "a second presentation of the code made the server revoke the tokens that were issued for it",
            REPLAY_FIX,
        )),
        FamilyEnd::TokenReplayed(replay) => by_replay(case, replay),
    }
}

fn by_replay(case: &Case<'_>, replay: &Presentation) -> Option<Finding> {
    let own = case.request().grant.secret() == replay.request().grant.secret();
    let elsewhere = case.is_called_server(&replay.request().endpoint) == Some(false);
    if own || elsewhere || replay.is_granted() {
        return None;
    }
    let place = "form refresh_token";
    let text = "presented a replaced token of the same family again";
    let rotation = case
        .provider
        .and_then(|provider| provider.rotation.as_ref());
    if rotation.and_then(|it| it.reuse) == Some(Reuse::Refuses) {
        let settles = "whether this server revokes the family at a replay: its documentation says that it does not";
        return Some(Finding::possible(CAUSE, settles).and(Evidence::of(
            replay.exchange(),
            place,
            text,
        )));
    }
    Some(killed_by(
        replay,
        place,
        text,
        "an earlier use of a replaced refresh token made the server revoke the whole family",
        "Find what keeps the old refresh token (another process, a cache, a backup) and let it use the new one.",
    ))
}

fn killed_by(
    culprit: &Presentation,
    place: &'static str,
    text: &str,
    summary: &str,
    fix: &str,
) -> Finding {
    let exchange = culprit.exchange();
    Finding::likely(
        CAUSE,
        Evidence::of(
            exchange,
            place,
            format!(
                "{text}, after which servers revoke the tokens that descend from the same grant"
            ),
        ),
        "the server's own record that it revoked the tokens at that request",
    )
    .because(format!("{summary} ({exchange})"))
    .fix(fix)
}

/// Whether a token of the family was granted after its supposed end.
pub(super) fn survived(case: &Case<'_>, end: &FamilyEnd) -> bool {
    let Some(refresh) = &case.refresh else {
        return false;
    };
    let own = std::iter::once(refresh.token.digest);
    own.chain(refresh.family.generations.iter().map(|it| it.token))
        .any(|token| is_granted_after(case, token, end))
}

fn is_granted_after(case: &Case<'_>, token: Digest, end: &FamilyEnd) -> bool {
    let ended = case.history.reading(end.exchange());
    let ended_at = ended.and_then(|reading| reading.answered_at);
    let uses = case
        .history
        .mentioned_as(token, Role::PresentedRefreshToken);
    uses.iter()
        .filter_map(|reading| case.history.presentation(reading.exchange))
        .any(|used| used.is_granted() && used.sent_at() > ended_at.unwrap_or(end.at()))
}

fn by_revocation(case: &Case<'_>, revocation: &Revocation) -> Option<Finding> {
    let end = FamilyEnd::Revoked(*revocation);
    let is_refuted = match revocation.names {
        RevokedToken::Itself => is_granted_after(case, revocation.token, &end),
        RevokedToken::Relative | RevokedToken::Sibling => survived(case, &end),
    };
    let is_refused = revocation
        .status
        .is_some_and(|status| !(200..300).contains(&status));
    if is_refuted || is_refused {
        return None;
    }
    let presented = Evidence::of(
        case.exchange(),
        "form refresh_token",
        "presented the token after that",
    );
    let finding = of_what(revocation).and(presented);
    Some(match doubt(case, revocation) {
        Some(unseen) => finding.at_most_likely(unseen),
        None => finding,
    })
}

fn of_what(revocation: &Revocation) -> Finding {
    let of = |text: &str| Evidence::of(revocation.exchange, "form token", text);
    match revocation.names {
        RevokedToken::Itself => Finding::proven(CAUSE, of("revoked this very token"))
            .because("the refresh token was revoked before it was presented"),
        RevokedToken::Relative => Finding::likely(
            CAUSE,
            of("revoked another refresh token of the same grant"),
            "whether this server ends the whole grant then",
        )
        .because(
            "another refresh token of the same grant was revoked before, which may end them all",
        ),
        RevokedToken::Sibling => Finding::likely(
            CAUSE,
            of("revoked an access token of the same grant"),
            "whether this server ends the refresh token with it, as RFC 7009 §2.1 allows",
        )
        .because(
            "an access token of the same grant was revoked before, which may end the refresh token",
        ),
    }
}

/// A server answers 200 to the revocation of a token that it does not know, too (RFC 7009 §2.2).
fn doubt(case: &Case<'_>, revocation: &Revocation) -> Option<&'static str> {
    if revocation.status.is_none() {
        return Some("the answer to the revocation");
    }
    if case.word(CAUSE).is_none() && refuses_something_else(case) {
        return Some("what the server says of the token itself: it gives another reason here");
    }
    let reading = case.history.reading(revocation.exchange)?;
    let RequestMessage::Revocation(request) = &reading.request else {
        return None;
    };
    let revoker = request.client.id.as_deref();
    if !is_of(&request.endpoint, &case.server) {
        Some("whether the revocation endpoint belongs to the server that refused the token")
    } else if revoker.is_some() && revoker != case.client_id() {
        Some("whether the server let another client revoke the token")
    } else {
        None
    }
}

/// Whether an endpoint has the origin of a server's token endpoint.
pub(super) fn is_of(endpoint: &str, server: &Server) -> bool {
    endpoint
        .strip_prefix(server.origin.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
