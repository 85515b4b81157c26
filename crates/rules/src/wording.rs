//! What the words of a server mean that no provider file and no list of common wordings knows.
//!
//! The words are weighed by what they stand for: a thing (a code, a verifier, a redirect URI) and what is said of it (it was used,
//! it expired, it does not match). So a text is understood that nobody has written down, in whatever order its words stand, and
//! in other languages than English. Such a reading is never proof, and a text with an “or” in it makes nothing likely.

use grantscope_oauth::TokenError;

use crate::causes::Cause;
use crate::finding::Verdict;

mod ideas;
mod lexicon;
mod others;

use ideas::{Idea, Text};

/// A longer text is a page or a manual, and no statement about one grant.
const WORDS_MAX: usize = 40;

/// The causes that a refusal names, the likeliest first.
///
/// `description` is what is left of the server's text without what it says to every refusal.
pub(crate) fn read(
    error: &TokenError,
    description: &str,
    grant_type: &str,
) -> Vec<(Cause, Verdict)> {
    let is_silent = error.description.is_none() && error.codes.is_empty();
    let text = if is_silent && !REGISTERED.contains(&error.error.as_str()) {
        &error.error
    } else {
        description
    };
    if text.contains("grant_type") && text.contains("client_credentials") {
        // A list of grant types speaks of no client's credentials.
        return Vec::new();
    }
    let Some(text) = Text::read(text, WORDS_MAX) else {
        return Vec::new();
    };
    let (is_surely, causes) = causes(&text, grant_type);
    let verdict = |at: usize| match at {
        0 if is_surely && !text.has(Idea::Or) => Verdict::Likely,
        _ => Verdict::Possible,
    };
    let numbered = causes.into_iter().enumerate();
    numbered.map(|(at, cause)| (cause, verdict(at))).collect()
}

/// Error codes that have a meaning everywhere (RFC 6749 §5.2, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5), so that their words tell
/// nothing more. A server with codes of its own says in them what others say in a description.
const REGISTERED: [&str; 15] = [
    "",
    "access_denied",
    "expired_token",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "server_error",
    "temporarily_unavailable",
    "unauthorized",
    "unauthorized_client",
    "unsupported_grant_type",
    "use_dpop_nonce",
];

/// What the text names, and whether it names one thing rather than that something is amiss with the grant.
fn causes(text: &Text, grant_type: &str) -> (bool, Vec<Cause>) {
    if let Some(cause) = others::of_user_or_client(text) {
        return (true, vec![cause]);
    }
    let is_elsewhere =
        text.has(Idea::Elsewhere) || (text.has(Idea::User) && !text.says(Idea::Revoked));
    let (causes, all): (_, &[Cause]) = match grant_type {
        "authorization_code" if !is_elsewhere => (of_a_code(text), &FAULTS_OF_A_CODE),
        "refresh_token" if !is_elsewhere => (of_a_refresh_token(text), &FAULTS_OF_A_TOKEN),
        _ => (others::of_grant(text, grant_type), &[]),
    };
    if causes.is_empty() && others::asks_for_the_user(text) {
        return (true, vec![Cause::UserInteractionRequired]);
    }
    let is_plain = !is_elsewhere && !text.has(Idea::Scope) && !text.has(Idea::Session);
    if causes.is_empty() && is_plain && is_no_good(text, grant_type) {
        return (false, all.to_vec());
    }
    (true, causes)
}

/// What a code or a token may be of which no more is said than that it is no good, the commonest first.
const FAULTS_OF_A_CODE: [Cause; 4] = [
    Cause::CodeReused,
    Cause::CodeExpired,
    Cause::CodeUnknown,
    Cause::CodeAltered,
];
const FAULTS_OF_A_TOKEN: [Cause; 4] = [
    Cause::RefreshRotated,
    Cause::RefreshRevoked,
    Cause::RefreshExpired,
    Cause::RefreshUnknown,
];

fn is_no_good(text: &Text, grant_type: &str) -> bool {
    let named = match grant_type {
        "authorization_code" => Idea::Code,
        _ => Idea::Token,
    };
    let is_failed =
        text.says(Idea::Fails) || text.denies(Idea::Passes) || text.denies(Idea::Agrees);
    text.has(named) && is_failed && !is_about_a_parameter(text) && !text.has(Idea::Client)
}

