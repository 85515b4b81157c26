//! `code-reused`: the code was presented before.
//!
//! RFC 6749 §4.1.2: "The client MUST NOT use the authorization code more than once."

use std::time::Duration;

use grantscope_correlation::{Outcome, Presentation};
use grantscope_oauth::TokenError;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::CodeReused;
const PLACE: &str = "form code";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let (others, elsewhere): (Vec<_>, Vec<_>) = case
        .other_presentations()
        .partition(|other| other.request().endpoint == case.request().endpoint);
    let of = |outcome: Outcome| {
        others
            .iter()
            .find(|other| other.outcome() == outcome)
            .copied()
    };
    if let Some(granted) = of(Outcome::Granted) {
        return redeemed(case, granted);
    }
    if let Some(granted) = granted_later(case) {
        return Finding::ruled_out(CAUSE, granted);
    }
    let unclear = others.iter().find(|other| is_unclear(other)).copied();
    if let Some(open) = of(Outcome::Pending).or(of(Outcome::Unanswered)).or(unclear) {
        return undecided(case, open);
    }
    match of(Outcome::Refused) {
        Some(refused) => refused_before(case, refused),
        None => said::judge(case, CAUSE)
            .and_all(elsewhere.first().map(|other| at_another_endpoint(other))),
    }
}

/// An answer that hides what became of the code, above all that of a gateway which did not wait for the server's.
fn is_unclear(other: &Presentation) -> bool {
    let broke = |error: &TokenError| matches!(error.status, 500 | 502 | 504);
    other.outcome() == Outcome::Unclear || other.error().is_some_and(broke)
}

/// The server granted the same code after it had refused it, so that nothing had used the code up or ended it.
pub(super) fn granted_later(case: &Case<'_>) -> Option<Evidence> {
    let presentations = &case.code.as_ref()?.presentations;
    let granted = presentations.iter().find(|other| {
        other.is_granted()
            && other.sent_at() > case.sent_at()
            && !other.overlaps(&case.refused)
            && other.request().endpoint == case.request().endpoint
    })?;
    let text = "the server granted the same code later";
    Some(Evidence::of(granted.exchange(), PLACE, text))
}

/// What another server makes of the code tells nothing of this one.
fn at_another_endpoint(other: &Presentation) -> Evidence {
    let text = format!(
        "presented the same code at another token endpoint, {}",
        other.request().endpoint
    );
    Evidence::of(other.exchange(), "url", text)
}

fn redeemed(case: &Case<'_>, granted: &Presentation) -> Finding {
    let first = Evidence::of(
        granted.exchange(),
        PLACE,
        format!("redeemed {}: tokens were issued", name(case)),
    );
    let overlapping = granted.overlaps(&case.refused);
    let (again, summary, fix) = if overlapping {
        (
            "was under way at the same time with the same code".to_owned(),
            "two token requests were under way at once with the same code, and a code is good for one",
            "Let one request redeem the code: find what runs the callback twice (a double effect, a second tab, a second \
             replica) and make it idempotent.",
        )
    } else {
        (
            format!(
                "presented it again {} later",
                readable(between(granted, &case.refused))
            ),
            "the code was redeemed before, and a code is good for one token request",
            "Exchange each code once: make the callback idempotent (a reload, a retry or a double effect sends it again), \
             and do not retry a token request that was answered.",
        )
    };
    let finding = Finding::proven(CAUSE, first)
        .and(Evidence::of(case.exchange(), PLACE, again))
        .because(summary)
        .fix(fix);
    if overlapping && granted.request().grant != case.request().grant {
        finding.at_most_likely("which of the two different requests the server looked at first")
    } else {
        finding
    }
}

/// Another presentation may have been granted: its answer is awaited, was lost or does not tell.
fn undecided(case: &Case<'_>, other: &Presentation) -> Finding {
    let (text, unseen) = match other.outcome() {
        Outcome::Pending => (
            "presented the same code and awaits its answer".to_owned(),
            "the answer to that request",
        ),
        Outcome::Unanswered => (
            "presented the same code, and the connection ended before an answer came".to_owned(),
            "whether the server granted that request before its answer was lost",
        ),
        _ => (
            format!(
                "presented the same code, and the answer{} hides what became of it",
                other
                    .error()
                    .map(|error| format!(" {}", error.status))
                    .unwrap_or_default()
            ),
            "whether the server granted that request before it or its gateway failed",
        ),
    };
    Finding::likely(CAUSE, Evidence::of(other.exchange(), PLACE, text), unseen)
        .and(Evidence::of(case.exchange(), PLACE, "presented it again"))
        .because("the code was presented before, and what became of that request is not known")
}

/// Refusals in front of the code, which leave it as it is.
const BEFORE_THE_CODE: [&str; 6] = [
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "temporarily_unavailable",
    "slow_down",
    "use_dpop_nonce",
];

/// A refused attempt uses up the code at many servers, so that a corrected attempt fails for another reason than the first.
fn refused_before(case: &Case<'_>, refused: &Presentation) -> Finding {
    let error = refused
        .error()
        .map(|error| error.error.as_str())
        .unwrap_or_default();
    let evidence = Evidence::of(
        refused.exchange(),
        PLACE,
        format!(
            "presented the same code {} before and was refused ({error})",
            readable(between(refused, &case.refused))
        ),
    );
    let corrected =
        refused.request().grant != case.request().grant && !BEFORE_THE_CODE.contains(&error);
    let unseen = "whether the server keeps a code after a refused attempt";
    if corrected {
        Finding::likely(CAUSE, evidence, unseen)
            .because("the code was presented before and refused, which uses it up at many servers: the first answer is the telling one")
            .fix("Look at the first refusal: its cause is the one to mend. Start a new authorization for each attempt.")
    } else {
        said::judge_until(case, CAUSE, unseen).and(evidence)
    }
}

fn between(earlier: &Presentation, later: &Presentation) -> Duration {
    later
        .sent_at()
        .duration_since(earlier.sent_at())
        .unsigned_abs()
}

fn name(case: &Case<'_>) -> String {
    case.code
        .as_ref()
        .map(|code| code.code.named("code"))
        .unwrap_or_default()
}
