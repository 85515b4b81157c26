//! `assertion-replayed`: the assertion carries a jti that was used before.
//!
//! RFC 7523 §3: the server "MAY ensure that JWTs are not replayed by maintaining the set of used `jti` values".

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::AssertionReplayed;
const PLACE: &str = "form assertion";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let own = case.request().grant.secret();
    let jti = own.and_then(|assertion| assertion.jwt.as_ref()?.jti);
    let earlier = case.client.requests.iter().find(|other| {
        let theirs = other.request().grant.secret();
        let same_jti = jti.is_some() && theirs.and_then(|it| it.jwt.as_ref()?.jti) == jti;
        other.exchange() != case.exchange()
            && other.sent_at() <= case.sent_at()
            && other.tokens().is_some()
            && (same_jti || (own.is_some() && theirs == own))
    });
    match earlier {
        Some(earlier) => {
            let used = Evidence::of(
                earlier.exchange(),
                PLACE,
                "was granted with the same assertion",
            );
            Finding::likely(
                CAUSE,
                used,
                "whether this server keeps the jti values that were used",
            )
            .and(Evidence::of(case.exchange(), PLACE, "presented it again"))
            .because("the assertion was used before")
        }
        None => said::judge(case, CAUSE, "an earlier use of the same assertion"),
    }
}
