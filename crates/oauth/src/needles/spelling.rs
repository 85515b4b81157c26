//! The ways in which a secret may be written, each known by its beginning until one is needed as a whole.
//!
//! Nearly none is: of the spellings of all secrets in an exchange a few begin like something in its texts.

use std::cell::OnceCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::peel::peeled;

/// A shorter secret counts only where it stands as a word, lest a password `secret` take a part of every `client_secret`.
const ANYWHERE_BYTES_MIN: usize = 8;

/// A way in which a secret may be written.
pub(super) struct Spelling {
    /// Which secret it is of.
    pub(super) secret: usize,
    text: Rc<str>,
    encoding: Encoding,
    folded: OnceCell<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    /// The part of the base64 of the text that is the same whatever comes before and after it: so many bytes come before it in
    /// the group of three that it begins in.
    Base64 {
        before: usize,
    },
}

impl Spelling {
    /// The spellings of a secret.
    ///
    /// Three bytes are four characters, so that a text within a longer one has three spellings in base64.
    pub(super) fn of(secret: &str, number: usize) -> impl Iterator<Item = Self> {
        let encodings = [0, 1, 2].map(|before| Encoding::Base64 { before });
        let encodings = [Encoding::Plain].into_iter().chain(encodings);
        texts(secret).into_iter().flat_map(move |text| {
            encodings.clone().map(move |encoding| Self {
                secret: number,
                text: Rc::clone(&text),
                encoding,
                folded: OnceCell::new(),
            })
        })
    }

    /// Its length in bytes.
    pub(super) fn length(&self) -> usize {
        match self.encoding {
            Encoding::Plain => self.text.len(),
            Encoding::Base64 { before } => last(before, self.text.len()) - first(before),
        }
    }

    /// Whether it counts within a word as well.
    pub(super) fn counts_anywhere(&self) -> bool {
        let is_plain = matches!(self.encoding, Encoding::Plain);
        !is_plain || self.text.len() >= ANYWHERE_BYTES_MIN
    }

    /// Its first bytes, folded: up to nine of them.
    pub(super) fn beginning(&self) -> Vec<u8> {
        // Nine bytes are twelve characters, of which the first two or three may depend on what comes before.
        let bytes = self.text.as_bytes();
        self.spelled(&bytes[..bytes.len().min(9)])
    }

    /// All of it, folded, so that it stands for several.
    pub(super) fn folded(&self) -> &[u8] {
        self.folded
            .get_or_init(|| self.spelled(self.text.as_bytes()))
    }

    fn spelled(&self, text: &[u8]) -> Vec<u8> {
        let mut spelled = match self.encoding {
            Encoding::Plain => text.to_vec(),
            Encoding::Base64 { before } => {
                let encoded = BASE64_STANDARD_NO_PAD.encode([&[0; 2][..before], text].concat());
                // The characters at the borders hold bits of what is around the text as well.
                encoded.as_bytes()[first(before)..last(before, text.len())].to_vec()
            }
        };
        for byte in &mut spelled {
            *byte = fold(*byte);
        }
        spelled
    }
}

/// The first character of base64 that holds bits of the text alone.
fn first(before: usize) -> usize {
    (8 * before).div_ceil(6)
}

/// The character behind the last such.
fn last(before: usize, length: usize) -> usize {
    (8 * (before + length) / 6).max(first(before))
}

/// The texts under which a secret is looked for. Other escapes of it are undone in the text that is searched.
fn texts(secret: &str) -> Vec<Rc<str>> {
    let mut all = vec![Rc::from(secret)];
    if secret.bytes().any(|b| !b.is_ascii_alphanumeric()) {
        // Within base64 no escapes are undone.
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let json = serde_json::Value::from(secret).to_string();
        // Who has decoded a secret once too often repeats what came of it.
        let decoded = peeled(secret.as_bytes()).map(|under| String::from_utf8(under.bytes));
        all.push(Rc::from(encoded));
        all.push(Rc::from(&json[1..json.len() - 1]));
        all.extend(decoded.into_iter().flatten().map(Rc::from));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// One byte for all those that one encoding or another writes for it: `+` is a space in a form, and base64url has `-` and `_`
/// for `+` and `/`.
pub(super) const fn fold(byte: u8) -> u8 {
    match byte {
        b' ' | b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_begins_as_it_goes_on_and_has_the_length_that_it_says() {
        for length in 0..40 {
            let secret: String = "a-b_c+d/e\u{e9}f".chars().cycle().take(length).collect();
            for spelling in Spelling::of(&secret, 0) {
                let whole = spelling.folded();
                assert_eq!(spelling.length(), whole.len(), "{secret}");
                assert!(whole.starts_with(&spelling.beginning()), "{secret}");
                assert!(spelling.beginning().len() >= whole.len().min(9), "{secret}");
            }
        }
    }
}
