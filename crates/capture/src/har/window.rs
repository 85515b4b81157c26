//! A window on a file that is read once, from front to back: a piece of it in memory, and the place of each byte.

use std::fmt;
use std::io::{self, Read};

/// How much is read at once.
const CHUNK_BYTES: usize = 512 * 1024;

/// A place in a text file, as editors count: lines and, within a line, bytes, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The place behind this text.
    pub(super) fn after(self, text: &[u8]) -> Self {
        match memchr::memrchr(b'\n', text) {
            Some(last) => Self {
                line: self.line + memchr::memchr_iter(b'\n', text).count(),
                column: text.len() - last,
            },
            None => Self {
                line: self.line,
                column: self.column + text.len(),
            },
        }
    }

    /// A place within a text that begins here.
    pub(super) fn within(self, place: Self) -> Self {
        match place.line {
            0 | 1 => Self {
                line: self.line,
                column: self.column + place.column.saturating_sub(1),
            },
            line => Self {
                line: self.line + line - 1,
                column: place.column,
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A piece of a file in memory.
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    /// So many of the bytes are of the file.
    filled: usize,
    /// The next byte.
    at: usize,
    /// Where the bytes begin that must stay in memory.
    kept: Option<usize>,
    kept_bytes_max: usize,
    /// A byte of which the place is known, at or before the next one.
    placed: (usize, Place),
    ended: bool,
}

impl<R: Read> Window<R> {
    /// A window that keeps at most so many bytes when it is asked to.
    pub(super) fn new(input: R, kept_bytes_max: usize) -> Self {
        Self {
            input,
            bytes: vec![0; CHUNK_BYTES],
            filled: 0,
            at: 0,
            kept: None,
            kept_bytes_max,
            placed: (0, Place::START),
            ended: false,
        }
    }

    /// What is in memory from the next byte on: empty at the end of the file alone.
    pub(super) fn rest(&mut self) -> io::Result<&[u8]> {
        while self.at == self.filled && !self.ended {
            self.refill()?;
        }
        Ok(&self.bytes[self.at..self.filled])
    }

    /// Goes on by so many of the bytes in [`rest`](Self::rest).
    pub(super) fn pass(&mut self, count: usize) {
        self.at += count;
    }

    /// Keeps what comes from here on.
    pub(super) fn keep(&mut self) {
        self.kept = Some(self.at);
    }

    /// What was kept; `None` where it was too long.
    pub(super) fn kept(&mut self) -> Option<&[u8]> {
        let kept = self.kept.take()?;
        Some(&self.bytes[kept..self.at])
    }

    /// The place of the next byte.
    pub(super) fn place(&mut self) -> Place {
        let (known, place) = self.placed;
        let place = place.after(&self.bytes[known..self.at]);
        self.placed = (self.at, place);
        place
    }

    fn refill(&mut self) -> io::Result<()> {
        if self
            .kept
            .is_some_and(|kept| self.at - kept > self.kept_bytes_max)
        {
            self.kept = None;
        }
        let begin = self.kept.unwrap_or(self.at);
        self.place();
        self.placed.0 -= begin;
        self.bytes.copy_within(begin..self.filled, 0);
        self.filled -= begin;
        self.at -= begin;
        self.kept = self.kept.map(|_| 0);
        if self.bytes.len() < self.filled + CHUNK_BYTES {
            let doubled = (self.bytes.len() * 2).min(self.kept_bytes_max + 2 * CHUNK_BYTES);
            self.bytes.resize(doubled.max(self.filled + CHUNK_BYTES), 0);
        }
        let read = loop {
            match self.input.read(&mut self.bytes[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_bytes() {
        let place = |line, column| Place { line, column };
        assert_eq!(Place::START.after(b""), place(1, 1));
        assert_eq!(Place::START.after(b"ab\nc"), place(2, 2));
        assert_eq!(place(2, 5).after(b"x\n\n"), place(4, 1));
        assert_eq!(place(2, 5).within(place(1, 3)), place(2, 7));
        assert_eq!(place(2, 5).within(place(3, 3)), place(4, 3));
    }

    #[test]
    fn what_is_kept_is_whole_or_too_long() {
        let text = b"x".repeat(3 * CHUNK_BYTES);
        for (max, expected) in [(4 * CHUNK_BYTES, Some(text.len())), (CHUNK_BYTES, None)] {
            let mut window = Window::new(text.as_slice(), max);
            window.keep();
            loop {
                let length = window.rest().unwrap().len();
                if length == 0 {
                    break;
                }
                window.pass(length);
            }
            assert_eq!(window.kept().map(<[u8]>::len), expected);
            assert_eq!(window.place(), Place::START.after(&text));
        }
    }
}
