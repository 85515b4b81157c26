//! Takes secrets out of what a server says: a description may repeat the code that it refuses.

use std::cell::OnceCell;
use std::ops::Range;

use form_urlencoded::byte_serialize;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::address::RESERVED;
use super::opaque::{TOKEN_CHARACTERS_MIN, email, is_jwt, is_mixed, is_opaque, is_token_character};
use super::presented::Secret;
use crate::fingerprint::{Digest, FingerprintKey};
use crate::needles::{Match, Needles};
use crate::placeholder;

/// Replaces secrets by what people see of them: `code#7f3a9c`.
///
/// The secrets are those given, with their kinds, in any encoding, and whatever looks like a token or an e-mail address.
/// A redaction that passes a server's
/// words through this function leaves the same text that is read from the raw exchange.
pub fn scrub(text: &str, secrets: &[(&str, &str)], key: &FingerprintKey) -> String {
    let secret = |(kind, value): &(&str, &str)| Secret {
        kind: (*kind).to_owned(),
        value: (*value).to_owned(),
    };
    Scrub::of(secrets.iter().map(secret).collect(), key).text(text)
}

/// The secrets of one exchange.
pub(super) struct Scrub<'a> {
    secrets: Vec<Secret>,
    /// Built where a text is scrubbed: most exchanges have none.
    needles: OnceCell<Needles>,
    key: &'a FingerprintKey,
}

impl<'a> Scrub<'a> {
    /// Takes secrets.
    pub(super) fn of(mut secrets: Vec<Secret>, key: &'a FingerprintKey) -> Self {
        // The longest first: one secret may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.value.len()));
        Self {
            secrets,
            needles: OnceCell::new(),
            key,
        }
    }

