//! `token-request-not-a-form`: a request was refused whose parameters a server may not have read at all.
//!
//! RFC 6749 §4.1.3: "The client makes a request to the token endpoint by sending the following parameters using the
//! "application/x-www-form-urlencoded" format".

use grantscope_oauth::TokenError;

use super::Concern;
use super::sight::Sight;
use super::warning::Warning;
use crate::absence::tells_of_absence;
use crate::finding::Evidence;

/// Of a content that the server does not read (RFC 9110 §15.5.16).
const UNSUPPORTED_MEDIA_TYPE: u16 = 415;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let reading = presented.presentation.reading();
    let why = reading.why_no_form()?;
    let error = presented.presentation.error()?;
    let mut accepted = presented.client().accepted();
    // A server that has granted something to such a request reads it.
    if !may_not_have_read(error) || accepted.any(|it| it.reading().why_no_form().is_some()) {
        return None;
    }
    let answer = match error.error.as_str() {
        "" => format!("was refused with status {}", error.status),
        code => format!("was refused with {code}"),
    };
    let shown = [
        ("header Content-Type", format!("the content {why}")),
        ("response error", answer),
    ];
    let [sent, answered] =
        shown.map(|(place, text)| Evidence::of(presented.presentation.exchange(), place, text));
    let warning = Warning::of(Concern::TokenRequestNotAForm, presented.place(), sent);
    Some(warning.and_all([answered]))
}

/// Whether the answer is one to a request in which nothing was found. Who speaks of the grant has found it.
fn may_not_have_read(error: &TokenError) -> bool {
    let says_of_absence = error.description.as_deref().map(tells_of_absence);
    let is_unread = match error.error.as_str() {
        "unsupported_grant_type" => true,
        "" | "invalid_request" | "invalid_client" => says_of_absence.unwrap_or(true),
        _ => says_of_absence.unwrap_or(false),
    };
    is_unread || error.status == UNSUPPORTED_MEDIA_TYPE
}
