//! `user-blocked`: the user is disabled, locked, unassigned, outside an allowed network, or lacks a licence or consent.
//!
//! RFC 6749 §5.2, `invalid_grant`: the resource owner's credentials or the grant "is invalid … revoked".

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(case, Cause::UserBlocked, "the user's account at the server")
}
