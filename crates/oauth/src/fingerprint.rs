//! A secret as grantscope keeps it: keyed digests of the text and of its usual alterations, never the text.
//!
//! Two fingerprints made with one key are equal where the secrets were, and tell how one secret was altered into the
//! other. So a rule needs no secret, and a redacted capture is diagnosed like the raw one.

use std::cmp::Ordering;
use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::jwt::JwtFacts;
use crate::placeholder;
use crate::shape::Shape;

/// The key of all fingerprints of an installation. Whoever has it can test guesses, so it is never printed or exported.
#[derive(Clone)]
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// Takes 32 bytes from a secure source of randomness.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The fingerprint of a secret. A placeholder that a redaction left in its place is the fingerprint that it stands for.
    pub fn read(&self, text: &str) -> Fingerprint {
        placeholder::parse(text).map_or_else(|| self.fingerprint(text), |found| found.fingerprint)
    }

    /// The digest of a secret, or the one that a placeholder in its place stands for: [`read`](Self::read) without its cost.
    pub fn read_digest(&self, text: &str) -> Digest {
        placeholder::parse(text).map_or_else(|| self.digest(text), |found| found.fingerprint.digest)
    }

    /// The keyed digest of a text.
    pub fn digest(&self, text: &str) -> Digest {
        let hash = blake3::keyed_hash(&self.0, text.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Digest(u64::from_be_bytes(first))
    }

    fn fingerprint(&self, text: &str) -> Fingerprint {
        let forms = Form::ALL
            .iter()
            .filter_map(|&form| Some((form, self.digest(&form.of(text)?))))
            .collect();
        Fingerprint {
            digest: self.digest(text),
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            alphabet: Alphabet::of(text),
            shape: Shape::of(text),
            forms,
            jwt: JwtFacts::read(text, self).map(Box::new),
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
    /// The digests of the usual alterations, where they differ from the text.
    pub forms: Vec<(Form, Digest)>,
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

    /// The digest of an alteration, where it differs from the text.
    pub fn form(&self, form: Form) -> Option<Digest> {
        self.forms
            .iter()
            .find(|(of, _)| *of == form)
            .map(|(_, digest)| *digest)
    }

    /// How `presented` came out of this text, where one of the usual alterations explains it.
    pub fn alteration_into(&self, presented: &Self) -> Option<Alteration> {
        let into = |form| self.form(form) == Some(presented.digest);
        let from = |form| presented.form(form) == Some(self.digest);
        let same = |form| self.form(form).is_some() && self.form(form) == presented.form(form);
        if self == presented {
            None
        } else if from(Form::PercentDecoded) {
            Some(Alteration::PercentEncoded)
        } else if into(Form::PlusAsSpace) {
            Some(Alteration::PlusAsSpace)
        } else if into(Form::PercentDecoded) {
            Some(Alteration::PercentDecoded)
        } else if from(Form::Trimmed) {
            Some(Alteration::Attached)
        } else if into(Form::Trimmed) {
            Some(Alteration::Trimmed)
        } else if into(Form::LowerCased) || from(Form::LowerCased) || same(Form::LowerCased) {
            Some(Alteration::CaseChanged)
        } else {
            self.cut_into(presented)
        }
    }

    /// Whether one is the other with its end cut off, told by a beginning that both have.
    ///
    /// Tokens of one server may begin alike, so that a short beginning, or the smaller part of the text, tells nothing.
    fn cut_into(&self, presented: &Self) -> Option<Alteration> {
        let (short, long, alteration) = match presented.length.cmp(&self.length) {
            Ordering::Less => (presented, self, Alteration::Truncated),
            Ordering::Greater => (self, presented, Alteration::Lengthened),
            Ordering::Equal => return None,
        };
        let form = Form::longest_prefix(short.length)?;
        let compared = form.characters()?;
        let is_telling = compared >= TELLING_CHARACTERS_MIN
            && compared > short.length / 2
            && compared > short.header_characters().max(long.header_characters())
            && !short.is_another_jwt_than(long);
        let beginning = if compared == short.length {
            short.digest
        } else {
            short.form(form)?
        };
        (is_telling && long.form(form) == Some(beginning)).then_some(alteration)
    }

    /// The length of the header of a JWT, which many of them share.
    fn header_characters(&self) -> u32 {
        self.jwt.as_ref().map_or(0, |jwt| jwt.header_characters)
    }

    /// Whether both are JWTs, and differ in a claim that tells tokens of one server apart.
    fn is_another_jwt_than(&self, other: &Self) -> bool {
        let claims = |of: &Self| {
            let jwt = of.jwt.as_ref()?;
            Some((jwt.jti, jwt.sub, jwt.iat, jwt.exp))
        };
        match (claims(self), claims(other)) {
            (Some(own), Some(others)) => own != others,
            _ => false,
        }
    }
}

/// Shorter beginnings may be the same by chance, or by what a server puts in front of all its tokens.
const TELLING_CHARACTERS_MIN: u32 = 16;

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
    fn longest_prefix(characters: u32) -> Option<Self> {
        let fits = |form: &&Self| form.characters().is_some_and(|n| n <= characters);
        Self::ALL.iter().rev().find(fits).copied()
    }

    fn characters(self) -> Option<u32> {
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

    /// The altered text, or `None` where it is the text itself.
    fn of(self, text: &str) -> Option<String> {
        let altered = match self {
            Self::PercentDecoded => percent_decode_str(text).decode_utf8_lossy().into_owned(),
            Self::PlusAsSpace => text.replace('+', " "),
            Self::Trimmed => trimmed(text).to_owned(),
            Self::LowerCased => text.to_lowercase(),
            Self::S256 => challenge(text)?,
            Self::S256OfTrimmed => challenge(&Self::Trimmed.of(text)?)?,
            Self::S256OfPercentDecoded => challenge(&Self::PercentDecoded.of(text)?)?,
            Self::S256Base64 => BASE64_STANDARD.encode(s256(text)?),
            Self::S256Padded => base64::prelude::BASE64_URL_SAFE.encode(s256(text)?),
            Self::S256Hex => hex(&s256(text)?),
            Self::S256HexBase64 => BASE64_URL_SAFE_NO_PAD.encode(hex(&s256(text)?)),
            Self::S256Twice => challenge(&challenge(text)?)?,
            prefix => {
                let characters = prefix.characters()? as usize;
                let (end, _) = text.char_indices().nth(characters)?;
                text[..end].to_owned()
            }
        };
        (altered != text).then_some(altered)
    }
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

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    let digits = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(digits).collect()
}

fn trimmed(text: &str) -> &str {
    let attached = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let text = text.trim_matches(attached);
    let text = text.strip_suffix("#_=_").unwrap_or(text);
    let text = text.strip_suffix("\\n").unwrap_or(text);
    text.trim_end_matches('#')
}

/// How one secret was altered into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// It was percent-encoded once more than it should be.
    PercentEncoded,
    /// It was percent-decoded once more than it should be.
    PercentDecoded,
    /// A `+` became a space.
    PlusAsSpace,
    /// White space, quotes or `#_=_` were attached.
    Attached,
    /// White space or quotes that belong to it were cut off.
    Trimmed,
    /// Letters changed their case.
    CaseChanged,
    /// Its end was cut off.
    Truncated,
    /// Something was added at its end.
    Lengthened,
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PercentEncoded => "percent-encoded once too often",
            Self::PercentDecoded => "percent-decoded once too often",
            Self::PlusAsSpace => "changed: each + became a space",
            Self::Attached => "changed: white space, quotes or #_=_ were attached to it",
            Self::Trimmed => "changed: white space or quotes that belong to it were cut off",
            Self::CaseChanged => "changed in the case of its letters",
            Self::Truncated => "cut off at its end",
            Self::Lengthened => "lengthened at its end",
        })
    }
}

