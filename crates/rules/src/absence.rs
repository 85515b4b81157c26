//! What a request lacks, and whether that can be relied on: a body may be captured in part, and a capture may be cleaned.

use grantscope_oauth::ClientAuthentication;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::parameters;
use crate::statement::Word;

/// What is not seen where the body of the request was not captured whole.
pub(crate) const WHOLE_REQUEST: &str =
    "the whole body of the request, which was not captured as it was sent";

/// Whether the body of the request was captured and read without a flaw.
pub(crate) fn has_whole_request(case: &Case<'_>) -> bool {
    let malformations = &case.refused.reading().malformations;
    malformations.iter().all(|it| it.place != "request body")
}

/// The absence of a parameter from a request that presents a code, as evidence; `None` where the capture does not show the
/// request as it was sent: the end of its body is missing, or the code itself is and the server speaks of something else.
pub(crate) fn of(case: &Case<'_>, place: &'static str, parameter: &str) -> Option<Evidence> {
    let is_cleaned = case.code.is_none() && !speaks_of_absence(case, Cause::CodeUnknown);
    let text = format!("carries no {parameter}");
    let is_shown = has_whole_request(case) && !is_cleaned;
    is_shown.then(|| Evidence::of(case.exchange(), place, text))
}

/// Whether the server answers to the absence of what presents the grant, which would mean this cause: by `invalid_request`
/// (RFC 6749 §5.2), unless its text tells of what it found wrong in the very parameter or elsewhere.
fn speaks_of_absence(case: &Case<'_>, cause: Cause) -> bool {
    let error = case.error();
    let names_another = |word: &Word| word.cause != cause && word.verdict >= Verdict::Likely;
    error.error == "invalid_request"
        && !has_nothing_else(case)
        && error.description.as_deref().is_none_or(tells_of_absence)
        && !case.statements.all().iter().any(names_another)
}

/// Whether the request tells neither the client nor anything of the grant but its type. No client sends that: the capture, or the
/// report that it was made from, holds no more of it.
fn has_nothing_else(case: &Case<'_>) -> bool {
    let client = &case.request().client;
    let sent = parameters(case);
    client.id.is_none()
        && client.authentication == ClientAuthentication::None
        && sent.redirect_uri.is_none()
        && sent.code_verifier.is_none()
}

/// What the sentence of RFC 6749 §5.2 on `invalid_request` says besides that a parameter is missing: it names every fault of a
/// request, and so do those who repeat it.
const ANY_FAULT: &str = "includes an invalid parameter value";

/// Whether a server's text says that something is absent.
pub(crate) fn tells_of_absence(text: &str) -> bool {
    let text = text.to_lowercase();
    ABSENCE.iter().any(|word| text.contains(word)) && !text.contains(ANY_FAULT)
}

/// Whether the server says that a parameter is absent, which its text calls by one of these names.
pub(crate) fn is_told_of(case: &Case<'_>, names: &[&str]) -> bool {
    let is_named = |text: &str| names.iter().any(|name| text.contains(name));
    let description = case.error().description.as_deref();
    description.is_some_and(|text| is_named(&text.to_lowercase()) && tells_of_absence(text))
}

/// Words in which servers say that a parameter is absent.
const ABSENCE: [&str; 10] = [
    "missing",
    "require",
    "must",
    "provide",
    "empty",
    "absent",
    "omitted",
    "malformed",
    // As validators of schemas put it: "expected string, received undefined".
    "undefined",
    "null",
];

/// Whether the request still shows a secret: a capture that was cleaned of one is cleaned of all.
fn is_as_sent(case: &Case<'_>) -> bool {
    let shows_secret = case.request().client.authentication != ClientAuthentication::None
        || parameters(case).code_verifier.is_some();
    shows_secret && has_whole_request(case)
}

/// Whether the server refuses the grant and gives no other reason for it.
fn says_no_other(case: &Case<'_>, cause: Cause) -> bool {
    let names_another = |word: &Word| word.cause != cause && word.verdict >= Verdict::Likely;
    matches!(
        case.error().error.as_str(),
        "" | "invalid_grant" | "access_denied"
    ) && !case.statements.all().iter().any(names_another)
}

/// The judgement on a request that lacks the parameter which presents the grant.
///
/// Where the server answers anything but that it is absent, the parameter may have been sent and the capture cleaned of it,
/// unless it is there and empty.
pub(crate) fn lacking(case: &Case<'_>, cause: Cause, parameter: &str, is_empty: bool) -> Finding {
    let what = if is_empty { "an empty" } else { "no" };
    let text = format!("carries {what} {parameter}");
    let summary = format!("the token request {text}");
    let evidence = Evidence::of(case.exchange(), "form", text);
    if !speaks_of_absence(case, cause) && !is_empty {
        let settles =
            format!("the parameter {parameter}, of which the capture may have been cleaned");
        let finding = said::judge_until(case, cause, &settles);
        return match finding.verdict() {
            Verdict::Possible if is_as_sent(case) && says_no_other(case, cause) => {
                Finding::likely(cause, evidence, settles).because(summary)
            }
            Verdict::Possible => finding.and(evidence).because(summary),
            _ => finding.and(evidence),
        };
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
