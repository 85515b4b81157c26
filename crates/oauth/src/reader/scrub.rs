//! Takes secrets out of what a server says: a description may repeat the code that it refuses.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::params::Params;
use super::secrets::secret_kind;
use crate::fingerprint::{Digest, FingerprintKey};
use crate::placeholder;

/// A secret shorter than this is replaced only where it stands as a word, lest a password `a` take every `a`.
const ANYWHERE_BYTES_MIN: usize = 8;

/// A word of at least this many characters may be a token.
const TOKEN_CHARACTERS_MIN: usize = 32;

/// Replaces secrets by what people see of them: `code#7f3a9c`.
///
/// The secrets are those given, with their kinds, and whatever looks like a token. A redaction that passes a server's
/// words through this function leaves the same text that is read from the raw exchange.
pub fn scrub(text: &str, secrets: &[(&str, &str)], key: &FingerprintKey) -> String {
    let scrub = Scrub {
        secrets: secrets
            .iter()
            .map(|(kind, value)| Secret::new(kind, value))
            .collect(),
        key,
    };
    scrub.text(text)
}

/// The secrets of one exchange.
pub(super) struct Scrub<'a> {
    secrets: Vec<Secret>,
    key: &'a FingerprintKey,
}

struct Secret {
    kind: String,
    value: String,
}

impl Secret {
    fn new(kind: &str, value: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            value: value.to_owned(),
        }
    }
}

impl<'a> Scrub<'a> {
    /// Takes every secret parameter of a request.
    pub(super) fn new(params: &Params, key: &'a FingerprintKey) -> Self {
        let secret = |param: &super::params::Param| {
            Some(Secret::new(secret_kind(&param.name)?, &param.value))
        };
        let mut secrets: Vec<Secret> = params.iter().filter_map(secret).collect();
        // The longest first: one secret may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.value.len()));
        Self { secrets, key }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            let shown = named(&secret.kind, self.key.read_digest(&secret.value));
            text = replaced(&text, &secret.value, &shown);
            let encoded = utf8_percent_encode(&secret.value, NON_ALPHANUMERIC).to_string();
            if encoded != secret.value {
                text = replaced(&text, &encoded, &shown);
            }
        }
        self.without_tokens(&text)
    }

    /// Replaces the words that look like tokens, and the placeholders of a redaction.
    fn without_tokens(&self, text: &str) -> String {
        let mut scrubbed = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_token_character) {
            let end = rest[start..]
                .find(|c| !is_token_character(c))
                .map_or(rest.len(), |length| start + length);
            scrubbed.push_str(&rest[..start]);
            scrubbed.push_str(&self.word(&rest[start..end]));
            rest = &rest[end..];
        }
        scrubbed + rest
    }

    fn word(&self, word: &str) -> String {
        let bare = word.trim_end_matches('.');
        let stops = &word[bare.len()..];
        if placeholder::parse(bare).is_some() || is_jwt(bare) {
            return self.shown(bare) + stops;
        }
        let parts = word.split('.').map(|part| {
            if is_opaque(part) {
                self.shown(part)
            } else {
                part.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join(".")
    }

    fn shown(&self, secret: &str) -> String {
        let digest = self.key.read_digest(secret);
        let same = |known: &&Secret| self.key.read_digest(&known.value) == digest;
        let kind = self.secrets.iter().find(same).map(|known| &*known.kind);
        named(kind.unwrap_or("token"), digest)
    }
}

/// As people see it: `code#7f3a9c`.
fn named(kind: &str, digest: Digest) -> String {
    format!("{kind}#{digest}")
}

fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() >= TOKEN_CHARACTERS_MIN
}

/// Whether a word is long, and mixed as only random text is. A UUID has letters of one case.
fn is_opaque(word: &str) -> bool {
    let has = |what: fn(&u8) -> bool| word.as_bytes().iter().any(what);
    word.len() >= TOKEN_CHARACTERS_MIN
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

/// Replaces a secret wherever it stands, or, where it is short, wherever it stands as a word.
fn replaced(text: &str, secret: &str, by: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    if secret.len() >= ANYWHERE_BYTES_MIN {
        return text.replace(secret, by);
    }
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, _) in text.match_indices(secret) {
        let end = at + secret.len();
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if joined(text[..at].chars().next_back()) || joined(text[end..].chars().next()) {
            continue;
        }
        result.push_str(&text[copied..at]);
        result.push_str(by);
        copied = end;
    }
    result + &text[copied..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

    #[test]
    fn secrets_of_the_request_are_replaced_also_where_they_are_encoded() {
        let secret = "a/b+c/d+e";
        let shown = KEY.read(secret).named("code");
        let said = scrub(
            "Invalid code: a/b+c/d+e (a%2Fb%2Bc%2Fd%2Be)",
            &[("code", secret)],
            &KEY,
        );
        assert_eq!(said, format!("Invalid code: {shown} ({shown})"));
    }

    #[test]
    fn a_short_secret_is_replaced_only_as_a_word() {
        let said = scrub("joe is not joey", &[("username", "joe")], &KEY);
        assert_eq!(
            said,
            format!("{} is not joey", KEY.read("joe").named("username"))
        );
    }

    #[test]
    fn tokens_go_and_trace_ids_stay() {
        let token = "0AX4XfWhqLd8Zk1cVb2Nm3Qw4Er5Ty6Ui7Op8As9";
        let said = scrub(
            &format!("Trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301: {token}."),
            &[],
            &KEY,
        );
        assert_eq!(
            said,
            format!(
                "Trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301: {}.",
                KEY.read(token).named("token")
            )
        );
    }

    #[test]
    fn a_placeholder_is_shown_as_the_secret_that_it_stands_for() {
        let placeholder = placeholder::write("anything", &KEY.read("SplxlOBe"));
        let raw = scrub("bad SplxlOBe.", &[("code", "SplxlOBe")], &KEY);
        let redacted = scrub(
            &format!("bad {placeholder}."),
            &[("code", &placeholder)],
            &KEY,
        );
        assert_eq!(raw, redacted);
        assert_eq!(scrub(&raw, &[("code", "SplxlOBe")], &KEY), raw);
    }
}
