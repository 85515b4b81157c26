//! URLs: what a query, a fragment, a path and the user information hold.

use grantscope_oauth::{is_secret_segment, secret_kind};

use super::edit::Edit;
use super::form::{decoded, form};
use super::scan::Scan;

/// Redacts a URL, absolute or relative.
pub(super) fn url(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let fragment_at = text.find('#').unwrap_or(text.len());
    let (before, fragment) = text.split_at(fragment_at);
    let query_at = before.find('?').unwrap_or(before.len());
    let (endpoint, query) = before.split_at(query_at);
    let mut edits = hierarchy(endpoint, scan);
    if let Some(query) = query.strip_prefix('?') {
        edits.extend(shifted(form(query, scan), query_at + 1));
    }
    if let Some(fragment) = fragment.strip_prefix('#') {
        edits.extend(shifted(of_fragment(fragment, scan), fragment_at + 1));
    }
    edits
}

fn shifted(edits: Vec<Edit>, by: usize) -> impl Iterator<Item = Edit> {
    edits.into_iter().map(move |edit| edit.shifted(by))
}

/// A fragment is a form (RFC 6749 §4.2.2), or the route of a page, which may have a query of its own.
fn of_fragment(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    match text.find('?') {
        Some(at) if !text[..at].contains('=') => {
            let mut edits = path(&text[..at], scan);
            edits.extend(shifted(form(&text[at + 1..], scan), at + 1));
            edits
        }
        _ if text.starts_with(['/', '!']) && !text.contains('=') => path(text, scan),
        _ => form(text, scan),
    }
}

/// Scheme, user information, host and path.
fn hierarchy(endpoint: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let Some(start) = authority_at(endpoint) else {
        return path(endpoint, scan);
    };
    let path_at = endpoint[start..].find('/');
    let path_at = path_at.map_or(endpoint.len(), |at| start + at);
    let mut edits = authority(&endpoint[start..path_at], scan);
    for edit in &mut edits {
        edit.shift(start);
    }
    edits.extend(shifted(path(&endpoint[path_at..], scan), path_at));
    if edits.is_empty() {
        // A parameter that is not known may hold the address of the app, which must not take the callback with it.
        for end in [path_at, endpoint.len().min(path_at + 1), endpoint.len()] {
            scan.found.keep(&endpoint[..end]);
        }
    }
    edits
}

/// Where the authority of a URL begins: after `//`, with or without a scheme before it (RFC 3986 §3.2).
fn authority_at(endpoint: &str) -> Option<usize> {
    let at = endpoint.find("//")?;
    let scheme = endpoint[..at].strip_suffix(':');
    let is_scheme = |scheme: &str| {
        let of_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
        !scheme.is_empty() && scheme.bytes().all(of_scheme)
    };
    (at == 0 || scheme.is_some_and(is_scheme)).then_some(at + 2)
}

/// The user information is a secret, the host stays.
fn authority(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let Some((user, host)) = text.rsplit_once('@') else {
        scan.found.keep(text);
        return Vec::new();
    };
    scan.found.keep(host);
    let placeholder = scan.found.secret("password", user);
    if let Some((_, password)) = user.split_once(':') {
        scan.found.secret("password", password);
        scan.found.secret("password", &decoded(password).text);
    }
    vec![Edit {
        range: 0..user.len(),
        text: placeholder,
    }]
}

/// The segments of a path. Which of them are secrets, the reading of a URL decides in the same way.
fn path(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut before = "";
    let mut at = 0;
    for segment in text.split('/') {
        edits.extend(shifted(of_segment(before, segment, scan), at));
        at += segment.len() + 1;
        before = segment;
    }
    edits
}

/// A secret by itself, or a name, which may have parameters (`;jsessionid=…`, RFC 3986 §3.3).
fn of_segment(before: &str, segment: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    if is_secret_segment(before, segment) {
        let placeholder = scan.found.secret("token", segment);
        return vec![Edit::whole(segment, placeholder)];
    }
    let (name, parameters) = segment.split_at(segment.find(';').unwrap_or(segment.len()));
    if name.bytes().all(|b| b.is_ascii_lowercase()) {
        scan.found.keep(name);
    }
    scan.found.ordinary(name);
    let mut edits = Vec::new();
    let mut at = name.len();
    for parameter in parameters.split(';').skip(1) {
        let value_at = parameter.find('=').map_or(parameter.len(), |at| at + 1);
        let (name, value) = parameter.split_at(value_at);
        let decoded = decoded(value);
        let kind = secret_kind(name.trim_end_matches('=')).unwrap_or("parameter");
        let placeholder = scan.found.unknown(kind, &decoded.text);
        let edit = Edit::whole(value, placeholder);
        edits.extend((edit.text != value).then(|| edit.shifted(at + 1 + value_at)));
        at += 1 + parameter.len();
    }
    edits
}
