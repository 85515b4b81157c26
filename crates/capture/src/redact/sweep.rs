//! The last step: secrets that were found are replaced wherever else they occur in the exchange, however encoded.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;

use grantscope_oauth::{FingerprintKey, Needles, TooCostly, is_token_character, placeholder};
use memchr::memmem::Finder;

use super::edit::{Edit, applied};
use super::found::Found;
use super::words::is_jwt;

/// Replaces the secrets of one exchange in its texts.
pub(super) struct Sweep<'k> {
    key: &'k FingerprintKey,
    needles: Needles,
    placeholders: Vec<String>,
    has_replaced: Cell<bool>,
}

impl<'k> Sweep<'k> {
    /// A sweep for the secrets that were found.
    pub(super) fn new(found: &Found<'k>) -> Self {
        let sought: Vec<_> = found.sought().collect();
        Self {
            key: found.key,
            needles: Needles::new(sought.iter().map(|secret| &*secret.value)),
            placeholders: sought.iter().map(|secret| secret.stands.clone()).collect(),
            has_replaced: Cell::new(false),
        }
    }

    /// Whether anything was replaced.
    pub(super) fn has_replaced(&self) -> bool {
        self.has_replaced.get()
    }

    /// The text without the secrets. The placeholders in it stay as they are.
    ///
    /// A text in which the search would take too long is replaced as a whole.
    pub(super) fn text(&self, text: String) -> String {
        let Ok(edits) = self.edits(&text) else {
            return placeholder::write("text", &self.key.read_plain(&text));
        };
        let text = if edits.is_empty() {
            text
        } else {
            self.has_replaced.set(true);
            applied(&text, &edits).into_owned()
        };
        match self.without_jwts(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(text) => {
                self.has_replaced.set(true);
                text
            }
        }
    }

    fn edits(&self, text: &str) -> Result<Vec<Edit>, TooCostly> {
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(Range { start, end }) = placeholder::find(&text[at..]) {
            self.gap(&text[at..at + start], at, &mut edits)?;
            at += end;
        }
        self.gap(&text[at..], at, &mut edits)?;
        Ok(edits)
    }

    /// The replacements in a text without placeholders, which begins at `at`.
    fn gap(&self, text: &str, at: usize, edits: &mut Vec<Edit>) -> Result<(), TooCostly> {
        let found = self.needles.find(text)?.into_iter().map(|found| Edit {
            range: found.range,
            text: self.placeholders[found.secret].clone(),
        });
        edits.extend(found.map(|edit| edit.shifted(at)));
        Ok(())
    }

    /// Replaces JWTs that stand in texts of which nothing is known.
    fn without_jwts<'t>(&self, text: &'t str) -> Cow<'t, str> {
        static STARTS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("eyJ"));
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(start) = STARTS.find(&text.as_bytes()[at..]) {
            let start = at + start;
            let length = text[start..].find(|c| !is_token_character(c));
            let end = length.map_or(text.len(), |length| start + length);
            let word = &text[start..end];
            if is_jwt(word) && !text[at..start].ends_with(is_token_character) {
                edits.push(Edit {
                    range: start..end,
                    text: placeholder::write("token", &self.key.read(word)),
                });
            }
            at = end;
        }
        applied(text, &edits)
    }
}
