//! JSON Lines: one HAR entry a line, for `jq` and its like.
//!
//! A line that is broken, or that breaks off, is skipped when the file is read, and reported.

use std::io::{self, BufRead, Write};

use grantscope_oauth::Exchange;
use serde::de::IgnoredAny;

use crate::har::{Collected, ENTRY_BYTES_MAX, Import, RawEntry, Wanted, entry};
use crate::redact::Redacted;

/// Longer lines are skipped: no redacted exchange is that long.
const LINE_BYTES_MAX: u64 = ENTRY_BYTES_MAX as u64;

/// Writes an exchange as one line, in one piece.
pub fn write(mut to: impl Write, exchange: &Redacted<Exchange>) -> io::Result<()> {
    let mut line = serde_json::to_vec(&entry(exchange))?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads the exchanges of a file. Lines that cannot be read are skipped and reported.
pub fn read(from: impl BufRead) -> io::Result<Import> {
    read_wanted(from, Wanted::All)
}

/// Reads of a file the exchanges that are wanted.
pub fn read_wanted(mut from: impl BufRead, wanted: Wanted<'_>) -> io::Result<Import> {
    let mut collected = Collected::new(wanted);
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = io::Read::take(&mut from, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(collected.finish());
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            collected.pass();
        } else if line.ends_with(b"\n") || serde_json::from_slice::<IgnoredAny>(&line).is_ok() {
            collected.add(RawEntry::of_line(&line, number));
        } else {
            collected.skip_next("the line breaks off");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::har::sample;

    fn file() -> Vec<u8> {
        let mut file = Vec::new();
        for exchange in sample::redacted() {
            write(&mut file, &exchange).unwrap();
        }
        file
    }

    #[test]
    fn what_is_written_is_read_back() {
        let import = read(file().as_slice()).unwrap();
        assert_eq!(import.skipped, []);
        let expected: Vec<Exchange> = sample::redacted().map(Redacted::into_inner).collect();
        assert_eq!(format!("{:?}", import.exchanges), format!("{expected:?}"));
    }

    #[test]
    fn wherever_the_file_is_cut_only_the_last_line_is_lost() {
        let file = file();
        let first = file.iter().position(|&byte| byte == b'\n').unwrap();
        for end in (first + 2)..(file.len() - 2) {
            let import = read(&file[..end]).unwrap();
            assert!(!import.exchanges.is_empty(), "{end}");
            assert!(import.skipped.len() <= 1, "{end}");
            let lost = sample::redacted().count() - import.exchanges.len();
            let lines = file[end..].split(|&byte| byte == b'\n').count() - 1;
            assert!(lost <= lines, "{end}");
        }
    }

    #[test]
    fn a_broken_line_does_not_take_the_others_with_it() {
        let mut text = b"\n{\"torn\":\n\xFF\xFE\n".to_vec();
        text.extend(file());
        let import = read(text.as_slice()).unwrap();
        assert_eq!(import.exchanges.len(), sample::redacted().count());
        let lines: Vec<usize> = import.skipped.iter().map(|skipped| skipped.entry).collect();
        assert_eq!(lines, [2, 3]);
    }
}
