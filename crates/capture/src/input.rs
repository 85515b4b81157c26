//! A capture of any kind: HAR, JSON Lines or flows of mitmproxy, told by what it holds and not by its name.

use std::io::{self, BufReader, Cursor, Read};

use thiserror::Error;

use crate::flow::{self, FlowError};
use crate::har::{HarError, Import, Wanted, import_wanted, utf8};
use crate::jsonl;

/// Why a capture could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file could not be read at all.
    #[error("the file cannot be read")]
    Unreadable(#[from] io::Error),
    /// The file is no HAR.
    #[error(transparent)]
    Har(#[from] HarError),
    /// The file is no file of flows.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The file is of a kind that is known, and not read.
    #[error("the file is {what}; {remedy}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
}

/// How much of a file tells what it is.
const START_BYTES: u64 = 64;

/// The files that are known by their first bytes and cannot be read, each with what it is and what to do.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (
        b"PK\x03\x04",
        "a ZIP archive or a session of Fiddler",
        "unpack it, or export the traffic as HAR",
    ),
    (
        b"\x1f\x8b",
        "compressed by gzip",
        "unpack it by `gunzip` first",
    ),
    (
        b"\x0a\x0d\x0d\x0a",
        "a packet capture",
        "let the traffic go through grantscope, or export it as HAR",
    ),
    (
        b"\xd4\xc3\xb2\xa1",
        "a packet capture",
        "let the traffic go through grantscope, or export it as HAR",
    ),
    (
        b"SQLite format 3\0",
        "a database",
        "export the traffic as HAR",
    ),
    (
        b"%PDF",
        "a PDF",
        "save the traffic as HAR, and not the page",
    ),
];

/// Reads of a capture what is wanted. Entries that cannot be read are skipped and reported.
///
/// `is_lines` says that a file is of JSON Lines, whatever it holds: one in which nothing was seen yet is empty.
pub fn read(
    mut input: impl Read,
    is_lines: bool,
    wanted: Wanted<'_>,
) -> Result<Import, InputError> {
    let mut start = Vec::new();
    input.by_ref().take(START_BYTES).read_to_end(&mut start)?;
    let foreign = FOREIGN.iter().find(|(mark, ..)| start.starts_with(mark));
    if let Some(&(_, what, remedy)) = foreign {
        return Err(InputError::Foreign { what, remedy });
    }
    let (is_lines, is_flows) = (is_lines || holds_lines(&start), flow::is_flows(&start));
    let input = Cursor::new(start).chain(input);
    if is_lines {
        Ok(jsonl::read_wanted(BufReader::new(utf8(input)?), wanted)?)
    } else if is_flows {
        Ok(flow::import(input, wanted)?)
    } else {
        Ok(import_wanted(input, wanted)?)
    }
}

/// An entry begins with the name of its first field, and no HAR does.
fn holds_lines(start: &[u8]) -> bool {
    start
        .trim_ascii_start()
        .starts_with(b"{\"startedDateTime\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_what_it_holds() {
        let read = |bytes: &[u8]| read(bytes, false, Wanted::All);
        let entry = r#"{"startedDateTime":"2026-11-24T10:00:00Z","request":{"method":"GET","url":"https://a.test/"}}"#;
        let har = format!("{{\"log\":{{\"entries\":[{entry}]}}}}");
        let flows = include_bytes!("../tests/flows/mitmproxy-11.mitm");
        assert_eq!(read(har.as_bytes()).unwrap().count, 1);
        assert_eq!(read(entry.as_bytes()).unwrap().count, 1);
        assert_eq!(read(flows).unwrap().count, 3);
    }

    #[test]
    fn what_is_known_and_not_read_is_named_with_the_way_out() {
        let error = read(&b"PK\x03\x04\x14"[..], false, Wanted::All).unwrap_err();
        assert!(
            error.to_string().contains("ZIP") && error.to_string().contains("unpack"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_session_is_no_fault_and_an_empty_file_is_one() {
        assert_eq!(read(&b""[..], true, Wanted::All).unwrap().count, 0);
        assert!(matches!(
            read(&b""[..], false, Wanted::All),
            Err(InputError::Har(HarError::Empty))
        ));
    }
}
