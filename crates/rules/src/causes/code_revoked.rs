//! `code-revoked`: the code was valid, but the session or consent behind it ended before the exchange.
//!
//! OpenID Connect RP-Initiated Logout §2 and the administration of a server end sessions at any time.

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::code_reused::granted_later;
use crate::finding::Finding;
use crate::said;

const CAUSE: Cause = Cause::CodeRevoked;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(granted) = granted_later(case) {
        return Finding::ruled_out(CAUSE, granted);
    }
    said::judge(case, CAUSE)
}
