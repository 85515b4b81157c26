//! Replacing a part of a text within its encoding, so that everything around it stays as it was sent.

use std::borrow::Cow;
use std::ops::Range;

/// A replacement of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes that are replaced.
    pub(super) range: Range<usize>,
    /// What takes their place.
    pub(super) text: String,
}

impl Edit {
    /// Replaces a whole text.
    pub(super) fn whole(of: &str, text: String) -> Self {
        Self {
            range: 0..of.len(),
            text,
        }
    }

    /// The same replacement in a text that begins this many bytes earlier.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.shift(by);
        self
    }

    /// Moves the replacement into a text that begins this many bytes earlier.
    pub(super) fn shift(&mut self, by: usize) {
        self.range = self.range.start + by..self.range.end + by;
    }
}

/// Makes the replacements, which are in the order of their ranges and do not overlap.
pub(super) fn applied<'a>(text: &'a str, edits: &[Edit]) -> Cow<'a, str> {
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 256 * edits.len());
    let mut copied = 0;
    for edit in edits {
        result.push_str(&text[copied..edit.range.start]);
        result.push_str(&edit.text);
        copied = edit.range.end;
    }
    result.push_str(&text[copied..]);
    Cow::Owned(result)
}

/// A decoded text that knows where each of its bytes came from.
pub(super) struct Decoded<'a> {
    /// The text without the encoding.
    pub(super) text: Cow<'a, str>,
    starts: Starts,
    encoded_length: usize,
}

/// Where each byte of a decoded text begins in the encoded one.
enum Starts {
    /// Nothing was encoded.
    Same,
    /// At these places, the last of which is its end.
    At(Vec<usize>),
    /// The bytes are no UTF-8, so that a part cannot be told from the others.
    Lost,
}

impl<'a> Decoded<'a> {
    /// Takes a text in which nothing is encoded.
    pub(super) fn plain(text: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            starts: Starts::Same,
            encoded_length: text.len(),
        }
    }

    /// Takes decoded bytes, and as many positions.
    pub(super) fn new(bytes: Vec<u8>, mut starts: Vec<usize>, encoded_length: usize) -> Self {
        starts.push(encoded_length);
        let (text, starts) = match String::from_utf8(bytes) {
            Ok(text) => (text, Starts::At(starts)),
            Err(error) => (
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Starts::Lost,
            ),
        };
        Self {
            text: Cow::Owned(text),
            starts,
            encoded_length,
        }
    }

    /// Carries replacements in the decoded text over to the encoded one.
    pub(super) fn encoded(&self, edits: &[Edit], encode: impl Fn(&str) -> String) -> Vec<Edit> {
        if edits.is_empty() {
            return Vec::new();
        }
        let origin = |range: &Range<usize>| match &self.starts {
            Starts::Same => Some(range.clone()),
            Starts::At(starts) => Some(starts[range.start]..starts[range.end]),
            Starts::Lost => None,
        };
        let carried = edits.iter().map(|edit| {
            let text = encode(&edit.text);
            origin(&edit.range).map(|range| Edit { range, text })
        });
        carried.collect::<Option<_>>().unwrap_or_else(|| {
            let text = encode(&applied(&self.text, edits));
            let range = 0..self.encoded_length;
            vec![Edit { range, text }]
        })
    }
}

/// Whether no encoding writes a text otherwise, as is so of every placeholder.
pub(super) fn is_unreserved(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().all(unreserved)
}
