//! The ways in which a secret may be written, each known by its beginning until one is needed as a whole.
//!
//! Nearly none is: of the spellings of all secrets in an exchange a few begin like something in its texts.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::peel::peeled;

/// A shorter secret counts only where it stands as a word, lest a password `secret` take a part of every `client_secret`.
const ANYWHERE_BYTES_MIN: usize = 8;

/// So many bytes of a text are enough for the beginning of each of its spellings: they are twelve characters of base64, of
/// which the first two or three may depend on what comes before.
const BEGINNING_BYTES: usize = 9;

/// A way in which a secret may be written.
pub(super) struct Spelling {
    /// Which secret it is of.
    pub(super) secret: usize,
    text: Text,
    encoding: Encoding,
    folded: OnceCell<Vec<u8>>,
}

/// A text under which a secret is looked for.
#[derive(Clone)]
enum Text {
    AsItIs(Rc<str>),
    /// With every byte escaped that is neither letter nor digit, which makes it this long.
    Escaped {
        of: Rc<str>,
        length: usize,
    },
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

const ENCODINGS: [Encoding; 4] = [
    Encoding::Plain,
    Encoding::Base64 { before: 0 },
    Encoding::Base64 { before: 1 },
    Encoding::Base64 { before: 2 },
];

impl Text {
    fn escaped(of: Rc<str>) -> Self {
        let reserved = of.bytes().filter(|b| !b.is_ascii_alphanumeric()).count();
        let length = of.len() + 2 * reserved;
        Self::Escaped { of, length }
    }

    fn length(&self) -> usize {
        match self {
            Self::AsItIs(text) => text.len(),
            Self::Escaped { length, .. } => *length,
        }
    }

    fn whole(&self) -> Cow<'_, [u8]> {
        match self {
            Self::AsItIs(text) => Cow::Borrowed(text.as_bytes()),
            Self::Escaped { of, .. } => percent_encode(of.as_bytes(), NON_ALPHANUMERIC)
                .collect::<String>()
                .into_bytes()
                .into(),
        }
    }

    /// Writes its first bytes behind `before` others, and tells where they end.
    fn begin(&self, before: usize, to: &mut [u8; BEGINNING_BYTES + 2]) -> usize {
        let to = &mut to[before..before + BEGINNING_BYTES];
        let mut written = 0;
        let mut write = |bytes: &[u8]| {
            let bytes = &bytes[..bytes.len().min(to.len() - written)];
            to[written..written + bytes.len()].copy_from_slice(bytes);
            written += bytes.len();
        };
        match self {
            Self::AsItIs(text) => write(text.as_bytes()),
            Self::Escaped { of, .. } => {
                let first = &of.as_bytes()[..of.len().min(BEGINNING_BYTES)];
                percent_encode(first, NON_ALPHANUMERIC).for_each(|piece| write(piece.as_bytes()));
            }
        }
        before + written
    }
}

impl Spelling {
    /// The spellings of a secret.
    ///
    /// Three bytes are four characters, so that a text within a longer one has three spellings in base64.
    pub(super) fn of(secret: &str, number: usize) -> impl Iterator<Item = Self> {
        let of_text = move |text: Text| {
            // The escapes of a text that is no base64 are undone before it is searched.
            let is_escaped = matches!(text, Text::Escaped { .. });
            let encodings = ENCODINGS.into_iter().skip(usize::from(is_escaped));
            encodings.map(move |encoding| Self {
                secret: number,
                text: text.clone(),
                encoding,
                folded: OnceCell::new(),
            })
        };
        texts(secret).into_iter().flat_map(of_text)
    }

    /// Its length in bytes.
    pub(super) fn length(&self) -> usize {
        let length = self.text.length();
        match self.encoding {
            Encoding::Plain => length,
            Encoding::Base64 { before } => last(before, length) - first(before),
        }
    }

    /// Whether it counts within a word as well.
    pub(super) fn counts_anywhere(&self) -> bool {
        let is_plain = matches!(self.encoding, Encoding::Plain);
        !is_plain || self.text.length() >= ANYWHERE_BYTES_MIN
    }

    /// Its first bytes, folded, and how many they are: at least nine, where it is not shorter.
    pub(super) fn beginning(&self) -> ([u8; 16], usize) {
        let mut bytes = [0; BEGINNING_BYTES + 2];
        let mut beginning = [0; 16];
        let length = match self.encoding {
            Encoding::Plain => {
                let length = self.text.begin(0, &mut bytes);
                beginning[..length].copy_from_slice(&bytes[..length]);
                length
            }
            Encoding::Base64 { before } => {
                let end = self.text.begin(before, &mut bytes);
                // Eleven bytes are fifteen characters.
                let written = BASE64_STANDARD_NO_PAD.encode_slice(&bytes[..end], &mut beginning);
                let within = first(before)..last(before, end - before).min(written.unwrap_or(0));
                beginning.copy_within(within.clone(), 0);
                within.len()
            }
        };
        for byte in &mut beginning {
            *byte = fold(*byte);
        }
        (beginning, length)
    }

    /// All of it, folded, so that it stands for several.
    pub(super) fn folded(&self) -> &[u8] {
        self.folded.get_or_init(|| {
            let text = self.text.whole();
            let mut spelled = match self.encoding {
                Encoding::Plain => text.into_owned(),
                Encoding::Base64 { before } => {
                    let whole = [&[0; 2][..before], &text].concat();
                    let encoded = BASE64_STANDARD_NO_PAD.encode(whole);
                    // The characters at the borders hold bits of what is around the text as well.
                    encoded.as_bytes()[first(before)..last(before, text.len())].to_vec()
                }
            };
            for byte in &mut spelled {
                *byte = fold(*byte);
            }
            spelled
        })
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
fn texts(secret: &str) -> Vec<Text> {
    let whole: Rc<str> = Rc::from(secret);
    let mut all = vec![Text::AsItIs(Rc::clone(&whole))];
    if secret.bytes().any(|b| !b.is_ascii_alphanumeric()) {
        // Within base64 no escapes are undone.
        all.push(Text::escaped(whole));
        let is_escaped_in_json = |b: u8| matches!(b, b'"' | b'\\' | ..0x20);
        if secret.bytes().any(is_escaped_in_json) {
            let json = serde_json::Value::from(secret).to_string();
            all.push(Text::AsItIs(Rc::from(&json[1..json.len() - 1])));
        }
        // Who has decoded a secret once too often repeats what came of it.
        let decoded = peeled(secret.as_bytes()).map(|under| String::from_utf8(under.bytes));
        let decoded = decoded.into_iter().flatten();
        all.extend(decoded.map(|decoded| Text::AsItIs(Rc::from(decoded))));
    }
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
                let (beginning, length) = spelling.beginning();
                assert_eq!(spelling.length(), whole.len(), "{secret}");
                assert!(whole.starts_with(&beginning[..length]), "{secret}");
                assert!(length >= whole.len().min(9), "{secret}");
            }
        }
    }
}
