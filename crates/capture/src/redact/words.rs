//! Words that are tokens by their looks, wherever they stand.

use grantscope_oauth::placeholder;

/// A word of at least this many characters may be a token.
const TOKEN_CHARACTERS_MIN: usize = 32;

/// Whether a word looks like a token: a JWT, or long and mixed as only random text is.
pub(super) fn is_token(word: &str) -> bool {
    is_jwt(word) || is_opaque(word)
}

/// Whether a word looks like a JWT, and is none of which only the claims were redacted.
pub(super) fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ")
        && word.len() >= TOKEN_CHARACTERS_MIN
        && word.contains('.')
        && word.chars().all(is_token_character)
        && !word.contains(placeholder::PREFIX)
}

fn is_opaque(word: &str) -> bool {
    let has = |what: fn(&u8) -> bool| word.as_bytes().iter().any(what);
    let is_mixed = word.len() >= TOKEN_CHARACTERS_MIN
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase);
    word.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && (is_mixed || is_opaque_without_digits(word))
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

/// The characters of which tokens are made.
pub(super) fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}
