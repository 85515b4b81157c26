//! `refresh-session-ended`: the refresh token hangs on a login session that ended.
//!
//! OpenID Connect RP-Initiated Logout §2; RFC 6749 leaves the tie between session and token to the server.

use grantscope_correlation::{FamilyEnd, Revocation, RevokedToken};

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_revoked::{is_of, survived};
use crate::causes::refresh_rotated::accepted_later;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshSessionEnded;
const SUMMARY: &str = "the user was logged out before the refresh token was presented";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(accepted) = accepted_later(case) {
        return Finding::ruled_out(CAUSE, accepted);
    }
    let ends = case.refresh.iter().flat_map(|refresh| &refresh.family.ends);
    let before = ends.filter(|end| end.at() <= case.sent_at() && !survived(case, end));
    let logouts = before.filter_map(|end| match end {
        FamilyEnd::LoggedOut(logout) => by_logout(case, logout),
        _ => None,
    });
    logouts
        .max_by_key(Finding::verdict)
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

fn by_logout(case: &Case<'_>, logout: &Revocation) -> Option<Finding> {
    if logout.status.is_some_and(|status| status >= 400) {
        return None;
    }
    let by_this_token = logout.names == RevokedToken::Itself
        && logout
            .status
            .is_some_and(|status| (200..300).contains(&status))
        && case
            .history
            .reading(logout.exchange)
            .is_some_and(|reading| is_of(&reading.endpoint, &case.server));
    let finding = if by_this_token {
        let text = "ended the session with this very refresh token";
        Finding::proven(CAUSE, Evidence::of(logout.exchange, "logout", text)).and(Evidence::of(
            case.exchange(),
            "form refresh_token",
            "presented the token after that",
        ))
    } else {
        Finding::likely(
            CAUSE,
            Evidence::of(
                logout.exchange,
                "logout",
                "logged out the user of this token",
            ),
            "whether this server ends the refresh token with the session",
        )
    };
    Some(finding.because(SUMMARY))
}
