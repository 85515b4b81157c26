//! `user-interaction-required`: the user must log in again, enrol, pass multi-factor authentication or meet a policy.
//!
//! OpenID Connect Core §3.1.2.6 names `interaction_required`, `login_required` and `consent_required`.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

const CAUSE: Cause = Cause::UserInteractionRequired;

/// Error codes that say so, whatever else the server says.
const SAYING: [&str; 5] = [
    "interaction_required",
    "consent_required",
    "account_selection_required",
    "mfa_required",
    "insufficient_user_authentication",
];

/// Some servers use this one for a refresh token that they no longer know.
const LOGIN_REQUIRED: &str = "login_required";

/// Some servers use such a code for what is another cause with them.
fn means_something_else(case: &Case<'_>) -> bool {
    let words = case.statements.all();
    words
        .iter()
        .any(|word| word.verdict == Verdict::Proven && word.cause != CAUSE)
}

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let error = case.error();
    let answered =
        |name: &str, place| Evidence::of(case.exchange(), place, format!("answered {name}"));
    if SAYING.contains(&error.error.as_str()) {
        let finding = Finding::proven(CAUSE, answered(&error.error, "response error")).because(
            format!("the server needs the user: it answered {}", error.error),
        );
        return if means_something_else(case) {
            finding.at_most_likely(CAUSE.settled_by())
        } else {
            finding
        };
    }
    if error.error == LOGIN_REQUIRED {
        return Finding::likely(
            CAUSE,
            answered(LOGIN_REQUIRED, "response error"),
            CAUSE.settled_by(),
        );
    }
    let code = error
        .codes
        .iter()
        .find(|code| SAYING.contains(&code.as_str()));
    match code {
        Some(code) if case.word(CAUSE).is_none() => Finding::likely(
            CAUSE,
            answered(code, "response suberror"),
            CAUSE.settled_by(),
        ),
        _ => said::judge(case, CAUSE),
    }
}
