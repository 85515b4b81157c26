//! `user-credentials-wrong`: the user name, password or security token of a password grant is wrong.
//!
//! RFC 6749 §4.3.2 and §5.2, `invalid_grant`: "resource owner credentials" that are invalid.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(
        case,
        Cause::UserCredentialsWrong,
        "a login with the same name and password at the server's own page",
    )
}
