//! Finds the entries of a HAR file by its brackets and quotes, without reading what is in them.
//!
//! An entry that is no JSON therefore ends where it ends, and those behind it are read.

use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::window::{Place, Window};

/// Entries longer than this are not read: no OAuth message is so long, and the memory is bounded.
pub(crate) const ENTRY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An entry as it is in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawEntry<'a> {
    /// Its text; `None` where it is longer than [`ENTRY_BYTES_MAX`].
    pub(crate) text: Option<&'a [u8]>,
    /// Where it begins.
    pub(crate) place: Place,
}

impl<'a> RawEntry<'a> {
    /// The entry that a line of JSON Lines is.
    pub(crate) fn of_line(text: &'a [u8], line: usize) -> Self {
        Self {
            text: Some(text),
            place: Place { line, column: 1 },
        }
    }
}

/// Why the rest of a file cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file itself cannot be read.
    Unreadable(io::Error),
    /// It ends before it is over.
    Ends(Place),
    /// At this place is something else than what JSON would have there.
    Unexpected(Place, &'static str),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has a list of entries.
    Entries,
    /// It is JSON of another kind.
    Other,
    /// It holds nothing.
    Empty,
}

/// Calls `each` with every entry of the file.
///
/// Several files one behind the other are read as one, and a comma too many or too few is no fault.
pub(super) fn scan(input: impl Read, each: &mut dyn FnMut(RawEntry<'_>)) -> Result<Outcome, Fault> {
    let mut scan = Scan {
        window: Window::new(input, ENTRY_BYTES_MAX),
        each,
        has_list: false,
    };
    if scan.next()?.is_none() {
        return Ok(Outcome::Empty);
    }
    while let Some(byte) = scan.next()? {
        match byte {
            b'{' => scan.object(Level::File)?,
            _ => scan.other()?,
        }
    }
    Ok(if scan.has_list {
        Outcome::Entries
    } else {
        Outcome::Other
    })
}

/// `entries` may be in either of the two outermost objects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    File,
    Log,
}

struct Scan<'a, R> {
    window: Window<R>,
    each: &'a mut dyn FnMut(RawEntry<'_>),
    has_list: bool,
}

