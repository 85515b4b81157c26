//! `code-unknown`: the code was never issued in the observed traffic or by this server.
//!
//! RFC 6749 §5.2, `invalid_grant`: "The provided authorization grant … is invalid".

use grantscope_correlation::{Seen, Unseen};
use grantscope_oauth::Alphabet;

use crate::absence::{self, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::CodeUnknown;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    // RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted".
    let sent = case.code.as_ref();
    let Some(code) = sent.filter(|it| it.code.alphabet != Alphabet::Empty) else {
        return absence::lacking(case, CAUSE, "code", sent.is_some());
    };
    if code.code.is_masked() {
        let settles = "the code as it was sent: the capture was cleaned of it";
        return said::judge_until(case, CAUSE, settles);
    }
    if let Some(exchange) = code.origin() {
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(exchange, "authorization response code", "issued this code"),
        );
    }
    if let Some((issued, _)) = &code.resembles {
        let text = "issued the code that this one was altered from";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(issued.exchange, "authorization response code", text),
        );
    }
    let mut granted = code.presentations.iter().filter(|it| it.is_granted());
    if let Some(here) =
        granted.find(|it| case.is_called_server(&it.request().endpoint) == Some(true))
    {
        let text = "redeemed this very code";
        return Finding::ruled_out(CAUSE, Evidence::of(here.exchange(), "form code", text));
    }
    let is_readable =
        code.code.is_whole() && has_whole_request(case) && !case.coverage.hidden_codes;
    let is_observed = case.coverage.front_channel && is_readable && !case.is_presumed();
    if code.issuance == Seen::Unseen(Unseen::NotCaptured) && is_observed {
        let text = format!(
            "presented {}, which no authorization response of the capture issued",
            code.code.named("code")
        );
        return Finding::likely(
            CAUSE,
            Evidence::of(case.exchange(), "form code", text),
            "an authorization response that did not go through the proxy",
        )
        .because("the code was not issued by any authorization response that was observed");
    }
    said::judge(case, CAUSE)
}
