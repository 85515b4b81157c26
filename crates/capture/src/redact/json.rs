//! JSON, redacted in place: white space, order and spelling of everything else stay.
//!
//! JSON that breaks off or is not well-formed is redacted as well, since a diagnosis reads as much of it as there is.

use std::rc::Rc;

use grantscope_oauth::ERROR_OBJECTS;

use super::edit::{Decoded, Edit};
use super::names::{Treatment, treatment, treatment_in_error};
use super::scan::Scan;

/// What became of a JSON text.
pub(super) struct Json {
    /// The replacements.
    pub(super) edits: Vec<Edit>,
    /// Whether it has a member that OAuth knows.
    pub(super) is_known: bool,
}

/// Redacts the values in a JSON text.
pub(super) fn json(text: &str, scan: &mut Scan<'_>) -> Json {
    let mut walk = Walk {
        text,
        scan,
        frames: Vec::new(),
        edits: Vec::new(),
        is_known: false,
    };
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        at = walk.token(byte, at);
    }
    Json {
        edits: walk.edits,
        is_known: walk.is_known,
    }
}

struct Walk<'a, 'k> {
    text: &'a str,
    scan: &'a mut Scan<'k>,
    frames: Vec<Frame>,
    edits: Vec<Edit>,
    is_known: bool,
}

/// An object or array that is not closed yet.
struct Frame {
    /// Whether the next text is the name of a member.
    expects_name: bool,
    is_object: bool,
    /// The name under which the values stand: in an array, that of the array.
    name: Rc<str>,
    /// Whether it is an object about an error, or in one.
    of_error: bool,
}

impl Walk<'_, '_> {
    /// Takes the token that begins here, and gives where the next one may.
    fn token(&mut self, byte: u8, at: usize) -> usize {
        match byte {
            b'{' | b'[' => self.open(byte == b'{'),
            b'}' | b']' => {
                self.frames.pop();
            }
            b',' => self.expects_name(true),
            b':' => self.expects_name(false),
            b'"' => return self.string(at),
            byte if byte.is_ascii_whitespace() => {}
            _ => return self.word(at),
        }
        at + 1
    }

    fn open(&mut self, is_object: bool) {
        let name = self.name();
        let of_error = self.frames.last().is_some_and(|frame| frame.of_error);
        self.frames.push(Frame {
            expects_name: is_object,
            is_object,
            of_error: of_error || ERROR_OBJECTS.contains(&&*name),
            name,
        });
    }

    fn expects_name(&mut self, whether: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.expects_name = whether && frame.is_object;
        }
    }

    fn name(&self) -> Rc<str> {
        let frame = self.frames.last();
        frame.map_or_else(|| Rc::from(""), |frame| Rc::clone(&frame.name))
    }

    fn treatment(&self, name: &str) -> Treatment {
        if self.scan.of_error || self.frames.last().is_some_and(|frame| frame.of_error) {
            treatment_in_error(name)
        } else {
            treatment(name)
        }
    }

    /// A text in quotes; where the closing one is missing, it goes on to the end.
    fn string(&mut self, at: usize) -> usize {
        let inner = &self.text[at + 1..];
        let length = closing_quote(inner).unwrap_or(inner.len());
        let decoded = unescaped(&inner[..length]);
        let is_known = self.treatment(&decoded.text) != Treatment::Unknown;
        match self.frames.last_mut() {
            Some(frame) if frame.expects_name => {
                self.is_known |= is_known;
                self.scan.found.keep(&decoded.text);
                frame.name = Rc::from(decoded.text);
            }
            _ => {
                let edits = self.scan.value(self.treatment(&self.name()), &decoded.text);
                let edits = decoded.encoded(&edits, escaped);
                self.edits
                    .extend(edits.into_iter().map(|edit| edit.shifted(at + 1)));
            }
        }
        at + 1 + length + 1
    }

    /// A number, a truth value, or what is no JSON.
    fn word(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let ends = |c: char| c.is_ascii_whitespace() || ",:{}[]\"".contains(c);
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let treatment = self.treatment(&self.name());
        let stays = match word {
            "true" | "false" | "null" => true,
            _ if word.parse::<f64>().is_ok() => {
                matches!(
                    treatment,
                    Treatment::Keep | Treatment::Said | Treatment::Url
                )
            }
            _ => false,
        };
        if !stays {
            let placeholder = match treatment {
                Treatment::Secret(kind) => self.scan.found.parameter(kind, word),
                _ => self.scan.found.unknown("parameter", word),
            };
            self.edits.push(Edit {
                range: at..at + word.len(),
                text: format!("\"{placeholder}\""),
            });
        }
        at + word.len()
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// Undoes the escapes of a JSON text (RFC 8259 §7); what is no escape stays as it is.
fn unescaped(text: &str) -> Decoded {
    let mut bytes = Vec::with_capacity(text.len());
    let mut starts = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let (character, length) = escape(&text[at..]).unwrap_or((next, next.len_utf8()));
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        bytes.extend_from_slice(encoded);
        starts.extend(encoded.iter().map(|_| at));
        at += length;
    }
    Decoded::new(bytes, starts, text.len())
}

/// The character that an escape stands for, and the length of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = match text.as_bytes() {
        [b'\\', b'u', ..] => return unicode_escape(text),
        [b'\\', b'n', ..] => '\n',
        [b'\\', b't', ..] => '\t',
        [b'\\', b'r', ..] => '\r',
        [b'\\', b'b', ..] => '\u{8}',
        [b'\\', b'f', ..] => '\u{C}',
        [b'\\', other @ (b'"' | b'\\' | b'/'), ..] => char::from(*other),
        _ => return None,
    };
    Some((simple, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, 6));
    }
    let pair = unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |character| {
        (character, 12)
    }))
}

fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
