//! The encoding of a file: UTF-8 with or without a byte order mark, or UTF-16, which `PowerShell` and Windows tools write.

use std::io::{self, Cursor, Read};

/// How much of UTF-16 is converted at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The order of the two bytes of a unit.
type Order = fn([u8; 2]) -> u16;

/// The text as UTF-8, without a byte order mark.
pub(crate) fn utf8<'a>(mut input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let (order, mark): (Order, usize) = match start.as_slice() {
        [0xFF, 0xFE, ..] => (u16::from_le_bytes, 2),
        [0xFE, 0xFF, ..] => (u16::from_be_bytes, 2),
        [first, 0, ..] if first.is_ascii() && *first != 0 => (u16::from_le_bytes, 0),
        [0, first, ..] if first.is_ascii() && *first != 0 => (u16::from_be_bytes, 0),
        _ => {
            start.drain(
                ..if start.starts_with(&[0xEF, 0xBB, 0xBF]) {
                    3
                } else {
                    0
                },
            );
            return Ok(Box::new(Cursor::new(start).chain(input)));
        }
    };
    start.drain(..mark);
    Ok(Box::new(Utf16 {
        input: Cursor::new(start).chain(input),
        order,
        pending: Vec::new(),
        converted: Vec::new(),
        given: 0,
    }))
}

/// Converts UTF-16. What is no character becomes U+FFFD.
struct Utf16<R> {
    input: R,
    order: Order,
    /// What was read and not converted: half a unit, or half a surrogate pair.
    pending: Vec<u8>,
    converted: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf16<R> {
    fn refill(&mut self) -> io::Result<()> {
        self.converted.clear();
        self.given = 0;
        let chunk = CHUNK_BYTES as u64;
        let read = self
            .input
            .by_ref()
            .take(chunk)
            .read_to_end(&mut self.pending)?;
        let mut units: Vec<u16> = self
            .pending
            .as_chunks()
            .0
            .iter()
            .map(|pair| (self.order)(*pair))
            .collect();
        let is_half = |unit: &u16| matches!(unit, 0xD800..=0xDBFF);
        if read > 0 && units.last().is_some_and(is_half) {
            units.pop();
        }
        self.pending.drain(..units.len() * 2);
        let characters =
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER));
        let text: String = characters.collect();
        self.converted.extend_from_slice(text.as_bytes());
        if read == 0 && !self.pending.is_empty() {
            self.pending.clear();
            self.converted.extend_from_slice("\u{FFFD}".as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.given == self.converted.len() {
            let before = self.pending.len();
            self.refill()?;
            if self.converted.is_empty() && self.pending.len() <= before {
                return Ok(0);
            }
        }
        let length = (&self.converted[self.given..]).read(to)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        utf8(bytes).unwrap().read_to_end(&mut text).unwrap();
        text
    }

    fn encoded(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_16_is_told_by_its_mark_or_by_its_first_character() {
        for mark in ["\u{FEFF}", ""] {
            let text = format!("{mark}{{\"é\": \"😀\"}}");
            let expected = "{\"é\": \"😀\"}".as_bytes();
            assert_eq!(read(&encoded(&text, u16::to_le_bytes)), expected);
            assert_eq!(read(&encoded(&text, u16::to_be_bytes)), expected);
            assert_eq!(read(text.as_bytes()), expected);
        }
    }

    #[test]
    fn what_is_no_character_is_replaced() {
        let half = [0xFF, 0xFE, 0x00, 0xD8];
        assert_eq!(read(&half), "\u{FFFD}".as_bytes());
        assert_eq!(read(&[0xFF, 0xFE, b'a', 0, b'b']), "a\u{FFFD}".as_bytes());
        assert_eq!(read(&[]), b"");
        assert_eq!(read(&[0xFF, 0xFE]), b"");
    }

    proptest! {
        #[test]
        fn any_text_comes_through(text in "[a-z]\\PC{0,40}", repeated in 1usize..4000) {
            let text = text.repeat(repeated);
            prop_assert_eq!(read(&encoded(&text, u16::to_le_bytes)), text.as_bytes());
        }
    }
}
