//! The flow files of mitmproxy: what `mitmdump -w`, and “Save” in mitmproxy and mitmweb, write.
//!
//! A file is a row of typed netstrings, each a dictionary. It is read by the names of its fields, which have hardly changed
//! since version 2, so that no version of mitmproxy is asked for; files of versions 7 to 12 are alike in all that is read.

mod exchange;
#[cfg(test)]
mod tests;
mod tnetstring;

use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

use self::exchange::exchange;
use self::tnetstring::{Item, LENGTH_DIGITS_MAX, length};
use crate::har::{Collected, ENTRY_BYTES_MAX, Import, Wanted, too_long};

/// Why a file could not be read as flows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The file could not be read at all.
    #[error("the flow file cannot be read")]
    Unreadable(#[from] io::Error),
    /// The file ends too early.
    #[error(
        "the flow file is cut off: it ends at byte {byte}, in the midst of a flow; save or copy it again"
    )]
    Truncated {
        /// The length of the file.
        byte: u64,
    },
    /// The file is no row of netstrings.
    #[error(
        "the flow file is damaged at byte {byte}: no flow of mitmproxy begins there; save or copy it again"
    )]
    Damaged {
        /// The place of the fault, from 0.
        byte: u64,
    },
}

/// Whether a file begins as flows do: with two lengths, of the flow and of the name of its first field.
pub(crate) fn is_flows(start: &[u8]) -> bool {
    let mut parts = start.splitn(3, |byte| *byte == b':');
    let mut is_length = || parts.next().is_some_and(|digits| length(digits).is_some());
    is_length()
        && is_length()
        && parts
            .next()
            .is_some_and(|name| name.first().is_some_and(u8::is_ascii_lowercase))
}

/// Reads a flow file. Flows that are not of HTTP are passed.
pub(crate) fn import(input: impl Read, wanted: Wanted<'_>) -> Result<Import, FlowError> {
    let mut flows = Flows {
        input: BufReader::new(input),
        byte: 0,
        flow: Vec::new(),
    };
    let mut collected = Collected::new(wanted);
    let mut used = false;
    let broken_off = loop {
        match flows.next() {
            Ok(Some(Found::Flow(kind))) => {
                used |= add(&mut collected, Item::new(&flows.flow, kind));
            }
            Ok(Some(Found::TooLong)) => {
                collected.skip_next(too_long());
            }
            Ok(None) => return Ok(collected.finish()),
            Err(error) if used => break error,
            Err(error) => return Err(error),
        }
    };
    collected.skip_next(match broken_off {
        FlowError::Unreadable(error) => return Err(error.into()),
        FlowError::Truncated { byte } => {
            format!("the file ends in it, at byte {byte}; save or copy it again")
        }
        FlowError::Damaged { byte } => {
            format!("the file is damaged at byte {byte}, and what comes behind it is not read")
        }
    });
    Ok(collected.finish())
}

fn add(collected: &mut Collected<'_>, flow: Item<'_>) -> bool {
    let kind = flow.member("type").and_then(Item::text);
    if kind.is_some_and(|kind| kind != "http") {
        collected.pass();
        return true;
    }
    match exchange(flow) {
        Ok(exchange) => collected.take(exchange, false),
        Err(reason) => collected.skip_next(reason),
    }
}

struct Flows<R> {
    input: BufReader<R>,
    /// How much was read.
    byte: u64,
    flow: Vec<u8>,
}

enum Found {
    /// A flow, of a netstring of this type.
    Flow(u8),
    TooLong,
}

impl<R: Read> Flows<R> {
    fn next(&mut self) -> Result<Option<Found>, FlowError> {
        let begin = self.byte;
        self.flow.clear();
        self.take(LENGTH_DIGITS_MAX as u64 + 1, true)?;
        let Some((colon, digits)) = self.flow.split_last() else {
            return Ok(None);
        };
        let (true, Some(length)) = (*colon == b':', length(digits)) else {
            return Err(FlowError::Damaged { byte: begin });
        };
        let rest = length as u64 + 1;
        if length > ENTRY_BYTES_MAX {
            self.byte += io::copy(&mut self.input.by_ref().take(rest), &mut io::sink())?;
            return Ok(Some(Found::TooLong));
        }
        self.flow.clear();
        self.take(rest, false)?;
        if (self.flow.len() as u64) < rest {
            return Err(FlowError::Truncated { byte: self.byte });
        }
        Ok(self.flow.pop().map(Found::Flow))
    }

    /// Reads so many bytes, or up to a colon.
    fn take(&mut self, bytes_max: u64, until_colon: bool) -> Result<(), FlowError> {
        let mut piece = self.input.by_ref().take(bytes_max);
        let read = if until_colon {
            piece.read_until(b':', &mut self.flow)?
        } else {
            piece.read_to_end(&mut self.flow)?
        };
        self.byte += read as u64;
        Ok(())
    }
}
