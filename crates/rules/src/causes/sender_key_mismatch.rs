//! `sender-key-mismatch`: the `DPoP` key or client certificate is not the one that the grant is bound to.
//!
//! RFC 9449 §5: "the authorization server MUST bind the refresh token to the respective public key" of a public client.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(
        case,
        Cause::SenderKeyMismatch,
        "the DPoP proof or certificate with which the grant was obtained",
    )
}
