//! Words that are tokens by their looks, wherever they stand.

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

#[cfg(test)]
mod tests {
    use super::*;

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
