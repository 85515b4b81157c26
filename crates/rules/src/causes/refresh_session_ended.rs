//! `refresh-session-ended`: the refresh token hangs on a login session that ended.
//!
//! OpenID Connect RP-Initiated Logout §2; RFC 6749 leaves the tie between session and token to the server.

use grantscope_correlation::FamilyEnd;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshSessionEnded;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let ends = case.refresh.iter().flat_map(|refresh| &refresh.family.ends);
    let logout = ends
        .filter(|end| end.at() <= case.sent_at())
        .find_map(|end| match end {
            FamilyEnd::LoggedOut(logout) => Some(logout),
            _ => None,
        });
    match logout {
        Some(logout) => Finding::likely(
            CAUSE,
            Evidence::of(
                logout.exchange,
                "logout",
                "logged the user of this token out",
            ),
            "whether this server ends the refresh token with the session",
        )
        .because("the user was logged out before the refresh token was presented"),
        None => said::judge(
            case,
            CAUSE,
            "the end of the user's session at the server: a logout elsewhere, or idleness",
        ),
    }
}
