//! The texts of JSON: where they end, and their escapes (RFC 8259 §7).

use serde_json::Value;

use super::edit::{Decoded, is_unreserved};

/// Where a text in quotes ends that begins behind the opening one.
pub(super) fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// Undoes the escapes of a JSON text (RFC 8259 §7); what is no escape stays as it is.
pub(super) fn unescaped(text: &str) -> Decoded<'_> {
    if !text.contains('\\') {
        return Decoded::plain(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut starts = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let (character, length) = escape(&text[at..]).unwrap_or((next, next.len_utf8()));
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        bytes.extend_from_slice(encoded);
        starts.extend(encoded.iter().map(|_| at));
        at += length;
    }
    Decoded::new(bytes, starts, text.len())
}

/// The character that an escape stands for, and the length of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = match text.as_bytes() {
        [b'\\', b'u', ..] => return unicode_escape(text),
        [b'\\', b'n', ..] => '\n',
        [b'\\', b't', ..] => '\t',
        [b'\\', b'r', ..] => '\r',
        [b'\\', b'b', ..] => '\u{8}',
        [b'\\', b'f', ..] => '\u{C}',
        [b'\\', other @ (b'"' | b'\\' | b'/'), ..] => char::from(*other),
        _ => return None,
    };
    Some((simple, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, 6));
    }
    let pair = unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |character| {
        (character, 12)
    }))
}

/// A text with the escapes that JSON asks for.
pub(super) fn escaped(text: &str) -> String {
    if is_unreserved(text) {
        return text.to_owned();
    }
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
