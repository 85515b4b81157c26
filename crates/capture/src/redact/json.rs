//! JSON, redacted in place: white space, order and spelling of everything else stay.
//!
//! JSON that breaks off or is not well-formed is redacted as well, since a diagnosis reads as much of it as there is.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use grantscope_oauth::ERROR_OBJECTS;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::allowed::KEYS;
use super::edit::{Decoded, Edit, is_unreserved};
use super::names::{
    Treatment, is_name, tells_of_error, treatment, treatment_in_error, treatment_in_key,
};
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
    about: About,
}

/// What the values in an object or array are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Anything,
    /// An error.
    Error,
    /// A public key.
    Key,
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
        let about = if KEYS.contains(&&*name) {
            About::Key
        } else if ERROR_OBJECTS.contains(&&*name) {
            About::Error
        } else {
            self.about()
        };
        self.frames.push(Frame {
            expects_name: is_object,
            is_object,
            about,
            name,
        });
    }

    /// What the values here are about.
    fn about(&self) -> About {
        let frame = self.frames.last().map(|frame| frame.about);
        match frame.unwrap_or(About::Anything) {
            About::Anything if self.scan.of_error => About::Error,
            about => about,
        }
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
        match self.about() {
            About::Anything => treatment(name),
            About::Error => treatment_in_error(name),
            About::Key => treatment_in_key(name),
        }
    }

    /// A text in quotes; where the closing one is missing, it goes on to the end.
    fn string(&mut self, at: usize) -> usize {
        let inner = &self.text[at + 1..];
        let length = closing_quote(inner).unwrap_or(inner.len());
        let decoded = unescaped(&inner[..length]);
        if self.frames.last().is_some_and(|frame| frame.expects_name) {
            self.named(&decoded, at + 1);
        } else {
            let edits = self.scan.value(self.treatment(&self.name()), &decoded.text);
            self.edit(&decoded, &edits, at + 1);
        }
        at + 1 + length + 1
    }

    /// Takes the name of a member.
    fn named(&mut self, name: &Decoded<'_>, at: usize) {
        self.is_known |= self.treatment(&name.text) != Treatment::Unknown;
        if is_name(&name.text) {
            self.scan.found.keep(&name.text);
        } else {
            let placeholder = self.scan.found.unknown("name", &name.text);
            self.edit(name, &[Edit::whole(&name.text, placeholder)], at);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.name = Rc::from(&*name.text);
        }
    }

    fn edit(&mut self, of: &Decoded<'_>, edits: &[Edit], at: usize) {
        let edits = of.encoded(edits, escaped).into_iter();
        self.edits.extend(edits.map(|edit| edit.shifted(at)));
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
                    Treatment::Keep | Treatment::Word | Treatment::Said | Treatment::Url
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

/// Whether an object, or the first one in an array, has a member that tells of an error, as a reading asks it.
pub(super) fn has_error(text: &str) -> bool {
    let text = text.trim_start_matches('[').trim_start();
    let mut found = false;
    let mut json = serde_json::Deserializer::from_str(text);
    // What comes before a fault in the text counts.
    json.deserialize_map(HasError(&mut found)).ok();
    found
}

struct HasError<'a>(&'a mut bool);

impl<'de> Visitor<'de> for HasError<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if tells_of_error(&name) {
                *self.0 |= is_filled(&map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// `"error": false` and `"errors": []` say that there is none.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(many) => !many.is_empty(),
        Value::Object(members) => !members.is_empty(),
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
fn unescaped(text: &str) -> Decoded<'_> {
    if !text.contains('\\') {
        return Decoded::plain(text);
    }
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
    if is_unreserved(text) {
        return text.to_owned();
    }
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
