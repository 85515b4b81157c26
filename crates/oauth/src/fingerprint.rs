//! A secret as grantscope keeps it: keyed digests of the text and of its usual alterations, never the text.
//!
//! Two fingerprints made with one key are equal where the secrets were, and tell how one secret was altered into the
//! other. So a rule needs no secret, and a redacted capture is diagnosed like the raw one.

mod memory;

use std::fmt;
use std::sync::Arc;

use crate::alphabet::Alphabet;
use crate::form::Form;
use crate::jwt::JwtFacts;
use crate::placeholder;
use crate::shape::Shape;
use memory::Memory;

/// The key of all fingerprints of an installation. Whoever has it can test guesses, so it is never printed or exported.
#[derive(Clone)]
pub struct FingerprintKey {
    bytes: [u8; 32],
    memory: Option<Arc<Memory>>,
}

impl FingerprintKey {
    /// Takes 32 bytes from a secure source of randomness.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            memory: None,
        }
    }

    /// The same key, which remembers the fingerprints that it and its clones made last: what reads an exchange and what redacts it
    /// ask for the same ones. No secret is kept for that.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self {
            memory: Some(Arc::default()),
            ..self
        }
    }

    /// The fingerprint of a secret. A placeholder that a redaction left in its place is the fingerprint that it stands for.
    pub fn read(&self, text: &str) -> Fingerprint {
        placeholder::parse(text).map_or_else(|| self.fingerprint(text), |found| found.fingerprint)
    }

    /// What [`read`](Self::read) gives without the alterations, the look and the claims: a fraction of the cost, for values
    /// that are compared as a whole or not at all.
    pub fn read_plain(&self, text: &str) -> Fingerprint {
        placeholder::parse(text).map_or_else(|| self.plain(text), |found| found.fingerprint)
    }

    /// The digest of a secret, or the one that a placeholder in its place stands for: [`read`](Self::read) without its cost.
    pub fn read_digest(&self, text: &str) -> Digest {
        placeholder::parse(text).map_or_else(|| self.digest(text), |found| found.fingerprint.digest)
    }

    /// The keyed digest of a text.
    pub fn digest(&self, text: &str) -> Digest {
        let hash = blake3::keyed_hash(&self.bytes, text.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Digest(u64::from_be_bytes(first))
    }

    fn plain(&self, text: &str) -> Fingerprint {
        Self::with_digest(text, self.digest(text))
    }

    fn with_digest(text: &str, digest: Digest) -> Fingerprint {
        Fingerprint {
            digest,
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            alphabet: Alphabet::of(text),
            forms: Arc::default(),
            shape: None,
            jwt: None,
        }
    }

    fn fingerprint(&self, text: &str) -> Fingerprint {
        let digest = self.digest(text);
        let make = || self.whole(text, digest);
        match &self.memory {
            Some(memory) => memory.recall(digest, make),
            None => make(),
        }
    }

    fn whole(&self, text: &str, digest: Digest) -> Fingerprint {
        let mut forms = Vec::with_capacity(Form::ALL.len());
        Form::each(text, |form, altered| {
            forms.push((form, self.digest(altered)));
        });
        Fingerprint {
            shape: Shape::of(text),
            forms: forms.into(),
            jwt: JwtFacts::read(text, self).map(Box::new),
            ..Self::with_digest(text, digest)
        }
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

/// The first 64 bits of the keyed BLAKE3 digest of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub u64);

/// The six hexadecimal digits that people see, as in `code#7f3a9c`.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.0 >> 40)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{self}")
    }
}

/// What is kept of a secret.
///
/// Equality and hash are those of the secret: two fingerprints of one key are equal where the texts were.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    /// The digest of the whole text.
    pub digest: Digest,
    /// The number of characters.
    pub length: u32,
    /// The smallest of the usual alphabets that holds all its characters.
    pub alphabet: Alphabet,
    /// The digests of the usual alterations, where they differ from the text. Copies of a fingerprint share them: a history holds
    /// each secret several times.
    pub forms: Arc<[(Form, Digest)]>,
    /// What the text looks like, where that is no secret.
    pub shape: Option<Shape>,
    /// What a JSON Web Token says of itself in the clear.
    pub jwt: Option<Box<JwtFacts>>,
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Fingerprint {}

impl Fingerprint {
    /// As people see it: `code#7f3a9c`.
    pub fn named(&self, kind: &str) -> String {
        format!("{kind}#{}", self.digest)
    }

    /// Whether it is that of a whole value, so that it tells something to equal or to differ from another: the value was neither
    /// masked nor shortened before the capture was handed on.
    pub fn is_whole(&self) -> bool {
        !matches!(self.shape, Some(Shape::Masked | Shape::Shortened))
    }

    /// Whether the value was taken out of the capture, so that it is not known at all.
    pub fn is_masked(&self) -> bool {
        self.shape == Some(Shape::Masked)
    }

    /// The digest of an alteration, where it differs from the text.
    pub fn form(&self, form: Form) -> Option<Digest> {
        self.forms
            .iter()
            .find(|(of, _)| *of == form)
            .map(|(_, digest)| *digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);
    const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd";

    #[test]
    fn equal_secrets_have_equal_fingerprints_and_others_have_not() {
        assert_eq!(KEY.read(CODE), KEY.read(CODE));
        assert_ne!(KEY.read(CODE), KEY.read("another"));
        assert_ne!(KEY.read(CODE), FingerprintKey::new([8; 32]).read(CODE));
    }

    #[test]
    fn neither_key_nor_secret_is_printed() {
        assert_eq!(format!("{KEY:?}"), "FingerprintKey(…)");
        let printed = format!("{:?}", KEY.read(CODE));
        assert!(!printed.contains("Splx"), "{printed}");
    }
}
