//! What a request lacks, and whether that can be relied on: a body may be captured in part, and a capture may be cleaned.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};

/// What is not seen where the body of the request was not captured whole.
pub(crate) const WHOLE_REQUEST: &str =
    "the whole body of the request, which was not captured as it was sent";

/// Whether the body of the request was captured and read without a flaw.
pub(crate) fn has_whole_request(case: &Case<'_>) -> bool {
    let malformations = &case.refused.reading().malformations;
    malformations.iter().all(|it| it.place != "request body")
}

/// The absence of a parameter from a request that presents a code, as evidence; `None` where the code itself is missing and
/// the server speaks of something else, for then the capture was cleaned and shows no request as it was sent.
pub(crate) fn of(case: &Case<'_>, place: &'static str, parameter: &str) -> Option<Evidence> {
    let is_cleaned = case.code.is_none() && case.error().error != "invalid_request";
    let text = format!("carries no {parameter}");
    (!is_cleaned).then(|| Evidence::of(case.exchange(), place, text))
}

/// The judgement on a request that lacks the parameter which presents the grant.
///
/// A server answers `invalid_request` to it (RFC 6749 §5.2). Where it answers anything else, the parameter may have been sent
/// and the capture cleaned of it, unless it is there and empty.
pub(crate) fn lacking(case: &Case<'_>, cause: Cause, parameter: &str, is_empty: bool) -> Finding {
    let what = if is_empty { "an empty" } else { "no" };
    let text = format!("carries {what} {parameter}");
    let summary = format!("the token request {text}");
    let evidence = Evidence::of(case.exchange(), "form", text);
    if case.error().error != "invalid_request" && !is_empty {
        let settles =
            format!("the parameter {parameter}, of which the capture may have been cleaned");
        return Finding::possible(cause, settles)
            .and(evidence)
            .because(summary);
    }
    let finding = Finding::proven(cause, evidence)
        .because(summary)
        .fix(format!(
            "Send the parameter `{parameter}`, form-encoded, in the body of the token request."
        ));
    if has_whole_request(case) {
        finding
    } else {
        finding.at_most_likely(WHOLE_REQUEST)
    }
}
