//! `multipart/form-data` (RFC 7578), in which some clients send what should be a form.

use super::edit::Edit;
use super::names::{is_name, treatment};
use super::scan::Scan;

/// Redacts the values of the parts. What is between them and cannot be understood is left out.
pub(super) fn multipart(text: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let boundary = text.lines().next().filter(|line| line.starts_with("--"));
    let Some(boundary) = boundary else {
        let placeholder = scan.found.unknown("parameter", text);
        return vec![Edit::whole(text, placeholder)];
    };
    let mut edits = Vec::new();
    let mut at = 0;
    for part in text.split(boundary) {
        edits.extend(of_part(part, scan).into_iter().map(|edit| edit.shifted(at)));
        at += part.len() + boundary.len();
    }
    edits
}

fn of_part(part: &str, scan: &mut Scan<'_>) -> Vec<Edit> {
    let head_end = ["\r\n\r\n", "\n\n"]
        .iter()
        .find_map(|blank| Some(part.find(blank)? + blank.len()));
    let Some(start) = head_end else {
        let edits = without_head(part);
        scan.pieces_left_out += edits.len();
        return edits;
    };
    let (head, rest) = part.split_at(start);
    let name = head.split_once(" name=").map_or("", |(_, after)| after);
    let name = name.trim_start_matches('"');
    let name = name
        .split(['"', ';', '\r', '\n'])
        .next()
        .unwrap_or_default();
    let value = rest.strip_suffix('\n').unwrap_or(rest);
    let value = value.strip_suffix('\r').unwrap_or(value);
    // Of the head the name alone is kept: a file name tells of a person, and other fields are not known.
    let plain = plain_head(if is_name(name) { name } else { "" });
    scan.found.keep(&plain);
    let mut edits = Vec::new();
    if head != plain {
        edits.push(Edit::whole(head, plain));
    }
    let treatment = treatment(name);
    scan.name(treatment, name);
    let within = scan.value(treatment, value).into_iter();
    edits.extend(within.map(|edit| edit.shifted(start)));
    edits
}

fn plain_head(name: &str) -> String {
    format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
}

/// What comes before the first part and after the last one: nothing but the end of the last boundary stays.
fn without_head(text: &str) -> Vec<Edit> {
    match text.trim_end() {
        "" | "--" => Vec::new(),
        _ => vec![Edit::whole(text, "--".to_owned())],
    }
}
