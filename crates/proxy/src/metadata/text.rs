//! Renames the server within the text of a JSON document, of which all else stays as it is: order, numbers, white space and
//! escapes.

use crate::facade::Names;

/// What became of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Renamed {
    /// The document, where anything in it was changed.
    pub(super) document: Option<String>,
    /// Whether it had the server's own name for itself.
    pub(super) names_server: bool,
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

/// The member with metadata that nobody else can sign (RFC 8414 §2.1).
const SIGNED: &str = "signed_metadata";

/// A document that is copied, but for what is changed.
struct Copied<'a> {
    document: &'a str,
    changed: String,
    /// Up to where it was copied, or left out.
    done: usize,
}

impl Copied<'_> {
    fn until(&mut self, end: usize) {
        self.changed.push_str(&self.document[self.done..end]);
        self.done = end;
    }

    /// Puts another text in the place of so many bytes from here.
    fn replace(&mut self, begin: usize, len: usize, by: &str) {
        self.until(begin);
        self.changed.push_str(by);
        self.done = begin + len;
    }

    /// Leaves out a member, with the comma that there would be too many. Gives where it goes on.
    fn leave_out(&mut self, begin: usize, end: usize) -> usize {
        self.until(begin);
        let rest = self.document[end..].trim_start_matches(WHITE_SPACE);
        if let Some(next) = rest.strip_prefix(',') {
            self.done = self.document.len() - next.trim_start_matches(WHITE_SPACE).len();
        } else {
            self.done = end;
            let before = self.changed.trim_end_matches(WHITE_SPACE);
            let before = before.strip_suffix(',').map(str::len);
            self.changed.truncate(before.unwrap_or(self.changed.len()));
        }
        self.done
    }

    fn end(mut self) -> Option<String> {
        if self.done == 0 {
            return None;
        }
        self.until(self.document.len());
        Some(self.changed)
    }
}

/// Gives the client's name for the server to each value that is a URL of it. The document is a JSON object.
pub(super) fn rename(document: &str, names: &Names) -> Renamed {
    let mut renamed = Renamed::default();
    let mut place = Place::default();
    let mut copy = Copied {
        document,
        changed: String::new(),
        done: 0,
    };
    let mut at = 0;
    while let Some(byte) = document.as_bytes().get(at) {
        at = match byte {
            b'"' => pass_string(at, names, &mut place, &mut copy, &mut renamed),
            b'{' | b'[' => {
                place.open();
                at + 1
            }
            b'}' | b']' => {
                place.close();
                at + 1
            }
            _ => at + 1,
        };
    }
    renamed.document = copy.end();
    renamed
}

/// Copies the string that begins here, changed where it has to be. Gives where it goes on.
fn pass_string(
    begin: usize,
    names: &Names,
    place: &mut Place,
    copy: &mut Copied<'_>,
    renamed: &mut Renamed,
) -> usize {
    let document = copy.document;
    let end = end_of_string(document, begin);
    let raw = &document[begin..end];
    let text = serde_json::from_str::<String>(raw).unwrap_or_default();
    if let Some(value) = behind_colon(document, end) {
        let is_signed = place.depth == 1 && text == SIGNED && document[value..].starts_with('"');
        if is_signed {
            return copy.leave_out(begin, end_of_string(document, value));
        }
        place.enter_member(&text);
    } else if place.left_alone.is_none() {
        renamed.names_client |= names.is_of_client(&text);
        if let Some(len) = names.server_origin_len(&text) {
            renamed.names_server = true;
            let client = within_string(names.client_origin());
            copy.replace(begin + 1, raw_len(&raw[1..], len), &client);
        }
    }
    end
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

/// What stands between the tokens of JSON (RFC 8259 §2).
const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Where the value begins of the member whose name ends here; `None` where a value ends here.
fn behind_colon(document: &str, end: usize) -> Option<usize> {
    let rest = document[end..].trim_start_matches(WHITE_SPACE);
    let value = rest.strip_prefix(':')?.trim_start_matches(WHITE_SPACE);
    Some(document.len() - value.len())
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
