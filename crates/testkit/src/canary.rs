//! Canaries: the secrets of a run, looked for in whatever was written, in every usual encoding.
//!
//! The encodings are spelled out here, apart from the code under test, so that the two cannot be wrong in the same way.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};

/// A secret of a run, and what it is: `("code", "SplxlOBe…")`.
pub type Secret = (&'static str, String);

/// Shorter secrets are not told from other text.
const BYTES_MIN: usize = 6;

/// The secrets of a run.
#[derive(Debug)]
pub struct Canaries {
    patterns: AhoCorasick,
    /// What each pattern is: a secret and its encoding.
    names: Vec<String>,
}

impl Canaries {
    /// Takes the secrets of a run. Those that are too short to be told from other text are left out.
    ///
    /// # Panics
    ///
    /// If no secret is left: a search for nothing finds nothing.
    pub fn new(secrets: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut names = Vec::new();
        let mut patterns = Vec::new();
        for (kind, secret) in secrets {
            let (kind, secret) = (kind.into(), secret.into());
            if secret.len() < BYTES_MIN {
                continue;
            }
            for (encoding, text) in encodings(&secret) {
                names.push(format!("{kind} {encoding}"));
                patterns.push(text);
            }
        }
        assert!(!names.is_empty(), "there is no secret to look for");
        #[expect(
            clippy::expect_used,
            reason = "a set of patterns is refused only where it has gigabytes"
        )]
        let patterns = AhoCorasick::new(patterns).expect("the secrets of a test are few");
        Self { patterns, names }
    }

    /// Which secrets are in something that was written, and how they are encoded there: `code in base64`.
    pub fn found_in(&self, written: &[u8]) -> Vec<&str> {
        let matches = self.patterns.find_overlapping_iter(written);
        let mut found: Vec<&str> = matches
            .map(|found| self.names[found.pattern().as_usize()].as_str())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Fails the test where a secret is in something that was written.
    ///
    /// # Panics
    ///
    /// With what holds the secret, which secret it is and how it is encoded; never with the secret itself.
    #[track_caller]
    pub fn assert_silent(&self, what: &str, written: &[u8]) {
        let found = self.found_in(written);
        assert!(found.is_empty(), "{what} holds {}", found.join(", "));
    }
}

/// A secret in all encodings in which it may be written, with their names.
pub fn encodings(secret: &str) -> Vec<(&'static str, String)> {
    let percent = percent(secret);
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = vec![
        ("as it is", secret.to_owned()),
        ("percent-encoded", percent.clone()),
        ("percent-encoded in lower case", lower_escapes(&percent)),
        ("percent-encoded twice", percent.replace('%', "%25")),
        ("percent-encoded as a form", form.clone()),
        ("percent-encoded as a form, twice", form.replace('%', "%25")),
        ("in JSON", in_json(secret)),
        ("in JSON, with \\/", in_json(secret).replace('/', "\\/")),
        ("in JSON, in lower case", escaped(secret, false)),
        ("in JSON, in upper case", escaped(secret, true)),
        ("in JSON in JSON", in_json(&in_json(secret))),
        ("in HTML", in_html(secret)),
        ("in HTML, by number", references(secret)),
        ("in base64", BASE64_STANDARD.encode(secret)),
        ("in base64", BASE64_STANDARD_NO_PAD.encode(secret)),
        ("in base64url", BASE64_URL_SAFE.encode(secret)),
        ("in base64url", BASE64_URL_SAFE_NO_PAD.encode(secret)),
        (
            "percent-encoded in base64",
            BASE64_STANDARD_NO_PAD.encode(&percent),
        ),
    ];
    for before in 0..3 {
        let inner = within_base64(secret, before);
        let url = inner.replace('+', "-").replace('/', "_");
        all.push(("within longer base64url", url));
        all.push(("within longer base64", inner));
    }
    all.sort_unstable();
    all.dedup_by(|a, b| a.1 == b.1);
    all
}

fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            write!(encoded, "%{byte:02X}").ok();
        }
    }
    encoded
}

fn lower_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + "%" + &piece[..2].to_ascii_lowercase() + &piece[2..]
    })
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Everything but letters and digits as `\u00xx`.
fn escaped(text: &str, upper: bool) -> String {
    let mut result = String::new();
    for unit in text.encode_utf16() {
        let plain = u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric);
        match (plain, upper) {
            (Some(byte), _) => result.push(char::from(byte)),
            (None, true) => write!(result, "\\u{unit:04X}").unwrap_or_default(),
            (None, false) => write!(result, "\\u{unit:04x}").unwrap_or_default(),
        }
    }
    result
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Everything but letters and digits as `&#x2F;`.
fn references(text: &str) -> String {
    let reference = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_string()
        } else {
            format!("&#x{:X};", u32::from(c))
        }
    };
    text.chars().map(reference).collect()
}

/// The characters of base64 that are the same whatever comes before and after, with so many bytes before.
fn within_base64(secret: &str, before: usize) -> String {
    let encoded = BASE64_STANDARD_NO_PAD.encode([&[0; 2][..before], secret.as_bytes()].concat());
    let first = [0, 2, 3][before];
    let whole = (before + secret.len()) * 8 / 6;
    encoded[first..whole].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "cAn4ry/\"+ é&=~";

    #[test]
    fn a_secret_is_found_in_every_encoding_and_named_without_being_told() {
        let canaries = Canaries::new([("code", SECRET)]);
        for (encoding, text) in encodings(SECRET) {
            let found = canaries.found_in(format!("xx{text}yy").as_bytes());
            assert!(!found.is_empty(), "{encoding}");
            assert!(found.iter().all(|name| !name.contains("cAn4ry")));
        }
        for before in ["", "a", "ab", "abc"] {
            let whole = format!("{before}{SECRET}z");
            for text in [
                BASE64_STANDARD.encode(&whole),
                BASE64_URL_SAFE.encode(whole),
            ] {
                assert!(!canaries.found_in(text.as_bytes()).is_empty(), "{before}");
            }
        }
        canaries.assert_silent("nothing", b"cAn4ry, but not all of it");
    }

    #[test]
    #[should_panic(expected = "the log holds code as it is")]
    fn a_leak_fails_the_test() {
        Canaries::new([("code", "SplxlOBe")]).assert_silent("the log", b"code=SplxlOBe&");
    }

    #[test]
    #[should_panic(expected = "no secret to look for")]
    fn a_search_for_nothing_fails_the_test() {
        Canaries::new([("code", "short")]);
    }
}
