//! Parameters in `application/x-www-form-urlencoded`: forms, queries, fragments; and URLs, which hold them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::edit::{Decoded, Edit, is_unreserved};
use super::names::{is_bare_name, stays, treatment};
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
    let Some((name, value)) = pair.split_once('=').filter(|_| !is_padded(pair)) else {
        return nameless(pair, scan);
    };
    let decoded_name = decoded(name);
    let treatment = treatment(&decoded_name.text);
    let mut edits = Vec::new();
    if stays(&decoded_name.text, treatment) {
        scan.name(treatment, &decoded_name.text);
    } else {
        let placeholder = scan.no_name(&decoded_name.text);
        let edit = Edit::whole(&decoded_name.text, placeholder);
        edits.extend(decoded_name.encoded(&[edit], encoded));
    }
    let value = decoded(value);
    let within = scan.value(treatment, &value.text);
    let within = value.encoded(&within, encoded).into_iter();
    edits.extend(within.map(|edit| edit.shifted(name.len() + 1)));
    edits
}

/// Whether this is a value in padded base64 (RFC 4648 §4) and no name without a value.
fn is_padded(pair: &str) -> bool {
    let value = pair.trim_end_matches('=');
    let of_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/-_".contains(&b);
    let padding = pair.len() - value.len();
    (1..=2).contains(&padding)
        && pair.len().is_multiple_of(4)
        && value.bytes().all(of_base64)
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// A query may be one bare value. A short one is the name of a parameter without a value.
fn nameless(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    if is_bare_name(text) {
        return Vec::new();
    }
    let decoded = decoded(text);
    let placeholder = scan.found.unknown("parameter", &decoded.text);
    decoded.encoded(&[Edit::whole(&decoded.text, placeholder)], encoded)
}

pub(super) fn encoded(text: &str) -> String {
    if is_unreserved(text) {
        return text.to_owned();
    }
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Undoes the encoding: `+` is a space, and what is no escape stays as it is.
pub(super) fn decoded(text: &str) -> Decoded<'_> {
    if !text.contains(['%', '+']) {
        return Decoded::plain(text);
    }
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
