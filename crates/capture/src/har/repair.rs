//! Mends what some tools write into JSON: halves of surrogate pairs, and bytes that are no UTF-8.
//!
//! One such character in one page would otherwise make the whole file unreadable. It becomes U+FFFD.

use std::io::{self, Read};

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The longest sequence that is looked at as a whole: two escapes of a surrogate pair.
const SEQUENCE_BYTES_MAX: usize = 12;

/// Reads JSON and mends it on the way.
pub(super) struct Repaired<R> {
    input: R,
    /// What was read and not looked at yet.
    pending: Vec<u8>,
    ended: bool,
    /// What was mended, and how much of it was given out.
    mended: Vec<u8>,
    given: usize,
}

impl<R: Read> Repaired<R> {
    /// Mends what this reader gives.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            pending: Vec::new(),
            ended: false,
            mended: Vec::new(),
            given: 0,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.mended.clear();
        self.given = 0;
        while self.mended.is_empty() && !(self.ended && self.pending.is_empty()) {
            let limit = CHUNK_BYTES as u64;
            let read = self
                .input
                .by_ref()
                .take(limit)
                .read_to_end(&mut self.pending)?;
            self.ended = read == 0;
            let looked_at = mend(&self.pending, self.ended, &mut self.mended);
            self.pending.drain(..looked_at);
        }
        Ok(())
    }
}

impl<R: Read> Read for Repaired<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.mended.len() {
            self.refill()?;
        }
        let length = (&self.mended[self.given..]).read(to)?;
        self.given += length;
        Ok(length)
    }
}

/// Mends as much of the text as can be seen as a whole, and gives its length.
fn mend(text: &[u8], is_end: bool, to: &mut Vec<u8>) -> usize {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let special = |byte: &u8| *byte == b'\\' || !byte.is_ascii();
        let plain = rest.iter().position(special).unwrap_or(rest.len());
        if plain > 0 {
            to.extend_from_slice(&rest[..plain]);
            at += plain;
            continue;
        }
        if rest.len() < SEQUENCE_BYTES_MAX && !is_end {
            break;
        }
        let (length, is_sound) = if rest[0] == b'\\' {
            escape(rest)
        } else {
            character(rest)
        };
        match (is_sound, rest[0]) {
            (true, _) => to.extend_from_slice(&rest[..length]),
            (false, b'\\') => to.extend_from_slice(b"\\ufffd"),
            (false, _) => to.extend_from_slice("\u{FFFD}".as_bytes()),
        }
        at += length;
    }
    at
}

/// The length of an escape, and whether it stands for a character.
fn escape(text: &[u8]) -> (usize, bool) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, true),
        (Some(0xD800..=0xDFFF), _) => (6, false),
        (Some(_), _) => (6, true),
        (None, _) => (
            if text.get(1).is_some_and(u8::is_ascii) {
                2
            } else {
                1
            },
            true,
        ),
    }
}

/// The length of a character beyond ASCII, and whether it is UTF-8.
fn character(text: &[u8]) -> (usize, bool) {
    let sound = (2..=4).find(|&length| {
        let bytes = text.get(..length);
        bytes.is_some_and(|bytes| std::str::from_utf8(bytes).is_ok())
    });
    sound.map_or((1, false), |length| (length, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let length = to.len().min(1);
            self.0.read(&mut to[..length])
        }
    }

    fn mended(text: &[u8]) -> Vec<u8> {
        let mut mended = Vec::new();
        Repaired::new(text).read_to_end(&mut mended).unwrap();
        let mut slowly = Vec::new();
        Repaired::new(Slow(text)).read_to_end(&mut slowly).unwrap();
        assert_eq!(mended, slowly);
        mended
    }

    #[test]
    fn halves_of_pairs_and_broken_bytes_are_mended_and_the_rest_stays() {
        for (text, expected) in [
            (&br#""\ud83d\ude00""#[..], &br#""\ud83d\ude00""#[..]),
            (br#""\ud83d x""#, br#""\ufffd x""#),
            (br#""\ude00\ud83d""#, br#""\ufffd\ufffd""#),
            (br#""\\ud83d""#, br#""\\ud83d""#),
            (br#""\"\u00e9\n""#, br#""\"\u00e9\n""#),
            (b"\"\xE9\"", "\"\u{FFFD}\"".as_bytes()),
            ("é€😀".as_bytes(), "é€😀".as_bytes()),
            (b"\\", b"\\"),
        ] {
            assert_eq!(mended(text), expected);
        }
    }

    #[test]
    fn a_text_that_is_longer_than_a_chunk_is_read_whole() {
        let text = "\\ud83d\\ude00é".repeat(20_000);
        assert_eq!(mended(text.as_bytes()), text.as_bytes());
    }

    proptest! {
        #[test]
        fn what_comes_out_is_utf_8_and_sound_text_stays(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,40}") {
            prop_assert!(String::from_utf8(mended(&bytes)).is_ok());
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(mended(&json), json);
        }
    }
}
