//! The malformations that a reading comes upon.

use crate::message::Malformation;

/// No message is so broken that more notes would help.
const NOTES_MAX: usize = 64;

/// Collects malformations; each is noted once.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Malformation>);

impl Notes {
    /// Notes a malformation. The text must not hold a secret.
    pub(super) fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        let note = Malformation {
            place: place.into(),
            text: text.into(),
        };
        if self.0.len() < NOTES_MAX && !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Takes over what others collected.
    pub(super) fn extend(&mut self, others: &Self) {
        for Malformation { place, text } in &others.0 {
            self.add(place, text);
        }
    }

    pub(super) fn into_vec(self) -> Vec<Malformation> {
        self.0
    }
}
