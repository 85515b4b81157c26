//! Contents: forms, JSON and pages that post a form are redacted; of others, the length alone is kept.

use bytes::Bytes;
use grantscope_oauth::{Body, Headers};

use super::edit::{Edit, applied};
use super::form::{decoded, form};
use super::json::{has_error, json};
use super::multipart::multipart;
use super::names::is_known;
use super::page::page;
use super::scan::Scan;

/// Longer contents are no messages of OAuth.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Redacts the content of a message.
pub(super) fn body(of: &Body, headers: &Headers, scan: &mut Scan<'_>) -> Body {
    if of.bytes.is_empty() {
        return of.clone();
    }
    let label = headers.media_type();
    let label = label.as_deref().unwrap_or_default();
    if of.coding.is_some() || of.bytes.len() > MESSAGE_BYTES_MAX {
        return with_text(of, left_out(of.bytes.len(), label));
    }
    let text = of.text();
    if is_left_out(&text) {
        return of.clone();
    }
    match content(&text, label, scan) {
        Some(text) => with_text(of, text),
        None => with_text(of, left_out(of.bytes.len(), label)),
    }
}

/// Whether a content tells of an error, whatever the status is.
pub(super) fn tells_of_error(of: &Body) -> bool {
    of.coding.is_none() && of.bytes.len() <= MESSAGE_BYTES_MAX && has_error(trimmed(&of.text()))
}

/// The content with another text. Whether its end is missing or it has a content coding is still told of the original.
fn with_text(of: &Body, text: String) -> Body {
    Body {
        bytes: Bytes::from(text),
        ..of.clone()
    }
}

/// The redacted text; `None` where it cannot be understood.
fn content(text: &str, label: &str, scan: &mut Scan<'_>) -> Option<String> {
    let content = trimmed(text);
    let edits = if label == "multipart/form-data" {
        multipart(content, scan)
    } else if content.starts_with(['{', '[']) {
        let read = json(content, scan);
        read.is_known.then_some(read.edits)?
    } else if label == FORM || is_oauth_form(content) {
        form(content, scan)
    } else {
        return page(content, scan);
    };
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let start = start + text[start..].find(content)?;
    let edits: Vec<Edit> = edits.into_iter().map(|edit| edit.shifted(start)).collect();
    Some(applied(text, &edits).into_owned())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The content without white space, a byte order mark and the prefixes that guard JSON against inclusion as a script.
fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    [")]}',", ")]}'", "while(1);", "for(;;);"]
        .iter()
        .find_map(|guard| text.strip_prefix(guard))
        .map_or(text, str::trim)
}

/// Whether a text without a label is a form of OAuth.
fn is_oauth_form(text: &str) -> bool {
    let names = text.split('&').filter_map(|pair| pair.split_once('='));
    let mut names = names.map(|(name, _)| decoded(name).text);
    !text.contains('\n') && names.any(|name| is_known(&name))
}

/// What stands for a content that is left out: `[grantscope: 2,345 bytes of text/html not kept]`.
fn left_out(length: usize, label: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-.".contains(&b);
    let is_plain = !label.is_empty() && label.len() <= 60 && label.bytes().all(plain);
    let label = if is_plain { label } else { "unknown type" };
    format!("{START}{} bytes of {label}{END}", grouped(length))
}

const START: &str = "[grantscope: ";
const END: &str = " not kept]";

fn is_left_out(text: &str) -> bool {
    let inner = text
        .strip_prefix(START)
        .and_then(|text| text.strip_suffix(END));
    let Some((length, label)) = inner.and_then(|inner| inner.split_once(" bytes of ")) else {
        return false;
    };
    let length: Option<usize> = length.replace(',', "").parse().ok();
    length.is_some_and(|length| left_out(length, label) == text)
}

/// A number with its digits in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
