//! `assertion-subject-invalid`: the assertion names a user or account that does not exist, is not delegated or has not consented.
//!
//! RFC 7523 §3: "The JWT MUST contain a `sub` (subject) claim identifying the principal that is the subject of the JWT."

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(
        case,
        Cause::AssertionSubjectInvalid,
        "the account and its consents at the server",
    )
}
