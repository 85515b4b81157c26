//! The secrets that were found in an exchange, and what stands in their places.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use foldhash::fast::RandomState;
use grantscope_oauth::{FingerprintKey, may_be_name, placeholder};

/// More secrets than this are not looked for elsewhere in the exchange.
const SECRETS_MAX: usize = 512;

/// As many secrets most exchanges have at most.
const USUAL: usize = 16;

/// Collects the secrets of one exchange.
pub(super) struct Found<'k> {
    pub(super) key: &'k FingerprintKey,
    secrets: Vec<Secret>,
    by_value: HashMap<Rc<str>, usize, RandomState>,
    kept: Kept,
    ordinary: HashSet<String, RandomState>,
}

/// A secret that was found.
pub(super) struct Secret {
    /// What it is called.
    pub(super) kind: &'static str,
    /// Its text, decoded.
    pub(super) value: Rc<str>,
    /// What stands in its place.
    pub(super) stands: String,
    certainty: Certainty,
}

/// What is known of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// Nothing: it may be harmless.
    Unknown,
    /// It is a secret.
    Secret,
    /// It is the secret in a parameter of OAuth.
    Parameter,
}

impl<'k> Found<'k> {
    /// Nothing was found yet.
    pub(super) fn new(key: &'k FingerprintKey) -> Self {
        Self {
            key,
            secrets: Vec::with_capacity(USUAL),
            by_value: HashMap::with_capacity_and_hasher(USUAL, RandomState::default()),
            kept: Kept::new(),
            ordinary: HashSet::default(),
        }
    }

    /// Takes the secret in a parameter of OAuth, and gives what stands in its place. A placeholder stays as it is.
    pub(super) fn parameter(&mut self, kind: &'static str, value: &str) -> String {
        self.replaced(kind, value, Certainty::Parameter)
    }

    /// Takes another secret.
    pub(super) fn secret(&mut self, kind: &'static str, value: &str) -> String {
        self.replaced(kind, value, Certainty::Secret)
    }

    /// Takes a value of which nothing is known.
    pub(super) fn unknown(&mut self, kind: &'static str, value: &str) -> String {
        self.replaced(kind, value, Certainty::Unknown)
    }

    fn replaced(&mut self, kind: &'static str, value: &str, certainty: Certainty) -> String {
        if value.is_empty() || placeholder::is_placeholder(value) {
            return value.to_owned();
        }
        let known = self.by_value.get(value).map(|at| &mut self.secrets[*at]);
        if let Some(known) = known {
            if known.kind == kind && known.certainty >= certainty.min(Certainty::Secret) {
                known.certainty = known.certainty.max(certainty);
                return known.stands.clone();
            }
            // What it was called first is what it is called where it is repeated.
            known.certainty = known.certainty.max(certainty);
            known.stands = written(self.key, known.kind, value, known.certainty);
            return written(self.key, kind, value, certainty);
        }
        let stands = written(self.key, kind, value, certainty);
        if self.secrets.len() < SECRETS_MAX {
            let value: Rc<str> = value.into();
            self.by_value.insert(Rc::clone(&value), self.secrets.len());
            self.secrets.push(Secret {
                kind,
                value,
                stands: stands.clone(),
                certainty,
            });
        }
        stands
    }

    /// Takes a name or a value that stays.
    pub(super) fn keep(&mut self, text: &str) {
        self.kept.add(text);
    }

    /// Whether a name or a value stays.
    pub(super) fn keeps(&self, text: &str) -> bool {
        self.kept.has(text)
    }

    /// Takes a part of a path or a word of a server: it stays unless it is known to be a secret.
    pub(super) fn ordinary(&mut self, text: &str) {
        if self.ordinary.len() < SECRETS_MAX && !self.ordinary.contains(text) {
            self.ordinary.insert(text.to_owned());
        }
    }

