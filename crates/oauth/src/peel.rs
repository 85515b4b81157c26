//! Undoes the escapes in a text, of whatever kind, layer by layer: `%2F`, `\u002f` and `\/`, `&#x2F;`.
//!
//! What a text is encoded by is not asked: a secret that shows under some of its layers is a secret.

use std::ops::Range;

use crate::reader::character_reference;

/// A text without its outer escapes, which knows where each of its bytes came from.
pub(crate) struct Peeled {
    pub(crate) bytes: Vec<u8>,
    /// Where each byte begins in the first text, and where that ends.
    starts: Vec<usize>,
}

impl Peeled {
    /// Where a part is in the first text.
    pub(crate) fn origin(&self, part: &Range<usize>) -> Range<usize> {
        self.starts[part.start]..self.starts[part.end]
    }

    /// The text under the next layer; `None` where there is none.
    pub(crate) fn again(&self) -> Option<Self> {
        let mut next = peeled(&self.bytes)?;
        for start in &mut next.starts {
            *start = self.starts[*start];
        }
        Some(next)
    }
}

/// The text under the first layer of escapes; `None` where there are none.
pub(crate) fn peeled(text: &[u8]) -> Option<Peeled> {
    let begins = |byte: &u8| matches!(byte, b'%' | b'\\' | b'&');
    let mut at = text.iter().position(begins)?;
    let mut peeled: Option<Peeled> = None;
    while at < text.len() {
        let Some((character, length)) = escape(&text[at..]) else {
            if let Some(peeled) = &mut peeled {
                peeled.push(&text[at..=at], at, 1);
            }
            at += 1;
            continue;
        };
        let mut buffer = [0; 4];
        let peeled = peeled.get_or_insert_with(|| Peeled {
            bytes: text[..at].to_vec(),
            starts: (0..at).collect(),
        });
        peeled.push(character.bytes(&mut buffer), at, 0);
        at += length;
    }
    if let Some(peeled) = &mut peeled {
        peeled.starts.push(text.len());
    }
    peeled
}

impl Peeled {
    /// Adds bytes that begin at `at`, each `step` further than the one before.
    fn push(&mut self, bytes: &[u8], at: usize, step: usize) {
        self.bytes.extend_from_slice(bytes);
        self.starts.extend((0..bytes.len()).map(|n| at + n * step));
    }
}

/// What an escape stands for.
enum Escaped {
    Byte(u8),
    Character(char),
}

impl Escaped {
    fn bytes<'a>(&self, buffer: &'a mut [u8; 4]) -> &'a [u8] {
        match self {
            Self::Byte(byte) => {
                buffer[0] = *byte;
                &buffer[..1]
            }
            Self::Character(character) => character.encode_utf8(buffer).as_bytes(),
        }
    }
}

/// The escape that a text begins with, and its length.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text.first()? {
        b'%' => Some((Escaped::Byte(u8::try_from(hex(text.get(1..3)?)?).ok()?), 3)),
        b'\\' => in_json(text),
        b'&' => reference(text),
        _ => None,
    }
}

/// RFC 8259 §7.
fn in_json(text: &[u8]) -> Option<(Escaped, usize)> {
    let simple = match text.get(1)? {
        b'u' => return unicode(text),
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        other @ (b'"' | b'\'' | b'\\' | b'/') => *other,
        _ => return None,
    };
    Some((Escaped::Byte(simple), 2))
}

fn unicode(text: &[u8]) -> Option<(Escaped, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::try_from(hex(digits)?).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Escaped::Character(character), 6));
    }
    let pair = char::decode_utf16([first, unit(6)?]).next()?.ok()?;
    Some((Escaped::Character(pair), 12))
}

/// The longest reference that is undone: `&#x10FFFF;`.
const REFERENCE_BYTES_MAX: usize = 10;

fn reference(text: &[u8]) -> Option<(Escaped, usize)> {
    let near = &text[1..text.len().min(REFERENCE_BYTES_MAX)];
    let length = near.iter().position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&near[..length]).ok()?;
    let character = character_reference(name)?;
    Some((Escaped::Character(character), length + 2))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digit = |value: u32, byte: &u8| Some(value * 16 + char::from(*byte).to_digit(16)?);
    digits.iter().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_escape_is_undone_and_its_place_is_known() {
        for (text, expected) in [
            ("a%2Fb", "a/b"),
            ("a%2fb", "a/b"),
            (r"a\/b", "a/b"),
            (r"a\u002Fb", "a/b"),
            (r"\ud83d\ude00", "😀"),
            ("a&#x2F;b", "a/b"),
            ("a&#47;b&amp;", "a/b&"),
            ("%zz%2F%", "%zz/%"),
        ] {
            let peeled = peeled(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(peeled.bytes.clone()).unwrap(), expected);
            assert_eq!(peeled.origin(&(0..peeled.bytes.len())), 0..text.len());
        }
        let twice = peeled(b"xx a%252Fb").unwrap().again().unwrap();
        assert_eq!(twice.bytes, b"xx a/b");
        assert_eq!(twice.origin(&(3..6)), 3..10);
        assert_eq!(twice.origin(&(4..5)), 4..9);
    }

    #[test]
    fn a_text_without_escapes_has_no_layer() {
        for text in ["", "abc", "a&b=c", "100 %", "\\", "&;", "&#;", "\\u12"] {
            assert!(peeled(text.as_bytes()).is_none(), "{text}");
        }
    }
}