/// The smallest of the usual alphabets that holds all characters of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// No character at all.
    Empty,
    /// `0`–`9`.
    Digits,
    /// Hexadecimal digits of one case.
    Hex,
    /// Letters, digits, `-` and `_` (RFC 4648 §5).
    Base64Url,
    /// The unreserved characters of a URI (RFC 3986 §2.3), which a code verifier is made of.
    Unreserved,
    /// Letters, digits, `+`, `/` and `=` (RFC 4648 §4).
    Base64,
    /// Other visible ASCII characters.
    Ascii,
    /// Characters beyond visible ASCII, white space included.
    Other,
}

impl Alphabet {
    /// All alphabets, the smallest first.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::Digits,
        Self::Hex,
        Self::Base64Url,
        Self::Unreserved,
        Self::Base64,
        Self::Ascii,
        Self::Other,
    ];

    fn of(text: &str) -> Self {
        let all = |holds: fn(u8) -> bool| text.bytes().all(holds);
        if text.is_empty() {
            Self::Empty
        } else if all(|b| b.is_ascii_digit()) {
            Self::Digits
        } else if all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            || all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        {
            Self::Hex
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            Self::Base64Url
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~')) {
            Self::Unreserved
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
            Self::Base64
        } else if all(|b| b.is_ascii_graphic()) {
            Self::Ascii
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);
    const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd";

    fn alteration(issued: &str, presented: &str) -> Option<Alteration> {
        KEY.read(issued).alteration_into(&KEY.read(presented))
    }

    #[test]
    fn equal_secrets_have_equal_fingerprints_and_others_have_not() {
        assert_eq!(KEY.read(CODE), KEY.read(CODE));
        assert_ne!(KEY.read(CODE), KEY.read("another"));
        assert_ne!(KEY.read(CODE), FingerprintKey::new([8; 32]).read(CODE));
    }

    #[test]
    fn each_usual_alteration_is_named() {
        let cases = [
            (
                "SplxlOBeZQQYbYS6WxSbIA%2BzR%2F9p2kd",
                Alteration::PercentEncoded,
            ),
            ("SplxlOBeZQQYbYS6WxSbIA zR/9p2kd", Alteration::PlusAsSpace),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd\n", Alteration::Attached),
            ("\"SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd\"", Alteration::Attached),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd#_=_", Alteration::Attached),
            ("splxlobezqqybys6wxsbia+zr/9p2kd", Alteration::CaseChanged),
            ("SPLXLOBEZQQYBYS6WXSBIA+ZR/9P2KD", Alteration::CaseChanged),
            ("SplxlOBeZQQYbYS6WxSbIA", Alteration::Truncated),
            ("SplxlOBeZQQYbYS6", Alteration::Truncated),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kdXYZ", Alteration::Lengthened),
        ];
        for (presented, expected) in cases {
            assert_eq!(alteration(CODE, presented), Some(expected), "{presented}");
        }
        assert_eq!(
            alteration("a%2Fb%2Fc", "a/b/c"),
            Some(Alteration::PercentDecoded)
        );
        assert_eq!(alteration(CODE, "QplxlOBeZQQYbYS6WxSbIA+zR/9p2kd"), None);
        assert_eq!(alteration(CODE, CODE), None);
    }

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

    #[test]
    fn secrets_that_only_begin_alike_are_not_altered() {
        let long = "a".repeat(1100);
        for (issued, presented) in [
            // As long as the other.
            (CODE, "SplxlOBeZQQYbYS6QQQQQQQQQQQQQQQ"),
            // Less than 16 characters.
            ("SplxlOBe12345", "SplxlOBe1"),
            // Not more than half of the shorter.
            (
                &*format!("{long}bcd"),
                &*format!("{}e{long}", &long[..1024]),
            ),
        ] {
            assert_eq!(alteration(issued, presented), None, "{presented}");
            assert_eq!(alteration(presented, issued), None, "{presented}");
        }
    }

    fn jwt(claims: &str, signature: &str) -> String {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims);
        format!("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImEifQ.{claims}.{signature}")
    }

    #[test]
    fn a_jwt_is_a_cut_only_of_itself() {
        let issuer = r#""iss":"https://idp.test/realms/a-realm-with-a-long-name""#;
        let token =
            |jti: &str, signature| jwt(&format!(r#"{{{issuer},"jti":"{jti}"}}"#), signature);
        let issued = token("first", "c2lnbmF0dXJl");
        let cut = Some(Alteration::Truncated);
        // In the signature, and in the claims.
        assert_eq!(alteration(&issued, &token("first", "c2ln")), cut);
        assert_eq!(alteration(&issued, &issued[..140]), cut);
        assert_eq!(alteration(&issued, &token("second", "c2ln")), None);
        // In the header, which all tokens of the server have.
        assert_eq!(alteration(&issued, &issued[..45]), None);
    }

    #[test]
    fn neither_key_nor_secret_is_printed() {
        assert_eq!(format!("{KEY:?}"), "FingerprintKey(…)");
        let printed = format!("{:?}", KEY.read(CODE));
        assert!(!printed.contains("Splx"), "{printed}");
    }
}
