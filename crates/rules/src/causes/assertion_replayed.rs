//! `assertion-replayed`: the assertion carries a jti that was used before.
//!
//! RFC 7523 §3: the server "MAY ensure that JWTs are not replayed by maintaining the set of used `jti` values".

use grantscope_correlation::Presentation;
use grantscope_oauth::Grant;

use crate::assertion;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

const CAUSE: Cause = Cause::AssertionReplayed;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    // A subject token may be exchanged as often as it is valid (RFC 8693 §2.1).
    if matches!(case.request().grant, Grant::TokenExchange { .. }) {
        return said::judge(case, CAUSE);
    }
    let uses: Vec<_> = uses(case).collect();
    let granted: Vec<_> = uses.iter().filter(|it| it.is_granted()).collect();
    match granted.as_slice() {
        [] => unused(case, uses.first().copied()),
        [once] => replayed(case, once),
        [first, .., last] => {
            let text = "was granted with an assertion that had been used before";
            Finding::ruled_out(
                CAUSE,
                Evidence::of(last.exchange(), assertion::place(case.request()), text),
            )
            .and(Evidence::of(
                first.exchange(),
                assertion::place(case.request()),
                "had used it first",
            ))
        }
    }
}

/// The earlier requests with the same assertion, or with another that has the same `jti`.
fn uses<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a Presentation> {
    let own = assertion::of(case.request()).filter(|assertion| !assertion.is_masked());
    let jti = own.and_then(|assertion| assertion.jwt.as_ref()?.jti);
    case.client.requests.iter().filter(move |other| {
        let theirs = assertion::of(other.request());
        let same_jti = jti.is_some() && theirs.and_then(|it| it.jwt.as_ref()?.jti) == jti;
        other.exchange() != case.exchange()
            && other.sent_at() <= case.sent_at()
            && (same_jti || (own.is_some() && theirs == own))
    })
}

fn replayed(case: &Case<'_>, earlier: &Presentation) -> Finding {
    let same = assertion::of(earlier.request()) == assertion::of(case.request());
    let (used, again, summary) = if same {
        (
            "was granted with the same assertion",
            "presented it again",
            "the assertion was used before",
        )
    } else {
        (
            "was granted with another assertion that has the same jti",
            "presented an assertion with that jti",
            "the jti of the assertion was used before",
        )
    };
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(earlier.exchange(), assertion::place(case.request()), used),
    )
    .and(Evidence::of(
        case.exchange(),
        assertion::place(case.request()),
        again,
    ))
    .because(summary);
    let is_said = case
        .word(CAUSE)
        .is_some_and(|word| word.verdict >= Verdict::Likely);
    if is_said {
        finding
    } else {
        finding.at_most_likely("whether this server keeps the jti values that were used")
    }
}

/// A server may have spent the `jti` at a request that it did not grant.
fn unused(case: &Case<'_>, tried: Option<&Presentation>) -> Finding {
    let tried = tried.map(|it| {
        let text = "had presented the same assertion, without being granted";
        Evidence::of(it.exchange(), assertion::place(case.request()), text)
    });
    said::judge(case, CAUSE).and_all(tried)
}