    /// What a server says, without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let secrets = self.secrets.iter().map(|secret| &*secret.value);
        let needles = self.needles.get_or_init(|| Needles::new(secrets));
        let Ok(found) = needles.find(text) else {
            return self.named("text", text);
        };
        let mut text = text.to_owned();
        for Match { range, secret } in found.into_iter().rev() {
            let secret = &self.secrets[secret];
            text.replace_range(range, &self.named(&secret.kind, &secret.value));
        }
        let short = self
            .secrets
            .iter()
            .filter(|it| it.value.len() < SOUGHT_BYTES_MIN);
        for secret in short {
            let shown = || self.named(&secret.kind, &secret.value);
            text = replaced_words(text, &secret.value, shown);
        }
        self.without_tokens(&self.without_addresses(&text))
    }

    /// A name without secrets: the id of a client, an issuer, a scope.
    ///
    /// Names of different exchanges are compared, so that one must not change because it is, by chance or by mistake, also
    /// what somebody chose for a password or a state. Nor is what looks like a token replaced: the ids of clients do.
    pub(super) fn name(&self, name: &str) -> String {
        let mut text = name.to_owned();
        // No spelling of a secret is shorter than itself.
        let fitting = (self.secrets.iter()).filter(|it| it.value.len() <= name.len());
        for secret in fitting.filter(|it| it.is_no_name(name)) {
            text = self.without(secret, text);
        }
        self.without_placeholders(text)
    }

    /// As people see a secret, or the placeholder of one: `code#7f3a9c`.
    pub(super) fn named(&self, kind: &str, secret: &str) -> String {
        named(kind, self.key.read_digest(secret))
    }

    fn without(&self, secret: &Secret, text: String) -> String {
        if !may_be_encoded(&text) && !text.contains(secret.value.as_str()) {
            return text;
        }
        let occurring = |spelling: &String| text.contains(spelling.as_str());
        let spellings: Vec<_> = spellings(&secret.value)
            .into_iter()
            .filter(occurring)
            .collect();
        let shown = || self.named(&secret.kind, &secret.value);
        let replace = |text: String, spelling: &String| text.replace(spelling.as_str(), &shown());
        spellings.iter().fold(text, replace)
    }

    fn without_placeholders(&self, mut text: String) -> String {
        let mut from = 0;
        while let Some(range) = placeholder::find(&text[from..]) {
            let range = from + range.start..from + range.end;
            let Some(found) = placeholder::parse(&text[range.clone()]) else {
                break;
            };
            let digest = found.fingerprint.digest;
            let same = |known: &&Secret| self.key.read_digest(&known.value) == digest;
            let known = (self.secrets.iter().filter(|it| !is_chosen(&it.kind))).find(same);
            let shown = named(known.map_or(found.kind, |known| &known.kind), digest);
            from = range.start + shown.len();
            text.replace_range(range, &shown);
        }
        text
    }

    /// Replaces e-mail addresses (RFC 5321 §4.1.2), which name persons.
    fn without_addresses(&self, text: &str) -> String {
        let mut scrubbed = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(Range { start, end }) = email(rest) {
            scrubbed.push_str(&rest[..start]);
            scrubbed.push_str(&self.named("email", &rest[start..end]));
            rest = &rest[end..];
        }
        scrubbed + rest
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

/// Whether a secret of this kind may also be the name of something: a client secret that is the client's id, a state that
/// is an address. What a server issues at random is never a name.
///
/// Such a name stays in a reading, and a redaction leaves it in its place.
pub fn may_be_name(kind: &str, secret: &str) -> bool {
    is_chosen(kind) || !is_mixed(secret)
}

/// Whether a person or an app chooses secrets of this kind.
fn is_chosen(kind: &str) -> bool {
    is_credential(kind) || matches!(kind, "state" | "nonce" | "username")
}

fn is_credential(kind: &str) -> bool {
    matches!(kind, "secret" | "password" | "credentials")
}

impl Secret {
    /// Whether it is no part of a name but by a fault of the app.
    fn is_no_name(&self, name: &str) -> bool {
        let (kind, value) = (self.kind.as_str(), self.value.as_str());
        let characters_min = if is_chosen(kind) && !is_credential(kind) {
            TOKEN_CHARACTERS_MIN
        } else {
            DISTINCT_CHARACTERS_MIN
        };
        value.len() >= characters_min
            && (is_mixed(value) || !is_chosen(kind))
            && !(value == name && may_be_name(kind, value))
    }
}

/// A secret of this length is no part of a name by chance.
const DISTINCT_CHARACTERS_MIN: usize = 16;

/// Whether a text may hold a secret in another spelling than its own: each of them has one of these.
fn may_be_encoded(text: &str) -> bool {
    text.contains(['%', '+'])
}

/// The spellings in which a secret may be repeated.
fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned()];
    if !secret.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let strict = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let in_uri = utf8_percent_encode(secret, RESERVED).to_string();
        let in_form: String = byte_serialize(secret.as_bytes()).collect();
        for text in [strict, in_uri, in_form] {
            all.push(lower_escapes(&text));
            all.push(text);
        }
        all.dedup();
    }
    all
}

/// A percent-encoded text with its escapes in lower case: `%2f` for `%2F` (RFC 3986 §2.1 takes both for one).
fn lower_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        result.push('%');
        result += &escape.to_ascii_lowercase();
        result += rest;
    }
    result
}

/// As people see it: `code#7f3a9c`.
fn named(kind: &str, digest: Digest) -> String {
    format!("{kind}#{digest}")
}

/// Shorter secrets are replaced as they are, where they stand as a word. [`Needles`] finds the others.
const SOUGHT_BYTES_MIN: usize = 6;

fn replaced_words(text: String, secret: &str, shown: impl Fn() -> String) -> String {
    if secret.is_empty() || !text.contains(secret) {
        return text;
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
        result.push_str(&shown());
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
    fn an_address_goes_and_what_is_none_stays() {
        let shown = KEY.read("joe.doe+x@mail.x.test").named("email");
        for (text, expected) in [
            ("User joe.doe+x@mail.x.test.", format!("User {shown}.")),
            ("<joe.doe+x@mail.x.test>", format!("<{shown}>")),
            (
                "a @ b, x@y, @media, a@1.2",
                "a @ b, x@y, @media, a@1.2".to_owned(),
            ),
        ] {
            assert_eq!(scrub(text, &[], &KEY), expected);
        }
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