impl<R: Read> Scan<'_, R> {
    /// The next byte that is no white space.
    fn next(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let rest = self.window.rest()?;
            if rest.is_empty() {
                return Ok(None);
            }
            let length = rest.len();
            let found = rest.iter().position(|byte| !is_space(*byte));
            let byte = found.map(|at| rest[at]);
            self.window.pass(found.unwrap_or(length));
            if byte.is_some() {
                return Ok(byte);
            }
        }
    }

    fn expect_next(&mut self) -> Result<u8, Fault> {
        let next = self.next()?;
        next.ok_or_else(|| self.ends())
    }

    /// The file ends with its last byte.
    fn ends(&mut self) -> Fault {
        let Place { line, column } = self.window.place();
        Fault::Ends(Place {
            line,
            column: column - 1,
        })
    }

    fn unexpected(&mut self, expected: &'static str) -> Fault {
        Fault::Unexpected(self.window.place(), expected)
    }

    /// The file, or its `log`.
    fn object(&mut self, level: Level) -> Result<(), Fault> {
        self.window.pass(1);
        loop {
            match self.expect_next()? {
                b'}' => break self.window.pass(1),
                b',' => self.window.pass(1),
                b'"' => self.member(level)?,
                _ => return Err(self.unexpected("a name in quotes")),
            }
        }
        Ok(())
    }

    fn member(&mut self, level: Level) -> Result<(), Fault> {
        self.window.keep();
        self.string()?;
        let name = self.window.kept().unwrap_or_default();
        let (is_log, is_list) = (name == b"\"log\"", name == b"\"entries\"");
        if self.expect_next()? != b':' {
            return Err(self.unexpected("a colon"));
        }
        self.window.pass(1);
        match self.expect_next()? {
            b'{' if is_log && level == Level::File => self.object(Level::Log),
            b'[' if is_list => self.list(),
            b'n' if is_list => {
                self.has_list = true;
                self.value()
            }
            _ => self.value(),
        }
    }

    fn list(&mut self) -> Result<(), Fault> {
        self.has_list = true;
        self.window.pass(1);
        loop {
            match self.expect_next()? {
                b']' => break self.window.pass(1),
                b',' => self.window.pass(1),
                _ => self.entry()?,
            }
        }
        Ok(())
    }

    fn entry(&mut self) -> Result<(), Fault> {
        let place = self.window.place();
        self.window.keep();
        self.value()?;
        let text = self.window.kept();
        (self.each)(RawEntry { text, place });
        match self.expect_next()? {
            b',' | b']' | b'{' => Ok(()),
            _ => Err(self.unexpected("a comma or the end of the entries")),
        }
    }

    /// Passes what a file begins with that is no HAR.
    fn other(&mut self) -> Result<(), Fault> {
        let place = self.window.place();
        self.window.keep();
        self.value()?;
        let text = self.window.kept().unwrap_or_default();
        match serde_json::from_slice::<IgnoredAny>(text) {
            Ok(_) => Ok(()),
            Err(_) => Err(Fault::Unexpected(place, "a brace")),
        }
    }

    /// Passes a value of any kind.
    fn value(&mut self) -> Result<(), Fault> {
        let mut depth = 0usize;
        loop {
            match self.next_of_structure(depth)? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    self.window.pass(1);
                    depth += 1;
                }
                b'}' | b']' if depth > 0 => {
                    self.window.pass(1);
                    depth -= 1;
                }
                _ => self.scalar()?,
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Within brackets, the next byte that opens or closes something; else the next that is no white space.
    fn next_of_structure(&mut self, depth: usize) -> Result<u8, Fault> {
        if depth == 0 {
            return self.expect_next();
        }
        loop {
            let rest = self.window.rest()?;
            if rest.is_empty() {
                return Err(self.ends());
            }
            let length = rest.len();
            let found = rest.iter().position(|byte| opens_or_closes(*byte));
            let byte = found.map(|at| rest[at]);
            self.window.pass(found.unwrap_or(length));
            if let Some(byte) = byte {
                return Ok(byte);
            }
        }
    }

    /// Passes a text in quotes.
    fn string(&mut self) -> Result<(), Fault> {
        self.window.pass(1);
        let mut is_escaped = false;
        loop {
            let rest = self.window.rest()?;
            if rest.is_empty() {
                return Err(self.ends());
            }
            let length = rest.len();
            match closing_quote(rest, is_escaped) {
                Ok(at) => break self.window.pass(at + 1),
                Err(escaped) => is_escaped = escaped,
            }
            self.window.pass(length);
        }
        Ok(())
    }

    /// Passes a number, a word, or whatever else stands where a value should.
    fn scalar(&mut self) -> Result<(), Fault> {
        let mut is_empty = true;
        loop {
            let rest = self.window.rest()?;
            let length = rest.len();
            let end = rest.iter().position(|byte| ends_scalar(*byte));
            is_empty &= end.unwrap_or(length) == 0;
            self.window.pass(end.unwrap_or(length));
            if is_empty {
                return Err(self.unexpected("a value"));
            }
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

/// Where a text ends; or, where it does not, whether a backslash at its end escapes what comes next.
fn closing_quote(text: &[u8], is_escaped: bool) -> Result<usize, bool> {
    let mut begin = 0;
    let escapes_next = |begin: usize, end: usize| {
        let backslashes = text[begin..end]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        let before = is_escaped && backslashes == end;
        (backslashes % 2 == 1) != before
    };
    while let Some(found) = memchr::memchr(b'"', &text[begin..]) {
        let at = begin + found;
        if !escapes_next(begin, at) {
            return Ok(at);
        }
        begin = at + 1;
    }
    Err(escapes_next(begin, text.len()))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

fn opens_or_closes(byte: u8) -> bool {
    matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
}

fn ends_scalar(byte: u8) -> bool {
    is_space(byte) || opens_or_closes(byte) || matches!(byte, b',' | b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let length = to.len().min(self.1);
            self.0.read(&mut to[..length])
        }
    }

    fn found(text: &[u8], at_once: usize) -> (Vec<(String, Place)>, String) {
        let mut found = Vec::new();
        let outcome = scan(Slow(text, at_once), &mut |entry| {
            let text = String::from_utf8_lossy(entry.text.unwrap()).into_owned();
            found.push((text, entry.place));
        });
        (found, format!("{outcome:?}"))
    }

    #[test]
    fn entries_are_found_with_their_places() {
        let text = br#"{"x": [{"log": "}"}], "log": {"pages": "\\\"]", "entries": [ {"a\"}":
            ["\\"]}, 7, "s" ]}}"#;
        for at_once in [1, 2, 7, 1000] {
            let (entries, outcome) = found(text, at_once);
            let texts: Vec<_> = entries.iter().map(|(text, _)| text.as_str()).collect();
            assert_eq!(outcome, "Ok(Entries)");
            assert!(
                texts[0].starts_with('{') && texts[0].ends_with("[\"\\\\\"]}"),
                "{texts:?}"
            );
            assert_eq!(texts[1..], ["7", "\"s\""]);
            assert_eq!(
                entries[1].1,
                Place {
                    line: 2,
                    column: 22
                }
            );
        }
    }

    #[test]
    fn a_quote_behind_backslashes_closes_where_their_number_is_even() {
        assert_eq!(closing_quote(br#"a\"b"#, false), Err(false));
        assert_eq!(closing_quote(br#"a\\"b"#, false), Ok(3));
        assert_eq!(closing_quote(br#"""#, true), Err(false));
        assert_eq!(closing_quote(br#"\""#, true), Ok(1));
        assert_eq!(closing_quote(br"\", true), Err(false));
        assert_eq!(closing_quote(br"\\", true), Err(true));
        assert_eq!(closing_quote(br#"\"\""#, false), Err(false));
    }

    proptest! {
        #[test]
        fn the_size_of_the_pieces_changes_nothing(text in "\\{\"log\":\\{\"entries\":\\[[\\[\\]{}\"\\\\,: a]{0,60}", at_once in 1usize..9) {
            prop_assert_eq!(found(text.as_bytes(), at_once), found(text.as_bytes(), 1000));
        }
    }
}
