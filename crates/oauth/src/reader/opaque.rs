//! Words that are tokens by their looks, wherever they stand.

use std::ops::Range;

use crate::placeholder;

/// A word of at least this many characters may be a token.
pub(super) const TOKEN_CHARACTERS_MIN: usize = 32;

/// The characters of which tokens are made.
pub fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

pub(super) fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() >= TOKEN_CHARACTERS_MIN
}

/// Whether a word is long, and mixed as only random text is. A UUID has letters of one case.
pub fn is_opaque(word: &str) -> bool {
    word.len() >= TOKEN_CHARACTERS_MIN && is_mixed(word) || is_opaque_without_digits(word)
}

/// Of a thousand random words of this length one has no digit.
const WITHOUT_DIGITS_CHARACTERS_MIN: usize = 40;

/// In `NamesLikeThis` a small letter comes after each capital, but for a few.
const LOOSE_CAPITALS_MIN: usize = 4;

fn is_opaque_without_digits(word: &str) -> bool {
    let bytes = word.as_bytes();
    let loose = bytes
        .windows(2)
        .filter(|pair| pair[0].is_ascii_uppercase() && !pair[1].is_ascii_lowercase());
    bytes.len() >= WITHOUT_DIGITS_CHARACTERS_MIN
        && bytes.iter().any(u8::is_ascii_lowercase)
        && loose.count() >= LOOSE_CAPITALS_MIN
}

pub(super) fn is_mixed(word: &str) -> bool {
    let has = |what: fn(&u8) -> bool| word.as_bytes().iter().any(what);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Whether a part of a URL looks like a token as a whole.
pub(super) fn is_token(text: &str) -> bool {
    let looks = if text.contains('.') {
        is_jwt(text)
    } else {
        is_opaque(text)
    };
    looks && text.chars().all(is_token_character) && !text.contains(placeholder::PREFIX)
}

/// Segments of a path after which comes what lets somebody in, or names them.
const BEFORE_SECRETS: [&str; 16] = [
    "activate",
    "activation",
    "confirm",
    "confirmation",
    "email-verification",
    "invitation",
    "invitations",
    "invite",
    "magic",
    "magic-link",
    "otp",
    "password-reset",
    "reset",
    "reset-password",
    "verify",
    "verify-email",
];

/// Whether a segment of a path holds a secret or an e-mail address, by its looks or by the segment before it.
pub fn is_secret_segment(before: &str, segment: &str) -> bool {
    if segment.contains(placeholder::PREFIX) {
        return false;
    }
    let is_word = segment.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_announced = BEFORE_SECRETS.contains(&before) && !is_word;
    let has_address = || {
        let at = segment.contains('@') || segment.contains("%40");
        at && email(&segment.replace("%40", "@")).is_some()
    };
    is_token(segment) || is_announced || has_address()
}

/// Where the first e-mail address in a text is: `local@host.name` (RFC 5321 §4.1.2).
pub(super) fn email(text: &str) -> Option<Range<usize>> {
    text.match_indices('@').find_map(|(at, _)| {
        let local = |c: char| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
        let host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let before = text[..at].chars().rev().take(LOCAL_CHARACTERS_MAX);
        let before: usize = before.take_while(|c| local(*c)).map(char::len_utf8).sum();
        let start = &text[at - before..at];
        let start = at
            - start
                .trim_start_matches(['.', '\'', '/', '=', '?', '&'])
                .len();
        let after = text[at + 1..].chars().take_while(|c| host(*c)).count();
        let name = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
        let (_, top) = name.rsplit_once('.')?;
        let is_name = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
        (start < at && is_name).then_some(start..at + 1 + name.len())
    })
}

/// RFC 5321 §4.5.3.1.1.
const LOCAL_CHARACTERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_secret_by_its_looks_or_by_the_one_before() {
        for (before, segment, expected) in [
            ("reset", "a1b2c3", true),
            ("reset", "done", false),
            ("users", "a1b2c3", false),
            ("users", "joe@x.test", true),
            ("users", "joe%40x.test", true),
            ("", "@joe", false),
            ("reset", "gs1.token.7f3a9c0011223344.1.a.z", false),
        ] {
            assert_eq!(is_secret_segment(before, segment), expected, "{segment}");
        }
    }

    #[test]
    fn a_random_word_is_a_token_even_without_a_digit() {
        for (word, expected) in [
            ("yzTFxd-iZpKqAEoFGlhisXtJWQ-aoEvDm-hHDBDZXoQ", true),
            ("Hh_NskEcwpu-yBZFIfoHGyxScHTwKfQKOCgMvyZGVbI", true),
            ("AuthorizationServerMetadataEndpointController", false),
            ("the-long-title-of-an-article-that-nobody-ever-reads", false),
            ("TOO_MANY_REQUESTS_FROM_THIS_ADDRESS_TO_THE_SERVER", false),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", false),
        ] {
            assert_eq!(is_token(word), expected, "{word}");
        }
    }
}
