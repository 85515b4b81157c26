//! Contents: forms, JSON and pages that post a form are redacted; of others, the length alone is kept.

use bytes::Bytes;
use grantscope_oauth::{Body, Headers, looks_encoded, trimmed};

use super::edit::{Edit, applied};
use super::extent::has_error;
use super::form::{decoded, form};
use super::json::json;
use super::left_out::{is_left_out, left_out};
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
    if std::str::from_utf8(&of.bytes).is_ok_and(is_left_out) {
        return of.clone();
    }
    let label = headers.media_type();
    let label = label.as_deref().unwrap_or_default();
    if of.coding.is_some() || of.bytes.len() > MESSAGE_BYTES_MAX {
        return with_text(of, left_out(of.bytes.len(), label));
    }
    let text = of.text();
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
        read.stays.then_some(read.edits)?
    } else if label == FORM || is_oauth_form(content) {
        let edits = form(content, scan);
        // What a reading does not take for a form, it would once the name is replaced for which it does not.
        (label == FORM || looks_encoded(content)).then_some(edits)?
    } else {
        return page(content, scan);
    };
    // The content is a part of the text.
    let start = content.as_ptr().addr() - text.as_ptr().addr();
    let edits: Vec<Edit> = edits.into_iter().map(|edit| edit.shifted(start)).collect();
    Some(applied(text, &edits).into_owned())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a text without a label is a form of OAuth.
fn is_oauth_form(text: &str) -> bool {
    let names = text.split('&').filter_map(|pair| pair.split_once('='));
    let mut names = names.map(|(name, _)| decoded(name).text);
    !text.contains('\n') && names.any(|name| is_known(&name))
}
