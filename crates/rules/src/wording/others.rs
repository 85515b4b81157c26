//! What a text says of the user, of the client, and of grants other than codes and refresh tokens.

use super::ideas::{Idea, Text};
use super::{differ, is_missing};
use crate::causes::Cause;

/// What is said of the user or the client, whatever the grant.
pub(super) fn of_user_or_client(text: &Text) -> Option<Cause> {
    let is_of_user = text.has(Idea::User) || text.has(Idea::Account);
    if text.has(Idea::Secret) && text.has(Idea::Client) && !is_of_user {
        return is_wrong(text).then_some(Cause::ClientCredentialsWrong);
    }
    if is_of_user && text.says(Idea::Blocked) {
        return Some(Cause::UserBlocked);
    }
    let is_of_grant = OF_GRANT.into_iter().any(|idea| text.has(idea));
    let is_unknown = text.says(Idea::Unknown) || text.denies(Idea::Known);
    if text.has(Idea::Client) && !is_of_grant && (text.says(Idea::Fails) || is_unknown) {
        return Some(Cause::ClientCredentialsWrong);
    }
    let is_refused = text.says(Idea::Blocked) || text.denies(Idea::Permitted);
    (text.has(Idea::Client) && !is_of_user && is_refused).then_some(Cause::ClientNotAllowed)
}

/// What a text is about that names the client beside the grant or one of its parameters.
const OF_GRANT: [Idea; 8] = [
    Idea::Code,
    Idea::Token,
    Idea::Proof,
    Idea::Challenge,
    Idea::Redirect,
    Idea::Scope,
    Idea::Session,
    Idea::User,
];

/// Whether the user is asked for what an app cannot do. It says least where the text also tells what is wrong with the grant.
pub(super) fn asks_for_the_user(text: &Text) -> bool {
    let asks_for_it = is_missing(text) || text.has(Idea::Must) || text.has(Idea::Again);
    let is_expected = asks_for_it || text.denies(Idea::Present) || text.denies(Idea::Granted);
    text.has(Idea::Interaction) && is_expected
}

/// Whether something is said to be wrong in any way.
fn is_wrong(text: &Text) -> bool {
    let is_bad = text.says(Idea::Fails) || text.says(Idea::Expired) || text.says(Idea::Unknown);
    is_bad
        || differ(text)
        || is_missing(text)
        || text.denies(Idea::Passes)
        || text.denies(Idea::Known)
}

/// What is said of another grant.
pub(super) fn of_grant(text: &Text, grant_type: &str) -> Vec<Cause> {
    let cause = match grant_type.rsplit(':').next() {
        Some("jwt-bearer" | "saml2-bearer" | "token-exchange") => of_an_assertion(text),
        Some("device_code") => of_a_device_code(text),
        Some("password") => of_a_password(text),
        _ => None,
    };
    cause.into_iter().collect()
}

/// The claims that RFC 7523 §3 has checked, the most telling first.
fn of_an_assertion(text: &Text) -> Option<Cause> {
    let was_used = text.says(Idea::Used) || (text.says(Idea::Use) && text.has(Idea::Before));
    let is_of_time = text.says(Idea::Expired) || text.has(Idea::Clock);
    let is_unknown = text.says(Idea::Unknown) || text.denies(Idea::Known);
    let of_user = text.has(Idea::User) || text.has(Idea::Account) || text.has(Idea::Subject);
    if was_used {
        Some(Cause::AssertionReplayed)
    } else if text.has(Idea::Key) {
        Some(Cause::AssertionSignatureInvalid)
    } else if text.has(Idea::Audience) {
        Some(Cause::AssertionAudienceMismatch)
    } else if is_of_time {
        Some(Cause::AssertionTimeInvalid)
    } else if of_user && (is_unknown || is_wrong(text) || text.has(Idea::Subject)) {
        Some(Cause::AssertionSubjectInvalid)
    } else {
        None
    }
}

fn of_a_device_code(text: &Text) -> Option<Cause> {
    let was_used = text.says(Idea::Used) || text.says(Idea::Use);
    let is_over = was_used || is_wrong(text) || text.says(Idea::Revoked);
    (is_over && !text.has(Idea::Client)).then_some(Cause::DeviceCodeExpired)
}

fn of_a_password(text: &Text) -> Option<Cause> {
    let names = [Idea::User, Idea::Account, Idea::Password];
    let is_named = names.into_iter().any(|idea| text.has(idea));
    (is_named && is_wrong(text)).then_some(Cause::UserCredentialsWrong)
}
