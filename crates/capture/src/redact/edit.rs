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
pub(super) struct Decoded {
    /// The text without the encoding.
    pub(super) text: String,
    /// Where each byte of the text begins in the encoded one, and where that ends. Empty where the bytes are no UTF-8,
    /// so that a part cannot be told from the others.
    starts: Vec<usize>,
    encoded_length: usize,
}

impl Decoded {
    /// Takes decoded bytes, and as many positions and one more.
    pub(super) fn new(bytes: Vec<u8>, mut starts: Vec<usize>, encoded_length: usize) -> Self {
        starts.push(encoded_length);
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            starts.clear();
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        Self {
            text,
            starts,
            encoded_length,
        }
    }

    /// Carries replacements in the decoded text over to the encoded one.
    pub(super) fn encoded(&self, edits: &[Edit], encode: impl Fn(&str) -> String) -> Vec<Edit> {
        if edits.is_empty() {
            return Vec::new();
        }
        if self.starts.is_empty() {
            let text = encode(&applied(&self.text, edits));
            let range = 0..self.encoded_length;
            return vec![Edit { range, text }];
        }
        let carried = edits.iter().map(|edit| Edit {
            range: self.starts[edit.range.start]..self.starts[edit.range.end],
            text: encode(&edit.text),
        });
        carried.collect()
    }
}
