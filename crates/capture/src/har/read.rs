//! The entries of a HAR file, one at a time, so that a file larger than the memory can be read.

use std::fmt;
use std::io::{self, BufReader, Cursor, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use thiserror::Error;

use crate::har::repair::Repaired;

/// Why a file could not be read as HAR.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HarError {
    /// The file could not be read at all.
    #[error("the HAR file cannot be read")]
    Unreadable(#[from] io::Error),
    /// The file holds nothing.
    #[error("the file is empty; save the HAR again, with the requests in view")]
    Empty,
    /// The file ends too early.
    #[error(
        "the HAR file is cut off: it ends at line {line}, column {column}, after {entries} complete entries; save or copy it again"
    )]
    Truncated {
        /// The line where it ends.
        line: usize,
        /// The column where it ends.
        column: usize,
        /// How many entries were complete.
        entries: usize,
    },
    /// The file is no JSON.
    #[error(
        "the file is no HAR: line {line}, column {column} is not JSON; save the traffic as “HAR”, not as text, XML or a session archive"
    )]
    NotJson {
        /// The line of the fault.
        line: usize,
        /// The column of the fault.
        column: usize,
        /// The fault.
        source: serde_json::Error,
    },
    /// The file is JSON of another kind.
    #[error("the file is JSON but no HAR: it has no “log” with “entries”; save the traffic as HAR")]
    NoEntries,
}

/// Calls `each` with every entry of the file.
pub(super) fn entries(input: impl Read, mut each: impl FnMut(Value)) -> Result<(), HarError> {
    let input = utf8(input)?;
    let mut seen = Seen {
        count: 0,
        list: false,
        each: &mut |entry| each(entry),
    };
    let mut json = serde_json::Deserializer::from_reader(Repaired::new(input));
    let read = Object(&mut seen)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    match read {
        Ok(()) if seen.list => Ok(()),
        Ok(()) => Err(HarError::NoEntries),
        Err(source) => Err(explained(source, &seen)),
    }
}

fn explained(source: serde_json::Error, seen: &Seen<'_>) -> HarError {
    use serde_json::error::Category;
    let (line, column) = (source.line(), source.column());
    match source.classify() {
        Category::Io => HarError::Unreadable(source.into()),
        Category::Eof if line <= 1 && column == 0 => HarError::Empty,
        Category::Eof => HarError::Truncated {
            line,
            column,
            entries: seen.count,
        },
        Category::Data => HarError::NoEntries,
        Category::Syntax => HarError::NotJson {
            line,
            column,
            source,
        },
    }
}

/// The text as UTF-8 without a byte order mark. UTF-16, which `PowerShell` writes, is converted in memory.
fn utf8<'a>(mut input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let unit: fn([u8; 2]) -> u16 = match start.as_slice() {
        [0xFF, 0xFE, ..] | [b'{', 0, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] | [0, b'{', ..] => u16::from_be_bytes,
        _ => {
            let bom = start.starts_with(&[0xEF, 0xBB, 0xBF]);
            start.drain(..if bom { 3 } else { 0 });
            return Ok(Box::new(Cursor::new(start).chain(BufReader::new(input))));
        }
    };
    input.read_to_end(&mut start)?;
    let units: Vec<u16> = start.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16_lossy(&units);
    let text = text.trim_start_matches('\u{FEFF}').as_bytes().to_vec();
    Ok(Box::new(Cursor::new(text)))
}

struct Seen<'a> {
    count: usize,
    list: bool,
    each: &'a mut dyn FnMut(Value),
}

/// The outermost object, and `log` in it: `entries` may be in either.
struct Object<'a, 'b>(&'a mut Seen<'b>);

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object of a HAR file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "log" => map.next_value_seed(Object(self.0))?,
                "entries" => map.next_value_seed(Entries(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Entries<'a, 'b>(&'a mut Seen<'b>);

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of entries of a HAR file")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.list = true;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.list = true;
        while let Some(entry) = list.next_element::<Value>()? {
            self.0.count += 1;
            (self.0.each)(entry);
        }
        Ok(())
    }
}
