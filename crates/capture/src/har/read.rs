//! Why a file could not be read as HAR, and what of it can be used all the same.

use std::io::{self, Read};

use thiserror::Error;

use super::scan::{Fault, Outcome, RawEntry, scan};
use super::utf16::utf8;
use super::window::Place;

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
        "the file is no HAR: line {line}, column {column} is not JSON, which would have {expected} there; save the traffic as “HAR”, not as text, XML or a session archive"
    )]
    NotJson {
        /// The line of the fault.
        line: usize,
        /// The column of the fault.
        column: usize,
        /// What JSON would have there.
        expected: &'static str,
    },
    /// The file is JSON of another kind.
    #[error("the file is JSON but no HAR: it has no “log” with “entries”; save the traffic as HAR")]
    NoEntries,
}

/// Calls `each` with every entry of the file, which tells whether it could use it.
///
/// Where the file breaks off behind entries that could be used, the reason is returned.
pub(super) fn entries(
    input: impl Read,
    mut each: impl FnMut(RawEntry<'_>) -> bool,
) -> Result<Option<String>, HarError> {
    let (mut entries, mut used) = (0, false);
    let outcome = scan(utf8(input)?, &mut |entry| {
        entries += 1;
        used |= each(entry);
    });
    match outcome {
        Ok(Outcome::Entries) => Ok(None),
        Ok(Outcome::Other) => Err(HarError::NoEntries),
        Ok(Outcome::Empty) => Err(HarError::Empty),
        Err(Fault::Unreadable(error)) => Err(error.into()),
        Err(Fault::Ends(place)) if used => Ok(Some(format!(
            "the file ends too early, at {place}; save or copy it again"
        ))),
        Err(Fault::Unexpected(place, expected)) if used => Ok(Some(format!(
            "{place} is not JSON, which would have {expected} there: what comes behind it is not read"
        ))),
        Err(Fault::Ends(Place { line, column })) => Err(HarError::Truncated {
            line,
            column,
            entries,
        }),
        Err(Fault::Unexpected(Place { line, column }, expected)) => Err(HarError::NotJson {
            line,
            column,
            expected,
        }),
    }
}
