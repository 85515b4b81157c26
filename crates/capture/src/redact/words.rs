//! Words that are tokens by their looks, wherever they stand.

use grantscope_oauth::{is_opaque, is_token_character, placeholder};

/// A word of at least this many characters may be a token.
const TOKEN_CHARACTERS_MIN: usize = 32;

/// Whether a word looks like a token: a JWT, or long and mixed as only random text is.
pub(super) fn is_token(word: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    is_jwt(word) || (word.bytes().all(is_plain) && is_opaque(word))
}

/// Whether a word looks like a JWT, and is none of which only the claims were redacted.
pub(super) fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ")
        && word.len() >= TOKEN_CHARACTERS_MIN
        && word.contains('.')
        && word.chars().all(is_token_character)
        && !word.contains(placeholder::PREFIX)
}

/// Whether a value is one plain word, a number or a date: nothing that names a person or lets somebody in.
pub(super) fn is_plain(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/+".contains(&b);
    value.len() <= PLAIN_BYTES_MAX && value.bytes().all(plain) && !is_token(value)
}

const PLAIN_BYTES_MAX: usize = 80;
