//! `refresh-unknown`: the refresh token was never issued in the observed traffic or by this server.
//!
//! RFC 6749 §5.2, `invalid_grant`: the refresh token "is invalid".

use grantscope_oauth::{Alphabet, Fingerprint};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_altered::resembling;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshUnknown;
const PLACE: &str = "form refresh_token";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    // RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted".
    let sent = case.refresh.as_ref();
    let Some(refresh) = sent.filter(|it| it.token.alphabet != Alphabet::Empty) else {
        return absence::lacking(case, CAUSE, "refresh_token", sent.is_some());
    };
    if refresh.token.is_masked() {
        let settles = "the refresh token as it was sent: the capture was cleaned of it";
        return said::judge_until(case, CAUSE, settles);
    }
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
    if let Some(granted) = refresh.granted() {
        let text = "the server granted a refresh with this token";
        return Finding::ruled_out(CAUSE, Evidence::of(granted.exchange(), PLACE, text));
    }
    let finding = said::judge(case, CAUSE);
    match other_token(case) {
        Some(other) => finding
            .and(other)
            .because("the server never issued this refresh token: it is none of those that the client got in the captured traffic")
            .favoured(),
        None => finding,
    }
}

/// The capture holds what the server issues to this client, and this token is not among it.
fn other_token(case: &Case<'_>) -> Option<Evidence> {
    let presented = &case.refresh.as_ref()?.token;
    let issuing = case.client.accepted().find(|granted| {
        let tokens = granted
            .tokens()
            .and_then(|tokens| tokens.refresh_token.as_ref());
        granted.sent_at() < case.sent_at() && tokens.is_some_and(Fingerprint::is_whole)
    });
    let issuing = issuing.filter(|_| presented.is_whole())?;
    let text = "issued another refresh token to this client";
    Some(Evidence::of(
        issuing.exchange(),
        "response refresh_token",
        text,
    ))
}
