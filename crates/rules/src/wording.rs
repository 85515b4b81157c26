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

use ideas::{Idea, Text};

/// A longer text is a page or a manual, and no statement about one grant.
const WORDS_MAX: usize = 40;

/// The causes that a refusal names, the likeliest first.
pub(crate) fn read(error: &TokenError, grant_type: &str) -> Vec<(Cause, Verdict)> {
    let Some(description) = &error.description else {
        return Vec::new();
    };
    let Some(text) = Text::read(description, WORDS_MAX) else {
        return Vec::new();
    };
    let is_elsewhere =
        text.has(Idea::Elsewhere) || (text.has(Idea::User) && !text.says(Idea::Revoked));
    let causes = match grant_type {
        _ if is_elsewhere => Vec::new(),
        "authorization_code" => of_a_code(&text),
        "refresh_token" => of_a_refresh_token(&text),
        _ => Vec::new(),
    };
    let verdict = |at: usize| match at {
        0 if !text.has(Idea::Or) => Verdict::Likely,
        _ => Verdict::Possible,
    };
    let numbered = causes.into_iter().enumerate();
    numbered.map(|(at, cause)| (cause, verdict(at))).collect()
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
