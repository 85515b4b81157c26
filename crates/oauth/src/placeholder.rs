//! The text that stands for a redacted secret in a capture, and is read back as the fingerprint of that secret.
//!
//! `gs1.code.7f3a9c0011223344.43.u.a0123456789abcdef.j….z` — only unreserved characters of a URI, so that it goes through
//! every encoding unchanged. The fields: version, kind, digest, length, alphabet, forms, shape, the claims of a JWT, end mark.

use std::ops::Range;
use std::str::Split;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use memchr::memmem::Finder;

use crate::alphabet::Alphabet;
use crate::fingerprint::{Digest, Fingerprint};
use crate::form::Form;
use crate::hex;
use crate::jwt::JwtFacts;
use crate::shape::Shape;

/// How a placeholder begins.
pub const PREFIX: &str = "gs1.";

const END: &str = "z";

/// Finds where placeholders begin.
static STARTS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PREFIX));

/// A placeholder that was read back.
#[derive(Debug)]
pub struct Placeholder<'a> {
    /// What the secret was where it was redacted: `code`, `refresh-token` and so on.
    pub kind: &'a str,
    /// The fingerprint of the secret.
    pub fingerprint: Fingerprint,
}

/// The placeholder for a secret of this kind. A kind is made of lower-case letters and hyphens.
pub fn write(kind: &str, of: &Fingerprint) -> String {
    let mut text = String::with_capacity(64 + kind.len() + 18 * of.forms.len());
    text.push_str(PREFIX);
    text.push_str(kind);
    text.push('.');
    hex::push(&mut text, &of.digest.0.to_be_bytes());
    text.push('.');
    text.push_str(&of.length.to_string());
    text.push('.');
    text.push(letter(&Alphabet::ALL, &of.alphabet));
    for (form, digest) in of.forms.iter() {
        text.push('.');
        text.push(letter(&Form::ALL, form));
        hex::push(&mut text, &digest.0.to_be_bytes());
    }
    if let Some(shape) = of.shape {
        text.push_str(".S");
        text.push(letter(&Shape::ALL, &shape));
    }
    if let Some(json) = of.jwt.as_ref().and_then(|jwt| serde_json::to_vec(jwt).ok()) {
        text.push_str(".J");
        BASE64_URL_SAFE_NO_PAD.encode_string(json, &mut text);
    }
    text.push('.');
    text.push_str(END);
    text
}

/// Reads a placeholder; `None` for any other text.
pub fn parse(text: &str) -> Option<Placeholder<'_>> {
    let fields = Fields::of(text)?;
    let mut forms = Vec::new();
    let (mut shape, mut jwt) = (None, None);
    for field in fields.rest {
        match Field::of(field)? {
            Field::Jwt(found) => jwt = Some(found),
            Field::Shape(found) => shape = Some(found),
            Field::Form(form, digest) => forms.push((form, digest)),
        }
    }
    let fingerprint = Fingerprint {
        digest: fields.digest,
        length: fields.length,
        alphabet: fields.alphabet,
        forms: forms.into(),
        shape,
        jwt,
    };
    Some(Placeholder {
        kind: fields.kind,
        fingerprint,
    })
}

/// The digests of the placeholders in a text, without reading what else they hold: what begins like one is taken for one.
pub fn digests(text: &[u8]) -> impl Iterator<Item = Digest> {
    // Of the texts in an exchange most are too short.
    let text = if text.len() < BYTES_MIN { &[] } else { text };
    let begun = |at: usize| {
        let mut fields = text[at + PREFIX.len()..].splitn(3, |byte| *byte == b'.');
        fields.next().filter(|kind| is_kind(kind))?;
        digest(std::str::from_utf8(fields.next()?).ok()?)
    };
    STARTS.find_iter(text).filter_map(begun)
}

fn is_kind(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
    !text.is_empty() && text.iter().all(is_letter)
}

/// Whether a text is a placeholder.
pub fn is_placeholder(text: &str) -> bool {
    Fields::of(text).is_some_and(|mut fields| fields.rest.all(|field| Field::of(field).is_some()))
}

/// The fields that every placeholder has, and those that come after them.
struct Fields<'a, I> {
    kind: &'a str,
    digest: Digest,
    length: u32,
    alphabet: Alphabet,
    rest: I,
}

impl<'a> Fields<'a, Split<'a, char>> {
    fn of(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix(PREFIX)?.strip_suffix(END)?;
        let mut rest = inner.strip_suffix('.')?.split('.');
        let kind = rest.next()?;
        Some(Self {
            kind: is_kind(kind.as_bytes()).then_some(kind)?,
            digest: digest(rest.next()?)?,
            length: rest.next()?.parse().ok()?,
            alphabet: variant(&Alphabet::ALL, rest.next()?)?,
            rest,
        })
    }
}

/// A field that a placeholder may have.
enum Field {
    Form(Form, Digest),
    Shape(Shape),
    Jwt(Box<JwtFacts>),
}

impl Field {
    fn of(text: &str) -> Option<Self> {
        if let Some(json) = text.strip_prefix('J') {
            let json = BASE64_URL_SAFE_NO_PAD.decode(json).ok()?;
            return Some(Self::Jwt(Box::new(serde_json::from_slice(&json).ok()?)));
        }
        if let Some(shape) = text.strip_prefix('S') {
            return Some(Self::Shape(variant(&Shape::ALL, shape)?));
        }
        let (form, hex) = text.split_at_checked(1)?;
        Some(Self::Form(variant(&Form::ALL, form)?, digest(hex)?))
    }
}

/// No placeholder is shorter: `gs1.k.0123456789abcdef.1.a.z`.
const BYTES_MIN: usize = 28;

