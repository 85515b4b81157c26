//! Mends what some tools write into JSON: halves of surrogate pairs, and bytes that are no UTF-8.
//!
//! One such character in one page would otherwise make the whole entry unreadable. It becomes U+FFFD.

use std::borrow::Cow;

use memchr::memmem;

/// The text, mended where it has to be.
pub(crate) fn mended(text: &[u8]) -> Cow<'_, [u8]> {
    let may_hold_half = || {
        let escapes = memmem::find_iter(text, b"\\u");
        escapes
            .map(|at| text.get(at + 2))
            .any(|digit| matches!(digit, Some(b'd' | b'D')))
    };
    if std::str::from_utf8(text).is_ok() && !may_hold_half() {
        return Cow::Borrowed(text);
    }
    let mut to = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let special = |byte: &u8| *byte == b'\\' || !byte.is_ascii();
        let plain = rest.iter().position(special).unwrap_or(rest.len());
        to.extend_from_slice(&rest[..plain]);
        at += plain + rest.get(plain..).map_or(0, |rest| mend(rest, &mut to));
    }
    Cow::Owned(to)
}

/// Mends the escape or the character that the text begins with, and gives its length.
fn mend(text: &[u8], to: &mut Vec<u8>) -> usize {
    let (length, is_sound) = match text.first() {
        None => return 0,
        Some(b'\\') => escape(text),
        Some(_) => character(text),
    };
    match (is_sound, text[0]) {
        (true, _) => to.extend_from_slice(&text[..length]),
        (false, b'\\') => to.extend_from_slice(b"\\ufffd"),
        (false, _) => to.extend_from_slice("\u{FFFD}".as_bytes()),
    }
    length
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

    #[test]
    fn halves_of_pairs_and_broken_bytes_are_mended_and_the_rest_stays() {
        for (text, expected) in [
            (&br#""\ud83d\ude00""#[..], &br#""\ud83d\ude00""#[..]),
            (br#""\ud83d x""#, br#""\ufffd x""#),
            (br#""\ude00\uD83d""#, br#""\ufffd\ufffd""#),
            (br#""\\ud83d""#, br#""\\ud83d""#),
            (br#""\"\u00e9\n""#, br#""\"\u00e9\n""#),
            (b"\"\xE9\"", "\"\u{FFFD}\"".as_bytes()),
            ("é€😀".as_bytes(), "é€😀".as_bytes()),
            (b"\\", b"\\"),
        ] {
            assert_eq!(mended(text), expected);
        }
    }

    proptest! {
        #[test]
        fn what_comes_out_is_utf_8_and_sound_text_stays(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,40}") {
            prop_assert!(String::from_utf8(mended(&bytes).into_owned()).is_ok());
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(&*mended(&json), json.as_slice());
        }
    }
}
