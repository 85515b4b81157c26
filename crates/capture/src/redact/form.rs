//! Parameters in `application/x-www-form-urlencoded`: forms, queries, fragments; and URLs, which hold them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::edit::{Decoded, Edit};
use super::names::treatment;
use super::scan::Scan;

/// What stays as it is in the value of a parameter: the unreserved characters (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Redacts the values of `a=b&c=d`.
pub(super) fn form(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for pair in text.split('&') {
        edits.extend(
            parameter(pair, scan)
                .into_iter()
                .map(|edit| edit.shifted(at)),
        );
        at += pair.len() + 1;
    }
    edits
}

fn parameter(pair: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let Some((name, value)) = pair.split_once('=') else {
        return nameless(pair, scan);
    };
    let decoded_name = decoded(name).text;
    scan.found.keep(&decoded_name);
    let decoded = decoded(value);
    let edits = scan.value(treatment(&decoded_name), &decoded.text);
    decoded
        .encoded(&edits, encoded)
        .into_iter()
        .map(|edit| edit.shifted(name.len() + 1))
        .collect()
}

/// A query may be one bare value. A short one is the name of a parameter without a value.
fn nameless(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let is_name = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.');
    if text.len() <= NAME_BYTES_MAX && text.bytes().all(is_name) {
        return Vec::new();
    }
    let decoded = decoded(text);
    let placeholder = scan.found.unknown("parameter", &decoded.text);
    decoded.encoded(&[Edit::whole(&decoded.text, placeholder)], encoded)
}

const NAME_BYTES_MAX: usize = 24;

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Undoes the encoding: `+` is a space, and what is no escape stays as it is.
pub(super) fn decoded(text: &str) -> Decoded {
    let raw = text.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut starts = Vec::with_capacity(raw.len() + 1);
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        starts.push(at);
        let escaped = (byte == b'%')
            .then(|| hex_pair(raw.get(at + 1..at + 3)?))
            .flatten();
        bytes.push(match (byte, escaped) {
            (_, Some(escaped)) => escaped,
            (b'+', None) => b' ',
            (byte, None) => byte,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    Decoded::new(bytes, starts, raw.len())
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
