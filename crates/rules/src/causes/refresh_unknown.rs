//! `refresh-unknown`: the refresh token was never issued in the observed traffic or by this server.
//!
//! RFC 6749 §5.2, `invalid_grant`: the refresh token "is invalid".

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_altered::resembling;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshUnknown;
const PLACE: &str = "form refresh_token";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        let absent = Evidence::of(case.exchange(), PLACE, "presented no refresh token");
        return Finding::proven(CAUSE, absent)
            .because("the token request carries no refresh token")
            .fix("Send the parameter `refresh_token` of the last token response.");
    };
    if let Some(issuance) = refresh.issuance.seen() {
        let text = "issued this token";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(issuance.exchange(), "response refresh_token", text),
        );
    }
    if let Some((issuance, _)) = resembling(refresh) {
        let text = "issued the token that this one was altered from";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(issuance.exchange(), "response refresh_token", text),
        );
    }
    if let Some(granted) = refresh
        .presentations
        .iter()
        .find(|it| it.tokens().is_some())
    {
        let text = "the server granted a refresh with this token";
        return Finding::ruled_out(CAUSE, Evidence::of(granted.exchange(), PLACE, text));
    }
    said::judge(case, CAUSE, "the token response that issued it")
}
