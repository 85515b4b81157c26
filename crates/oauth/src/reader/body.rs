//! The content of a message: JSON, a form or a page, told by what it is and not by its label.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::notes::Notes;
use super::params::{Params, Source};
use crate::exchange::{Body, Headers};
use crate::message::CONTENT_TYPE;

/// Contents longer than this are not read: no OAuth message is so long.
const CONTENT_BYTES_MAX: usize = 1024 * 1024;

/// The members of a JSON object in their order, duplicates included.
pub(super) type Members = Vec<(String, Value)>;

/// The parameters of a request's content.
pub(super) fn parameters(headers: &Headers, body: &Body, notes: &mut Notes) -> Params {
    let text = readable(body);
    let content = trimmed(&text);
    let label = headers.media_type();
    let label = label.as_deref();
    if content.is_empty() {
        return Params::default();
    }
    note_damage("request body", body, notes);
    if label == Some("multipart/form-data") {
        notes.add(
            CONTENT_TYPE,
            "is multipart/form-data, not a form of RFC 6749",
        );
        // HAR may hold the parts as parameters without their boundary, of which its reader makes a form.
        if looks_encoded(content) {
            return Params::encoded(content, Source::Form, notes);
        }
        return Params::decoded(multipart(content), Source::Form);
    }
    // A capture may have been saved without the field.
    let place = label.map_or("request body", |_| CONTENT_TYPE);
    if let Some(members) = object(content, notes, "request body") {
        note_label(place, label, "JSON", is_json, notes);
        return Params::json(&members, Source::Json);
    }
    if label == Some(FORM) || looks_encoded(content) {
        note_label(place, label, "a form", |label| label == FORM, notes);
        return Params::encoded(content, Source::Form, notes);
    }
    Params::default()
}

/// The members of a response's content, where it is a JSON object or a form.
pub(super) fn members(headers: &Headers, body: &Body, notes: &mut Notes) -> Option<Members> {
    let text = readable(body);
    let content = trimmed(&text);
    let label = headers.media_type();
    let label = label.as_deref();
    if content.is_empty() {
        return None;
    }
    note_damage("response body", body, notes);
    if let Some(members) = object(content, notes, "response body") {
        note_label("response body", label, "JSON", is_json, notes);
        return Some(members);
    }
    if !looks_encoded(content) {
        return None;
    }
    notes.add("response body", "is a form, where RFC 6749 asks for JSON");
    let params = Params::encoded(content, Source::Form, notes);
    let member =
        |param: &super::params::Param| (param.name.clone(), Value::String(param.value.clone()));
    Some(params.iter().map(member).collect())
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

fn readable(body: &Body) -> Cow<'_, str> {
    if body.bytes.len() > CONTENT_BYTES_MAX {
        return Cow::Borrowed("");
    }
    body.text()
}

/// The part of a content that is read: without white space, a byte order mark and the prefixes that guard JSON against inclusion
/// as a script.
pub fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    [")]}',", ")]}'", "while(1);", "for(;;);"]
        .iter()
        .find_map(|guard| text.strip_prefix(guard))
        .map_or(text, str::trim)
}

fn is_json(label: &str) -> bool {
    label == "application/json" || label.ends_with("+json")
}

fn note_damage(place: &str, body: &Body, notes: &mut Notes) {
    if body.truncated {
        notes.add(place, "was captured without its end");
    }
    if body.coding.is_some() {
        notes.add(place, "has a content coding that could not be undone");
    }
}

fn note_label(
    place: &str,
    label: Option<&str>,
    is: &str,
    fits: impl Fn(&str) -> bool,
    notes: &mut Notes,
) {
    match label {
        Some(label) if fits(label) => {}
        Some(label) if LABELS.contains(&label) => {
            notes.add(place, format!("is {is} but labelled {label}"));
        }
        Some(_) => notes.add(place, format!("is {is} but labelled otherwise")),
        None => notes.add(place, format!("is {is} but has no Content-Type")),
    }
}

/// Labels that are shown. Any other comes from traffic that may be broken, and could hold a secret.
const LABELS: [&str; 9] = [
    FORM,
    "application/json",
    "application/octet-stream",
    "application/xml",
    "multipart/form-data",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/xml",
];

/// Whether a text without a label is read as a form: names and values joined by `=` and `&`.
pub fn looks_encoded(content: &str) -> bool {
    let first = content.split('&').next().unwrap_or_default();
    let name = first.split_once('=').map_or("", |(name, _)| name);
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"_-.%[]".contains(&b);
    !name.is_empty() && name.bytes().all(letter) && !content.contains('\n')
}

/// The members of the JSON object that a text is or begins with, or of the first one in an array.
///
/// Where the object breaks off, the members before that are read.
pub(super) fn object(content: &str, notes: &mut Notes, place: &str) -> Option<Members> {
    let content = match content.strip_prefix('[') {
        Some(rest) => rest.trim_start(),
        None => content,
    };
    if !content.starts_with('{') {
        return None;
    }
    let mut members = Members::new();
    let mut json = serde_json::Deserializer::from_str(content);
    if json.deserialize_map(Collect(&mut members)).is_err() {
        notes.add(place, "is JSON that breaks off or is not well-formed");
    }
    Some(members)
}

/// Collects the members that come before an error.
struct Collect<'a>(&'a mut Members);

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_entry()? {
            self.0.push(member);
        }
        Ok(())
    }
}

/// The parts of `multipart/form-data` (RFC 7578) that hold text.
fn multipart(content: &str) -> Vec<(String, String)> {
    let Some(boundary) = content.lines().next().filter(|line| line.starts_with("--")) else {
        return Vec::new();
    };
    content.split(boundary).filter_map(part).collect()
}

fn part(text: &str) -> Option<(String, String)> {
    let text = text
        .strip_prefix("\r\n")
        .or_else(|| text.strip_prefix('\n'))?;
    let (head, value) = text
        .split_once("\r\n\r\n")
        .or_else(|| text.split_once("\n\n"))?;
    let (_, name) = head.split_once(" name=")?;
    let name = name.trim_start_matches('"');
    let name = name.split(['"', ';', '\r', '\n']).next()?;
    let value = value.strip_suffix('\n').unwrap_or(value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_breaks_off_is_read_up_to_there() {
        let mut notes = Notes::default();
        let members = object(r#"{"a":"1","a":2,"b":{"c"#, &mut notes, "response body").unwrap();
        assert_eq!(members.len(), 2);
        assert_eq!(notes.into_vec().len(), 1);
    }

    #[test]
    fn the_parts_of_a_multipart_form_are_read() {
        let form = "--b\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nC1\r\n--b--\r\n";
        assert_eq!(multipart(form), [("code".to_owned(), "C1".to_owned())]);
    }

    #[test]
    fn prose_is_no_form() {
        assert!(looks_encoded("error=bad&error_description=x"));
        assert!(!looks_encoded("<a href='x?a=b'>"));
        assert!(!looks_encoded("not found"));
    }
}
