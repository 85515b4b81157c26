//! Renames the server within the text of a JSON document, of which all else stays as it is: order, numbers, white space and
//! escapes.

use crate::facade::Names;

/// What became of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Renamed {
    /// The document, where anything in it was renamed.
    pub(super) document: Option<String>,
    /// Whether it has the client's name for the server already.
    pub(super) names_client: bool,
}

/// Where the scanner is in a document.
#[derive(Default)]
struct Place {
    depth: usize,
    /// The depth of the object with the member that is left alone, with all within it.
    left_alone: Option<usize>,
}

impl Place {
    fn open(&mut self) {
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.left_alone.is_some_and(|depth| depth > self.depth) {
            self.left_alone = None;
        }
    }

    fn enter_member(&mut self, name: &str) {
        if self.left_alone.is_none_or(|depth| depth == self.depth) {
            self.left_alone = is_identifier(name).then_some(self.depth);
        }
    }
}

/// Whether a member holds what is compared, and not where something is: the issuer, the resources that a token is asked for
/// by name (RFC 9728 §4), and what the server knows by name, all of which the registry calls so
/// (`scopes_supported`, `acr_values_supported`).
pub(crate) fn is_identifier(member: &str) -> bool {
    matches!(member, "issuer" | "protected_resources") || member.ends_with("_supported")
}

/// Gives the client's name for the server to each value that is a URL of it. The document is valid JSON.
pub(super) fn rename(document: &str, names: &Names) -> Renamed {
    let mut renamed = Renamed::default();
    let (mut place, mut changed, mut copied) = (Place::default(), String::new(), 0);
    let mut at = 0;
    while let Some(byte) = document.as_bytes().get(at) {
        match byte {
            b'{' | b'[' => place.open(),
            b'}' | b']' => place.close(),
            b'"' => {
                let end = end_of_string(document, at);
                let raw = &document[at..end];
                let value = serde_json::from_str::<String>(raw).unwrap_or_default();
                if is_before_colon(&document[end..]) {
                    place.enter_member(&value);
                } else if place.left_alone.is_none() {
                    renamed.names_client |= names.is_of_client(&value);
                    if let Some(len) = names.server_origin_len(&value) {
                        changed.push_str(&document[copied..=at]);
                        changed.push_str(&within_string(names.client_origin()));
                        copied = at + 1 + raw_len(&raw[1..], len);
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if copied > 0 {
        changed.push_str(&document[copied..]);
        renamed.document = Some(changed);
    }
    renamed
}

/// Behind the quotation mark that ends the string which begins here.
fn end_of_string(document: &str, begin: usize) -> usize {
    let mut at = begin + 1;
    loop {
        match document.as_bytes().get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return document.len(),
        }
    }
}

fn is_before_colon(rest: &str) -> bool {
    rest.trim_start_matches([' ', '\t', '\n', '\r'])
        .starts_with(':')
}

/// How many bytes of the text stand for so many of the value (RFC 8259 §7), which are ASCII.
fn raw_len(text: &str, value_len: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    for _ in 0..value_len {
        at += match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\\'), Some(b'u')) => 6,
            (Some(b'\\'), _) => 2,
            _ => 1,
        };
    }
    at
}

/// A text as it stands between quotation marks.
fn within_string(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
