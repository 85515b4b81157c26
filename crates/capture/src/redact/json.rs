//! JSON, redacted in place: white space, order and spelling of everything else stay.
//!
//! Of JSON that breaks off or is not well-formed the members before the fault stay, since a diagnosis reads them.

use std::rc::Rc;

use grantscope_oauth::{ERROR_OBJECTS, secret_kind};

use super::allowed::KEYS;
use super::edit::{Decoded, Edit};
use super::escape::{closing_quote, escaped, unescaped};
use super::extent::{Extent, extent};
use super::left_out::{is_left_out, left_out};
use super::names::{Treatment, stays, treatment, treatment_in_error, treatment_in_key};
use super::scan::Scan;

/// What became of a JSON text.
pub(super) struct Json {
    /// The replacements.
    pub(super) edits: Vec<Edit>,
    /// Whether it may stay: it has a member that OAuth knows, or is an object with a fault, which a diagnosis asks for.
    pub(super) stays: bool,
}

/// Redacts the values in a JSON text.
pub(super) fn json(text: &str, scan: &mut Scan<'_>) -> Json {
    let mut walk = Walk {
        text,
        scan,
        frames: Vec::new(),
        edits: Vec::new(),
        is_known: false,
        object: None,
    };
    let extent = extent(text);
    let mut at = 0;
    while !walk.is_past(extent) && at < text.len() {
        at = walk.token(at);
    }
    if extent == Extent::Whole {
        return Json {
            edits: walk.edits,
            stays: walk.is_known,
        };
    }
    walk.with_fault(at)
}

/// Leaves out what is behind the last byte that is read.
fn without_rest(text: &str, end: usize) -> Option<Edit> {
    let rest = &text[end..];
    let stays = rest.trim().is_empty() || is_left_out(rest.trim());
    (!stays).then(|| Edit {
        range: end..text.len(),
        text: format!(" {}", left_out(rest.len(), "unknown type")),
    })
}

/// Takes the texts that follow the name of a secret. They are looked for elsewhere, though nothing of the rest stays.
///
/// Of its other texts and words it is not known what they are, so that none may take a part of the exchange with it.
fn secrets_of_rest(rest: &str, scan: &mut Scan<'_>) {
    let mut kind = None;
    let mut rest = rest;
    while let Some((_, after)) = rest.split_once('"') {
        let length = closing_quote(after).unwrap_or(after.len());
        let text = unescaped(&after[..length]).text;
        if let Some(kind) = kind {
            scan.found.parameter(kind, &text);
        }
        kind = secret_kind(&text);
        rest = after.get(length + 1..).unwrap_or_default();
    }
}

struct Walk<'a, 'k> {
    text: &'a str,
    scan: &'a mut Scan<'k>,
    frames: Vec<Frame>,
    edits: Vec<Edit>,
    is_known: bool,
    /// The first object, whose members a reading takes.
    object: Option<Object>,
}

/// The object that a text begins with.
struct Object {
    /// Where its members begin.
    start: usize,
    /// How many objects and arrays are open within it, with itself.
    depth: usize,
    /// How many of its members are complete.
    members: usize,
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
    /// What is left where a fault was found behind what is read, which ends here.
    fn with_fault(mut self, at: usize) -> Json {
        let end = match &self.object {
            Some(object) if !self.is_known => object.start,
            _ => at,
        };
        self.edits.retain(|edit| edit.range.end <= end);
        if let Some(edit) = without_rest(self.text, end) {
            secrets_of_rest(&self.text[at..], self.scan);
            self.edits.push(edit);
        }
        Json {
            edits: self.edits,
            stays: self.object.is_some(),
        }
    }

    /// Whether all was taken that is read.
    fn is_past(&self, extent: Extent) -> bool {
        let Some(object) = &self.object else {
            return false;
        };
        match extent {
            Extent::Whole => false,
            Extent::Object => self.frames.len() < object.depth,
            Extent::Members(count) => object.members == count,
        }
    }

    /// Counts a value, where it is one of the first object.
    fn count(&mut self) {
        if let Some(object) = &mut self.object
            && object.depth == self.frames.len()
        {
            object.members += 1;
        }
    }

    /// Takes the token that begins here, and gives where the next one may.
    fn token(&mut self, at: usize) -> usize {
        match self.text.as_bytes()[at] {
            b'{' => self.open(true, at),
            b'[' => self.open(false, at),
            b'}' | b']' => {
                self.frames.pop();
                self.count();
            }
            b',' => self.expects_name(true),
            b':' => self.expects_name(false),
            b'"' => return self.string(at),
            byte if byte.is_ascii_whitespace() => {}
            _ => return self.word(at),
        }
        at + 1
    }

    fn open(&mut self, is_object: bool, at: usize) {
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
        if is_object && self.object.is_none() {
            self.object = Some(Object {
                start: at + 1,
                depth: self.frames.len(),
                members: 0,
            });
        }
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
            self.count();
        }
        self.text.len().min(at + 1 + length + 1)
    }

    /// Takes the name of a member.
    fn named(&mut self, name: &Decoded<'_>, at: usize) {
        let treatment = self.treatment(&name.text);
        self.is_known |= treatment != Treatment::Unknown;
        if stays(&name.text, treatment) {
            self.scan.name(treatment, &name.text);
        } else {
            let placeholder = self.scan.no_name(&name.text);
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
        self.count();
        at + word.len()
    }
}
