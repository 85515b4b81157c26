//! `refresh-rotated`: the refresh token was already replaced by a newer one.
//!
//! RFC 6749 §6: the server may issue a new refresh token, "in which case the client MUST discard the old refresh token and
//! replace it with the new refresh token".

use grantscope_correlation::{Outcome, Presentation};
use grantscope_oauth::{Fingerprint, RotationMode};
use jiff::SignedDuration;

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_expired::{has_expired, refuses_something_else};
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::RefreshRotated;
const PLACE: &str = "form refresh_token";
const ONE_AT_A_TIME: &str = "Let one refresh run at a time: share the running refresh, or a lock, between requests, tabs and processes.";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE);
    };
    if let Some(accepted) = accepted_later(case) {
        return Finding::ruled_out(CAUSE, accepted);
    }
    let others: Vec<_> = case
        .other_presentations()
        .filter(|other| case.is_called_server(&other.request().endpoint) != Some(false))
        .collect();
    let replaced_by = |other: &&&Presentation| {
        other
            .tokens()
            .and_then(|it| it.refresh_token.as_ref())
            .is_some_and(|new| new.is_whole() && *new != refresh.token)
    };
    if let Some(replacing) = others.iter().find(replaced_by) {
        return replaced(case, replacing, &others);
    }
    if let Some(lost) = others.iter().find(|other| is_undecided(other)) {
        return undecided(case, lost);
    }
    let granted = others.iter().find(|other| other.is_granted());
    match granted {
        Some(kept) if returns(kept, &refresh.token) || !is_soon(case, kept) => {
            let text = "refreshed with the same token and got no new one";
            Finding::ruled_out(
                CAUSE,
                Evidence::of(kept.exchange(), "response refresh_token", text),
            )
        }
        Some(used) => used_once(case, used),
        None => said::judge(case, CAUSE),
    }
}

/// Whether the server sent the same token again: it does not rotate.
fn returns(granted: &Presentation, token: &Fingerprint) -> bool {
    let returned = granted.tokens().and_then(|it| it.refresh_token.as_ref());
    returned == Some(token)
}

/// A token that was good a moment ago has hardly expired since.
const SOON: SignedDuration = SignedDuration::from_hours(1);

fn is_soon(case: &Case<'_>, granted: &Presentation) -> bool {
    case.sent_at().duration_since(granted.sent_at()) <= SOON
}

/// The token was good for one refresh, whose answer shows no new token: a capture may have been cleaned of it.
fn used_once(case: &Case<'_>, used: &Presentation) -> Finding {
    let never = case
        .provider
        .and_then(|it| it.rotation.as_ref())
        .is_some_and(|it| it.mode == RotationMode::Never);
    let settles = "the new refresh token, which the captured answer does not show";
    if never || refuses_something_else(case) || has_expired(case) {
        return said::judge_until(case, CAUSE, settles);
    }
    let since = readable(case.sent_at().duration_since(used.sent_at()).unsigned_abs());
    let text = "refreshed with the same token, and the server granted it";
    Finding::likely(CAUSE, Evidence::of(used.exchange(), PLACE, text), settles)
        .and(Evidence::of(case.exchange(), PLACE, format!("presented it again {since} later")))
        .because(format!("the refresh token was used {since} before, and the server seems to take it once"))
        .fix("Store the new refresh token of each token response, and let one refresh run at a time.")
}

/// That the server granted the very token after it had refused it: a token that is replaced, altered, revoked or expired
/// does not come back.
pub(super) fn accepted_later(case: &Case<'_>) -> Option<Evidence> {
    let later = case.refresh.as_ref()?.presentations.iter().find(|other| {
        other.is_granted()
            && other.sent_at() > case.sent_at()
            && !other.overlaps(&case.refused)
            && other.request().endpoint == case.request().endpoint
    })?;
    let text = "presented the same token later, and the server granted it";
    Some(Evidence::of(later.exchange(), PLACE, text))
}