/// Where the first placeholder in a text is. A word may follow without a space between.
pub fn find(text: &str) -> Option<Range<usize>> {
    // Of the texts in an exchange most are too short, and are asked for again and again.
    if text.len() < BYTES_MIN {
        return None;
    }
    candidates(text).find(|range| is_placeholder(&text[range.clone()]))
}

/// Where a placeholder may be: from the start of one to its end mark, with no other start between.
///
/// No field can hold such a start, since none of those that end in a digit has these letters. So the candidates do not
/// overlap, and a text full of starts is read once and not once for each of them.
fn candidates(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut starts = STARTS.find_iter(text.as_bytes()).peekable();
    std::iter::from_fn(move || {
        let start = starts.next()?;
        Some(start..starts.peek().copied().unwrap_or(text.len()))
    })
    .filter_map(|range| {
        let within = &text[range.clone()];
        let ends = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_');
        let within = &within[..within.find(ends).unwrap_or(within.len())];
        // No field but the last begins with this letter.
        let length = within.as_bytes().windows(2).position(|two| two == b".z")? + 2;
        Some(range.start..range.start + length)
    })
}

fn digest(hex: &str) -> Option<Digest> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(u64::from(byte - b'0')),
        b'a'..=b'f' => Some(u64::from(byte - b'a') + 10),
        _ => None,
    };
    let digits: &[u8; 16] = hex.as_bytes().try_into().ok()?;
    let value = (digits.iter()).try_fold(0, |value, byte| Some(value << 4 | digit(*byte)?));
    value.map(Digest)
}

fn letter<T: PartialEq>(all: &[T], of: &T) -> char {
    let at = all.iter().position(|one| one == of).unwrap_or_default();
    char::from(b'a' + u8::try_from(at).unwrap_or_default())
}

fn variant<T: Copy>(all: &[T], letter: &str) -> Option<T> {
    let [byte] = letter.as_bytes() else {
        return None;
    };
    all.get(usize::from(byte.checked_sub(b'a')?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintKey;
    use proptest::prelude::*;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

    fn same(a: &Fingerprint, b: &Fingerprint) -> bool {
        (a.digest, a.length, a.alphabet, &a.forms, a.shape, &a.jwt)
            == (b.digest, b.length, b.alphabet, &b.forms, b.shape, &b.jwt)
    }

    #[test]
    fn a_jwt_keeps_its_claims() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjEyMywic3ViIjoiam9lIn0.c2ln";
        let fingerprint = KEY.read(jwt);
        assert_eq!(fingerprint.jwt.as_ref().and_then(|jwt| jwt.exp), Some(123));
        assert!(same(
            &KEY.read(&write("refresh-token", &fingerprint)),
            &fingerprint
        ));
    }

    #[test]
    fn other_texts_are_no_placeholders() {
        for text in [
            "",
            "gs1.",
            "gs1.code",
            "gs1.code.zz.1.a.z",
            "gs1.Code.7f3a9c0011223344.1.a.z",
            "gs1.code.7f3a9c0011223344.1.é.z",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_shortest_placeholder_is_found() {
        let shortest = write("k", &KEY.read_plain(""));
        assert_eq!(shortest.len(), BYTES_MIN);
        assert_eq!(find(&shortest), Some(0..BYTES_MIN));
    }

    #[test]
    fn placeholders_are_found_among_other_text() {
        let placeholder = write("code", &KEY.read("SplxlOBeZQQYbYS6WxSbIA"));
        for (before, after) in [
            ("", ""),
            ("code=", "&state=x"),
            ("gs1.", "zz.z"),
            ("gs1.code.7f3a9c0011223344.1.a é", "gs1."),
            ("gs1.code.zz.1.a.z ", ".z"),
        ] {
            let text = format!("{before}{placeholder}{after}");
            let expected = before.len()..before.len() + placeholder.len();
            assert_eq!(find(&text), Some(expected), "{text}");
        }
        assert_eq!(find("gs1.code.7f3a9c0011223344.1.a"), None);
    }

    #[test]
    fn the_digests_in_a_text_are_those_of_its_placeholders() {
        let [code, token] = [
            "SplxlOBeZQQYbYS6WxSbIA",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.",
        ]
        .map(|secret| KEY.read(secret));
        let (first, second) = (write("code", &code), write("access-token", &token));
        let text = format!("gs1.gs1..gs1.Code.{first}é{second}x gs1.code.7f3a9c001122334g.");
        let found: Vec<_> = digests(text.as_bytes()).collect();
        assert_eq!(found, [code.digest, token.digest]);
    }

    #[test]
    fn a_text_full_of_starts_is_read_once() {
        let jwt = BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp":1}"#);
        for piece in [
            PREFIX.to_owned(),
            "gs1.a.7f3a9c0011223344.1.a.".to_owned(),
            format!("gs1.a.7f3a9c0011223344.1.a.J{jwt}"),
            format!("gs1.a.7f3a9c0011223344.1.a.J{jwt}."),
            "gs1.a.7f3a9c0011223344.1.a.a7f3a9c0011223344.z".to_owned(),
        ] {
            let text = piece.repeat(10_000) + ".z";
            let mut last = 0;
            for range in candidates(&text) {
                assert!(range.start >= last, "{piece} is read twice");
                last = range.end;
            }
        }
    }

    proptest! {
        #[test]
        fn a_placeholder_reads_back_as_the_fingerprint_it_was_written_for(secret in ".{0,80}") {
            let fingerprint = KEY.read(&secret);
            let text = write("code", &fingerprint);
            prop_assert!(same(&KEY.read(&text), &fingerprint));
            prop_assert!(secret.chars().count() < 4 || !text.contains(&secret));
            prop_assert_eq!(find(&text), Some(0..text.len()));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "gs1\\.[a-z.0-9é]{0,60}z?") {
            let _ = parse(&text);
        }
    }
}
