//! What a capture says in the place of a value that somebody took out of it before handing it on.
//!
//! Browsers and tools have sanitizers for HAR files, and people have editors. What they write tells nothing of the value: two that
//! are equal need not have been, and two that differ may have been one.

/// Words for what is gone.
const GONE: [&str; 18] = [
    "anonymised",
    "anonymized",
    "censored",
    "cleaned",
    "deleted",
    "elided",
    "filtered",
    "hidden",
    "masked",
    "obfuscated",
    "omitted",
    "redacted",
    "removed",
    "replaced",
    "sanitised",
    "sanitized",
    "scrubbed",
    "stripped",
];

/// Of these the ones that are no segment of the URI of an app.
const NEVER_IN_A_URI: [&str; 6] = [
    "anonymised",
    "anonymized",
    "masked",
    "redacted",
    "sanitised",
    "sanitized",
];

/// Words that may stand beside them: what was taken out, by whom or why.
const OF_WHAT: [&str; 26] = [
    "access",
    "assertion",
    "auth",
    "authorization",
    "by",
    "challenge",
    "client",
    "code",
    "content",
    "data",
    "for",
    "har",
    "id",
    "jwt",
    "nonce",
    "password",
    "privacy",
    "refresh",
    "sanitizer",
    "secret",
    "security",
    "sensitive",
    "state",
    "token",
    "value",
    "verifier",
];

/// A longer text is a value.
const MASK_CHARACTERS_MAX: usize = 64;

/// Whether a text stands for a value that was taken out: `[REDACTED]`, `<code>`, `***`.
pub fn is_mask(text: &str) -> bool {
    let text = text.trim();
    let is_in_brackets = text.len() > 2 && text.starts_with('<') && text.ends_with('>');
    let is_of_blots = text.len() >= 3 && text.chars().all(is_blot);
    is_in_brackets || is_of_blots || is_in_words(text, &GONE)
}

/// Whether a part of a value was taken out: `1//0gxxxxxxxx`, `8uR4****`.
///
/// Asterisks and the like are in no secret, and no secret has so many x in a row but by a rare chance.
pub(crate) fn is_in_part(text: &str) -> bool {
    let text = text.trim();
    let is_x = |c: char| matches!(c, 'x' | 'X');
    let in_front = text.len() - text.trim_start_matches(is_x).len();
    let behind = text.len() - text.trim_end_matches(is_x).len();
    in_front.max(behind) >= 4 || RUNS.iter().any(|run| text.contains(run))
}

/// Whether a part of a URI was taken out.
pub(crate) fn is_in_uri(uri: &str) -> bool {
    let segments = uri.split(['/', ':', '?', '&', '=', '.', '#']);
    let mut filled = segments.filter(|it| !it.is_empty());
    is_mask(uri) || filled.any(|it| is_in_part(it) || is_in_words(it, &NEVER_IN_A_URI))
}

/// What is written over a character.
fn is_blot(c: char) -> bool {
    matches!(c, 'x' | 'X' | '*' | '•' | '●' | '█' | '▒' | '#')
}

const RUNS: [&str; 7] = ["***", "•••", "●●●", "███", "▒▒▒", "xxxxxx", "XXXXXX"];

fn is_in_words(text: &str, gone: &[&str]) -> bool {
    if text.len() > MASK_CHARACTERS_MAX || !text.contains(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let text = ENCODED_BRACKETS
        .iter()
        .fold(text, |text, bracket| text.replace(bracket, " "));
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    let mut is_gone = false;
    words.all(|word| {
        let tells = gone.contains(&word);
        is_gone |= tells;
        tells || OF_WHAT.contains(&word)
    }) && is_gone
}

/// `[`, `]`, `<` and `>`, percent-encoded.
const ENCODED_BRACKETS: [&str; 4] = ["%5b", "%5d", "%3c", "%3e"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_value_is_told_from_a_value() {
        for mask in [
            "REDACTED",
            "[REDACTED]",
            "__redacted__",
            "%5BREDACTED%5D",
            "<redacted>",
            "<verifier 2>",
            "(removed)",
            "[code redacted]",
            "[Filtered]",
            "redacted_access_token_1",
            "redacted by HAR sanitizer",
            "***",
            "●●●●●●",
            "xxx",
        ] {
            assert!(is_mask(mask), "{mask}");
        }
        for part in ["8uR4****", "ANBNxxxx", "123-XXXXXXXXXX.apps.test"] {
            assert!(is_in_part(part) && !is_mask(part), "{part}");
        }
        for value in [
            "",
            "x",
            "8uR4hTz1kLq",
            "4/0AX4XfWh-1_2",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.redacted",
            "secret",
            "client-id",
            "{{code}}",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(!is_mask(value) && !is_in_part(value), "{value}");
        }
    }

    #[test]
    fn a_uri_may_be_masked_in_part() {
        for masked in ["REDACTED", "https://REDACTED/cb", "https://***/cb"] {
            assert!(is_in_uri(masked), "{masked}");
        }
        for uri in ["https://app.test/removed", "http://localhost:8080/cb"] {
            assert!(!is_in_uri(uri), "{uri}");
        }
    }
}
