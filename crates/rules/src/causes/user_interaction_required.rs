//! `user-interaction-required`: the user must log in again, enrol, pass multi-factor authentication or meet a policy.
//!
//! OpenID Connect Core §3.1.2.6 names `interaction_required`, `login_required` and `consent_required`.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::Finding;
use crate::said;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    said::judge(
        case,
        Cause::UserInteractionRequired,
        "what the server asks of the user: send the user to the authorization endpoint",
    )
}