/// Whether the server may have replaced the token in an answer that never reached the client, or not yet.
fn is_undecided(other: &Presentation) -> bool {
    match other.outcome() {
        Outcome::Pending | Outcome::Unanswered | Outcome::Unclear => true,
        // A server that answers 503 has in most cases not looked at the request.
        Outcome::Refused => other
            .error()
            .is_some_and(|error| error.status >= 500 && error.status != 503),
        Outcome::Granted => false,
    }
}

fn undecided(case: &Case<'_>, lost: &Presentation) -> Finding {
    let unseen = "the answer to that request, which may have carried a new refresh token";
    let in_flight = lost.outcome() == Outcome::Pending;
    let (text, summary, fix) = if in_flight {
        (
            "presented the same token, and was not answered before the refusal",
            "another refresh with the same token was under way, and may have used it up",
            ONE_AT_A_TIME,
        )
    } else {
        (
            "presented the same token, and no usable answer came back",
            "an earlier refresh with the same token got no usable answer, and the retry may have come after the server replaced the token",
            "Ask the user to log in again, and give the refresh a longer time-out: where the server has no grace period, an answer \
             that is lost takes the token with it.",
        )
    };
    Finding::likely(CAUSE, Evidence::of(lost.exchange(), PLACE, text), unseen)
        .and(Evidence::of(case.exchange(), PLACE, "presented it as well"))
        .because(summary)
        .fix(fix)
}

fn replaced(case: &Case<'_>, replacing: &Presentation, others: &[&Presentation]) -> Finding {
    let new = replacing
        .tokens()
        .and_then(|it| it.refresh_token.as_ref())
        .map(|new| new.named("refresh"));
    let text = format!(
        "refreshed with the same token and got {} in its place",
        new.unwrap_or_default()
    );
    let since = case
        .sent_at()
        .duration_since(replacing.sent_at())
        .unsigned_abs();
    let (again, summary, fix) = if replacing.overlaps(&case.refused) {
        (
            "was under way at the same time with the same token".to_owned(),
            "two refreshes were under way at once with the same token, and the server rotates it at the first".to_owned(),
            ONE_AT_A_TIME,
        )
    } else {
        (
            format!(
                "presented the replaced token again {} later",
                readable(since)
            ),
            format!(
                "the refresh token was replaced {} before by a newer one",
                readable(since)
            ),
            "Store the new refresh token of each token response, everywhere the old one is kept, before the next refresh.",
        )
    };
    let replacement = Evidence::of(replacing.exchange(), "response refresh_token", text);
    let again = Evidence::of(case.exchange(), PLACE, again);
    if keeps_replaced_tokens(case) {
        let settles = "whether this server refuses replaced tokens: its documentation says that they stay valid";
        return Finding::possible(CAUSE, settles)
            .and(replacement)
            .and(again);
    }
    let finding = Finding::proven(CAUSE, replacement)
        .and(again)
        .because(summary)
        .fix(fix);
    match doubt(case, replacing, others) {
        Some(unseen) => finding.at_most_likely(unseen),
        None => finding,
    }
}

fn keeps_replaced_tokens(case: &Case<'_>) -> bool {
    let rotation = case
        .provider
        .and_then(|provider| provider.rotation.as_ref());
    case.word(CAUSE).is_none() && rotation.is_some_and(|it| it.mode == RotationMode::Never)
}

/// A new token alone does not show that the server refuses the old one: what speaks for another reason of the refusal.
fn doubt(
    case: &Case<'_>,
    replacing: &Presentation,
    others: &[&Presentation],
) -> Option<&'static str> {
    let says_other = |word: &crate::statement::Word| word.verdict >= Verdict::Likely;
    let is_taken_again =
        |other: &&Presentation| other.is_granted() && other.sent_at() > replacing.sent_at();
    if case.word(CAUSE).is_some() {
        None
    } else if case
        .is_called_server(&replacing.request().endpoint)
        .is_none()
    {
        Some("whether the two token endpoints belong to one server")
    } else if refuses_something_else(case) || case.statements.all().iter().any(says_other) {
        Some("whether this server refuses replaced tokens: it gives another reason here")
    } else if others.iter().any(is_taken_again) {
        Some("how long this server takes a replaced token: it took this one once more")
    } else if has_expired(case) {
        Some("whether this server refuses replaced tokens before they expire")
    } else {
        None
    }
}
