//! The usual alterations of a secret, and what they make of a text.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::hex;

/// A usual alteration of a secret, of which a fingerprint keeps the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// Percent-decoded once (RFC 3986 §2.1).
    PercentDecoded,
    /// With each `+` turned into a space, as form decoding does.
    PlusAsSpace,
    /// Without white space, quotes and `#_=_` around it.
    Trimmed,
    /// In lower case.
    LowerCased,
    /// The first 8 characters.
    Prefix8,
    /// The first 16 characters.
    Prefix16,
    /// The first 32 characters.
    Prefix32,
    /// The first 64 characters.
    Prefix64,
    /// The first 128 characters.
    Prefix128,
    /// The first 256 characters.
    Prefix256,
    /// The first 512 characters.
    Prefix512,
    /// The S256 code challenge of a verifier: BASE64URL(SHA256(text)) (RFC 7636 §4.2).
    S256,
    /// The same digest in padded base64 of the standard alphabet.
    S256Base64,
    /// The same digest in padded base64url.
    S256Padded,
    /// The same digest in hexadecimal.
    S256Hex,
    /// The base64url of the hexadecimal digest.
    S256HexBase64,
    /// The S256 of the S256 of the text.
    S256Twice,
    /// The S256 of the trimmed text: the verifier before a line feed or quotes came to it.
    S256OfTrimmed,
    /// The S256 of the percent-decoded text: the verifier before it was encoded once too often.
    S256OfPercentDecoded,
}

impl Form {
    /// All forms, in the order of their letters in a placeholder.
    pub const ALL: [Self; 19] = [
        Self::PercentDecoded,
        Self::PlusAsSpace,
        Self::Trimmed,
        Self::LowerCased,
        Self::Prefix8,
        Self::Prefix16,
        Self::Prefix32,
        Self::Prefix64,
        Self::Prefix128,
        Self::Prefix256,
        Self::Prefix512,
        Self::S256,
        Self::S256Base64,
        Self::S256Padded,
        Self::S256Hex,
        Self::S256HexBase64,
        Self::S256Twice,
        Self::S256OfTrimmed,
        Self::S256OfPercentDecoded,
    ];

    /// The longest prefix form that is no longer than this many characters.
    pub(crate) fn longest_prefix(characters: u32) -> Option<Self> {
        let fits = |form: &&Self| form.characters().is_some_and(|n| n <= characters);
        Self::ALL.iter().rev().find(fits).copied()
    }

    pub(crate) fn characters(self) -> Option<u32> {
        match self {
            Self::Prefix8 => Some(8),
            Self::Prefix16 => Some(16),
            Self::Prefix32 => Some(32),
            Self::Prefix64 => Some(64),
            Self::Prefix128 => Some(128),
            Self::Prefix256 => Some(256),
            Self::Prefix512 => Some(512),
            _ => None,
        }
    }

    /// Calls `found` for each altered text that differs from the text, in the order of the letters in a placeholder.
    pub(crate) fn each(text: &str, mut found: impl FnMut(Self, &str)) {
        let mut differing = |form, altered: &str| {
            if altered != text {
                found(form, altered);
            }
        };
        let decoded = (text.contains('%')).then(|| percent_decode_str(text).decode_utf8_lossy());
        let trimmed = trimmed(text);
        if let Some(decoded) = &decoded {
            differing(Self::PercentDecoded, decoded);
        }
        if text.contains('+') {
            differing(Self::PlusAsSpace, &text.replace('+', " "));
        }
        differing(Self::Trimmed, trimmed);
        if !is_lower_case(text) {
            differing(Self::LowerCased, &text.to_lowercase());
        }
        for (form, prefix) in prefixes(text) {
            differing(form, prefix);
        }
        hashes(text, &mut differing);
        if trimmed != text
            && let Some(challenge) = challenge(trimmed)
        {
            differing(Self::S256OfTrimmed, &challenge);
        }
        if let Some(decoded) = decoded.filter(|decoded| decoded != text)
            && let Some(challenge) = challenge(&decoded)
        {
            differing(Self::S256OfPercentDecoded, &challenge);
        }
    }
}

/// Whether it is seen at once that a text has nothing to lower.
fn is_lower_case(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
}

fn prefixes(text: &str) -> impl Iterator<Item = (Form, &str)> {
    // Of a secret each character is one byte, and need not be counted.
    let is_ascii = text.is_ascii();
    let end = move |characters: usize| {
        if is_ascii {
            return (characters < text.len()).then_some(characters);
        }
        text.char_indices().nth(characters).map(|(end, _)| end)
    };
    Form::ALL.into_iter().filter_map(move |form| {
        let end = end(form.characters()? as usize)?;
        Some((form, &text[..end]))
    })
}

/// The digest by which a verifier is proven, in the encodings in which clients send it.
fn hashes(text: &str, found: &mut impl FnMut(Form, &str)) {
    let Some(hash) = s256(text) else { return };
    let (challenge, hex) = (BASE64_URL_SAFE_NO_PAD.encode(hash), hex::text(&hash));
    let twice = Sha256::digest(&challenge);
    found(Form::S256, &challenge);
    found(Form::S256Base64, &BASE64_STANDARD.encode(hash));
    found(Form::S256Padded, &BASE64_URL_SAFE.encode(hash));
    found(Form::S256Hex, &hex);
    found(Form::S256HexBase64, &BASE64_URL_SAFE_NO_PAD.encode(&hex));
    found(Form::S256Twice, &BASE64_URL_SAFE_NO_PAD.encode(twice));
}

/// Longer texts are no verifiers (RFC 7636 §4.1 allows 128 characters), and their digests would be computed in vain.
const VERIFIER_CHARACTERS_MAX: usize = 512;

/// BASE64URL(SHA256(text)) (RFC 7636 §4.2).
fn challenge(text: &str) -> Option<String> {
    Some(BASE64_URL_SAFE_NO_PAD.encode(s256(text)?))
}

fn s256(text: &str) -> Option<[u8; 32]> {
    (text.len() <= VERIFIER_CHARACTERS_MAX).then(|| Sha256::digest(text).into())
}

fn trimmed(text: &str) -> &str {
    let attached = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let text = text.trim_matches(attached);
    let text = text.strip_suffix("#_=_").unwrap_or(text);
    let text = text.strip_suffix("\\n").unwrap_or(text);
    text.trim_end_matches('#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintKey;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

    #[test]
    fn the_s256_form_is_the_challenge_of_rfc_7636_appendix_b() {
        let verifier = KEY.read("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = KEY.read("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(verifier.form(Form::S256), Some(challenge.digest));
    }

    #[test]
    fn a_verifier_that_was_altered_keeps_the_challenge_of_the_original() {
        let challenge = KEY
            .read("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
            .form(Form::S256);
        let attached = KEY.read("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk\n");
        assert_eq!(attached.form(Form::S256OfTrimmed), challenge);
        assert_eq!(attached.form(Form::S256OfPercentDecoded), None);
        let encoded = KEY.read("dBjftJeZ4CVP-mB92K27uhbUJU1p1r%5FwW1gFWFOEjXk");
        assert_eq!(encoded.form(Form::S256OfPercentDecoded), challenge);
        assert_eq!(encoded.form(Form::S256OfTrimmed), None);
    }
}
