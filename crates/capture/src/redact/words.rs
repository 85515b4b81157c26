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
    word.len() >= TOKEN_CHARACTERS_MIN
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

/// The characters of which tokens are made.
pub(super) fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Placeholders are shorter than this, whatever the claims of the JWT that they stand for.
const PLACEHOLDER_BYTES_MAX: usize = 8192;

/// Where the first placeholder of a text begins and ends.
pub(super) fn next_placeholder(text: &str) -> Option<(usize, usize)> {
    let prefixes = text.match_indices(placeholder::PREFIX);
    prefixes
        .filter_map(|(start, prefix)| Some((start, text.as_bytes().get(start + prefix.len()..)?)))
        .filter(|(_, fields)| has_kind_and_digest(fields))
        .find_map(|(start, _)| Some((start, start + placeholder_length(&text[start..])?)))
}

/// The cheap part of the test, since traffic may be full of prefixes.
fn has_kind_and_digest(fields: &[u8]) -> bool {
    let mut fields = fields[..fields.len().min(64)].split(|&byte| byte == b'.');
    let kind = fields.next().unwrap_or_default();
    let digest = fields.next().unwrap_or_default();
    !kind.is_empty() && digest.len() == 16 && digest.iter().all(u8::is_ascii_hexdigit)
}

fn placeholder_length(text: &str) -> Option<usize> {
    let window = &text.as_bytes()[..text.len().min(PLACEHOLDER_BYTES_MAX)];
    // No field of a placeholder but the last begins with this letter. A word may follow without a space between.
    let length = window.windows(2).position(|pair| pair == b".z")? + 2;
    placeholder::parse(text.get(..length)?).map(|_| length)
}
