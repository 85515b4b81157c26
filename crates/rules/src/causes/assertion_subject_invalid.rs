//! `assertion-subject-invalid`: the assertion names a user or account that does not exist, is not delegated or has not consented.
//!
//! RFC 7523 §3: "The JWT MUST contain a `sub` (subject) claim identifying the principal that is the subject of the JWT."

use grantscope_oauth::{Grant, JwtFacts};

use crate::assertion;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

const CAUSE: Cause = Cause::AssertionSubjectInvalid;
const PLACE: &str = "form assertion";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let is_bearer = matches!(case.request().grant, Grant::JwtBearer { .. });
    let Some(claims) = assertion::claims(case.request()).filter(|_| is_bearer) else {
        return said::judge(case, CAUSE);
    };
    if case.error().error == "consent_required" {
        return unconsented(case);
    }
    if claims.sub.is_none() {
        return without_subject(case);
    }
    said::judge(case, CAUSE).and_all(accepted_before(case, claims))
}

fn unconsented(case: &Case<'_>) -> Finding {
    let text = "answered consent_required";
    let settles = "the consent of the account that the assertion names";
    Finding::likely(
        CAUSE,
        Evidence::of(case.exchange(), "response error", text),
        settles,
    )
    .because("the account that the assertion names has not consented")
}

/// Some servers take the issuer for the subject where there is none.
fn without_subject(case: &Case<'_>) -> Finding {
    let text = "names no subject, which RFC 7523 §3 demands";
    let finding = Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, text))
        .because("the assertion names no subject")
        .fix("Name the account that the client acts for in the claim `sub`.");
    let is_said = case
        .word(CAUSE)
        .is_some_and(|word| word.verdict >= Verdict::Likely);
    if is_said {
        finding
    } else {
        finding.at_most_likely("whether this server takes the issuer for the subject")
    }
}

/// An assertion about the same subject was granted before. The account may have changed since.
fn accepted_before(case: &Case<'_>, claims: &JwtFacts) -> Option<Evidence> {
    let granted = case.client.accepted().rev().find(|other| {
        let theirs = other
            .request()
            .grant
            .secret()
            .and_then(|it| it.jwt.as_deref());
        other.sent_at() < case.sent_at()
            && theirs.is_some_and(|theirs| theirs.sub == claims.sub && theirs.iss == claims.iss)
    })?;
    let text = "was granted for the same subject";
    Some(Evidence::of(granted.exchange(), PLACE, text))
}
