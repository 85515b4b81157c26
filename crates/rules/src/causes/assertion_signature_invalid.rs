//! `assertion-signature-invalid`: the assertion is signed with the wrong, rotated or unregistered key or algorithm.
//!
//! RFC 7523 §3: "The JWT MUST be digitally signed or have a Message Authentication Code (MAC) applied by the issuer."

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(
        case,
        Cause::AssertionSignatureInvalid,
        "the key that the server has registered for the issuer of the assertion",
    )
}
