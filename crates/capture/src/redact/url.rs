//! URLs: what a query, a fragment, a path and the user information hold.

use super::edit::Edit;
use super::form::form;
use super::scan::Scan;
use super::words::is_token;

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
            shifted(form(&text[at + 1..], scan), at + 1).collect()
        }
        _ => form(text, scan),
    }
}

/// Scheme, user information, host and path.
fn hierarchy(endpoint: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let start = endpoint.find("://").map_or(0, |at| at + 3);
    let authority_end = match start {
        0 => 0,
        _ => endpoint[start..]
            .find('/')
            .map_or(endpoint.len(), |at| start + at),
    };
    let mut edits = Vec::new();
    if let Some(at) = endpoint[start..authority_end].rfind('@') {
        let user = &endpoint[start..start + at];
        let placeholder = scan.found.secret("password", user);
        if let Some((_, password)) = user.split_once(':') {
            scan.found.secret("password", password);
        }
        edits.push(Edit {
            range: start..start + at,
            text: placeholder,
        });
    }
    let host = endpoint[start..authority_end].rsplit('@').next();
    scan.found.keep(host.unwrap_or_default());
    let mut at = authority_end;
    for segment in endpoint[authority_end..].split('/') {
        edits.extend(shifted(of_segment(segment, scan), at));
        at += segment.len() + 1;
    }
    edits
}

/// A segment of a path: a token by itself, or a name with parameters (`;jsessionid=…`).
fn of_segment(segment: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    if is_token(segment) {
        let placeholder = scan.found.secret("token", segment);
        return vec![Edit::whole(segment, placeholder)];
    }
    let Some((name, parameters)) = segment.split_once(';') else {
        if segment.bytes().all(|b| b.is_ascii_lowercase()) {
            scan.found.keep(segment);
        }
        scan.found.ordinary(segment);
        return Vec::new();
    };
    shifted(form(parameters, scan), name.len() + 1).collect()
}