/// A text that names the verifier or the redirect URI beside the code is about these.
fn of_a_code(text: &Text) -> Vec<Cause> {
    if text.has(Idea::Scope) || text.has(Idea::Session) {
        return Vec::new();
    }
    let of_parameters = [verifier(text), redirect_uri(text)];
    let mut causes: Vec<_> = of_parameters.into_iter().flatten().collect();
    let is_open = |causes: &[Cause]| causes.is_empty() || text.has(Idea::Or);
    if is_open(&causes) && is_of_another_client(text) {
        causes.push(Cause::CodeWrongClient);
    }
    if is_open(&causes) && text.has(Idea::Code) && !is_about_a_parameter(text) {
        causes.extend(state(text).map(|state| match state {
            State::Used => Cause::CodeReused,
            State::Expired => Cause::CodeExpired,
            State::Revoked => Cause::CodeRevoked,
            State::Unknown => Cause::CodeUnknown,
        }));
    }
    causes
}

fn of_a_refresh_token(text: &Text) -> Vec<Cause> {
    if text.has(Idea::Scope) {
        let is_exceeded = text.says(Idea::Wider) || text.denies(Idea::Granted);
        return is_exceeded
            .then_some(Cause::RefreshScopeExceeded)
            .into_iter()
            .collect();
    }
    let mut causes = Vec::new();
    if is_of_another_client(text) {
        causes.push(Cause::RefreshWrongClient);
    }
    let is_of_the_app = text.has(Idea::Client) && text.says(Idea::Revoked);
    if causes.is_empty() && (text.has(Idea::Token) || is_of_the_app) {
        causes.extend(state(text).map(|state| match state {
            State::Used => Cause::RefreshRotated,
            State::Expired => Cause::RefreshExpired,
            State::Revoked => Cause::RefreshRevoked,
            State::Unknown => Cause::RefreshUnknown,
        }));
    }
    if causes.is_empty() && text.has(Idea::Session) && text.says(Idea::Ended) {
        causes.push(Cause::RefreshSessionEnded);
    }
    causes
}

fn is_about_a_parameter(text: &Text) -> bool {
    [Idea::Proof, Idea::Challenge, Idea::Redirect]
        .into_iter()
        .any(|idea| text.has(idea))
}

/// Whether two values are said to differ, in any of the ways to say so.
fn differ(text: &Text) -> bool {
    text.says(Idea::Differs) || text.denies(Idea::Agrees) || text.demands(Idea::Agrees)
}

fn verifier(text: &Text) -> Option<Cause> {
    if !text.has(Idea::Proof) && !text.has(Idea::Challenge) {
        return None;
    }
    let is_unexpected =
        text.has(Idea::Unexpected) || text.has_no(Idea::Challenge) || text.denies(Idea::Allowed);
    if differ(text) || text.denies(Idea::Passes) {
        Some(Cause::PkceVerifierMismatch)
    } else if text.says(Idea::Malformed) {
        Some(Cause::PkceVerifierMalformed)
    } else if is_unexpected {
        Some(Cause::PkceVerifierUnexpected)
    } else if is_missing(text) || text.has_no(Idea::Proof) {
        Some(Cause::PkceVerifierMissing)
    } else {
        text.says(Idea::Fails)
            .then_some(Cause::PkceVerifierMismatch)
    }
}

fn redirect_uri(text: &Text) -> Option<Cause> {
    if !text.has(Idea::Redirect) {
        return None;
    }
    if differ(text) || text.says(Idea::Another) {
        Some(Cause::RedirectUriMismatch)
    } else if is_missing(text) || text.has_no(Idea::Redirect) {
        Some(Cause::RedirectUriMissing)
    } else {
        text.says(Idea::Fails).then_some(Cause::RedirectUriMismatch)
    }
}

fn is_missing(text: &Text) -> bool {
    text.says(Idea::Missing) || text.denies(Idea::Present) || text.demands(Idea::Present)
}

fn is_of_another_client(text: &Text) -> bool {
    let is_anothers = text.says(Idea::Another) || text.denies(Idea::Belongs) || differ(text);
    text.has(Idea::Client) && is_anothers
}

/// What became of a code or a token.
enum State {
    Used,
    Revoked,
    Expired,
    Unknown,
}

/// All that is said of it. That it was used comes first, for what else is said is what the server made of that.
fn state(text: &Text) -> impl Iterator<Item = State> {
    let was_used = text.says(Idea::Used)
        || (text.says(Idea::Use) && text.has(Idea::Before))
        || (text.has(Idea::Use) && text.has(Idea::Again));
    let is_unknown =
        text.says(Idea::Unknown) || text.denies(Idea::Known) || text.denies(Idea::Agrees);
    [
        was_used.then_some(State::Used),
        text.says(Idea::Revoked).then_some(State::Revoked),
        text.says(Idea::Expired).then_some(State::Expired),
        is_unknown.then_some(State::Unknown),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests;