    /// The words of a server, without the secrets of the request and whatever looks like a token.
    ///
    /// Placeholders in it stay as they are, so that a second redaction changes nothing.
    pub(super) fn said(&self, text: &str) -> String {
        let replaced = |secret: &&Secret| match secret.certainty {
            Certainty::Parameter => true,
            Certainty::Secret => secret.value.chars().count() >= SOUGHT_CHARACTERS_MIN,
            Certainty::Unknown => false,
        };
        let mut secrets: Vec<(&str, &str)> = (self.secrets.iter().filter(replaced))
            .map(|secret| (secret.kind, &*secret.value))
            .collect();
        secrets.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(Range { start, end }) = placeholder::find(rest) {
            said += &grantscope_oauth::scrub(&rest[..start], &secrets, self.key);
            said += &rest[start..end];
            rest = &rest[end..];
        }
        said + &grantscope_oauth::scrub(rest, &secrets, self.key)
    }

    /// The secrets that are looked for in the whole exchange.
    ///
    /// Left out is what is too short or too ordinary a word, and what is a part of something that stays: a client secret
    /// that is the client's id, a password `password`.
    pub(super) fn sought(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(|secret| self.is_sought(secret))
    }

    fn is_sought(&self, secret: &Secret) -> bool {
        let text = &*secret.value;
        let length = text.chars().count();
        let is_long_enough = (SOUGHT_CHARACTERS_MIN..=SOUGHT_CHARACTERS_MAX).contains(&length);
        let is_name = self.kept.has(text)
            && (secret.certainty == Certainty::Unknown || may_be_name(secret.kind, text));
        if !is_long_enough || is_name {
            return false;
        }
        if secret.certainty == Certainty::Unknown && self.is_ordinary(text) {
            return false;
        }
        length >= DISTINCT_CHARACTERS_MIN || !self.kept.has_within(text)
    }

    /// Whether a value of which nothing is known is a word, or stands where words do.
    fn is_ordinary(&self, text: &str) -> bool {
        let of_words = |b: u8| b.is_ascii_lowercase() || matches!(b, b'_' | b'-');
        text.bytes().all(of_words) || self.ordinary.contains(text)
    }
}

/// Shorter secrets are not looked for: they would be found where they are not.
const SOUGHT_CHARACTERS_MIN: usize = 6;

/// Longer values are no secrets, and a search for them would be slow.
const SOUGHT_CHARACTERS_MAX: usize = 8192;

/// A secret of this length is no part of a name by chance.
const DISTINCT_CHARACTERS_MIN: usize = 16;

/// The placeholder for a value. One of which nothing is known is compared with others as a whole, if at all.
fn written(key: &FingerprintKey, kind: &str, value: &str, certainty: Certainty) -> String {
    let fingerprint = match certainty {
        Certainty::Unknown => key.read_plain(value),
        Certainty::Secret | Certainty::Parameter => key.read(value),
    };
    placeholder::write(kind, &fingerprint)
}

/// Names and values that stay.
struct Kept {
    each: HashSet<String, RandomState>,
    /// All of them, one after another, so that a part of any is found by one search.
    joined: String,
}

/// More bytes than this of what stays are not remembered.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// As many of these bytes most exchanges have at most.
const USUALLY_KEPT_BYTES: usize = 1024;

impl Kept {
    fn new() -> Self {
        Self {
            each: HashSet::with_capacity_and_hasher(2 * USUAL, RandomState::default()),
            joined: String::with_capacity(USUALLY_KEPT_BYTES),
        }
    }

    fn add(&mut self, text: &str) {
        if self.joined.len() + text.len() < KEPT_BYTES_MAX && !self.each.contains(text) {
            self.each.insert(text.to_owned());
            self.joined.push('\0');
            self.joined.push_str(text);
        }
    }

    fn has(&self, text: &str) -> bool {
        self.each.contains(text)
    }

    /// Whether one of them holds this text.
    fn has_within(&self, text: &str) -> bool {
        self.joined.contains(text)
    }
}
