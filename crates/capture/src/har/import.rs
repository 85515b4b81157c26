//! From the entries of a file to exchanges, in the order of time and with numbers.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use grantscope_oauth::{Body, Exchange, ExchangeId, Reader, Relevance, RequestUrl};
use http::Method;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::har::exchange::exchange;
use crate::har::glance::url_of_nothing;
use crate::har::read::{self, HarError};
use crate::har::repair::mended;
use crate::har::scan::{ENTRY_BYTES_MAX, RawEntry};
use crate::har::spec;
use crate::har::window::Place;

/// Which exchanges of a capture are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// Those that belong to the history of OAuth, or may once more is known. Nothing is kept of the others, so that the
    /// memory depends on what matters and not on the length of the file.
    OfOAuth(&'a Reader),
}

/// What a capture holds.
#[derive(Debug, Default)]
pub struct Import {
    /// The exchanges in the order in which they were begun.
    pub exchanges: Vec<Exchange>,
    /// Which entry of the file each exchange is, counted from 1 (in JSON Lines: the line).
    pub entries: BTreeMap<ExchangeId, usize>,
    /// How many exchanges the file holds, with those that were not wanted.
    pub count: usize,
    /// The entries that could not be read: the first of them.
    pub skipped: Vec<Skipped>,
    /// How many more could not be read.
    pub skipped_more: usize,
    /// The endpoints of what was not wanted, as hashes.
    left_out: HashSet<u64>,
}

/// An entry that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which one, counted from 1 (in JSON Lines: the line).
    pub entry: usize,
    /// Why: one sentence in lower case without a full stop.
    pub reason: String,
}

/// So many of the entries that could not be read are named.
const SKIPPED_MAX: usize = 20;

impl Import {
    /// Whether something was not wanted that is, by what the reader has learned since: the capture is to be read again.
    pub fn missed(&self, reader: &Reader) -> bool {
        let learned = reader.learned_endpoints();
        let mut hashes = learned.iter().map(|endpoint| hash(endpoint));
        hashes.any(|hash| self.left_out.contains(&hash))
    }
}

/// Reads a HAR file. Entries that cannot be read are skipped and reported.
pub fn import(input: impl Read) -> Result<Import, HarError> {
    import_wanted(input, Wanted::All)
}

/// Reads of a HAR file what is wanted.
pub fn import_wanted(input: impl Read, wanted: Wanted<'_>) -> Result<Import, HarError> {
    let mut collected = Collected::new(wanted);
    let broken_off = read::entries(input, |entry| collected.add(entry))?;
    if let Some(reason) = broken_off {
        collected.skip_next(reason);
    }
    Ok(collected.finish())
}

/// Entries that were read so far, with the ids that they bring along.
pub(crate) struct Collected<'a> {
    wanted: Wanted<'a>,
    import: Import,
    exchanges: Vec<(usize, Exchange)>,
    entries: usize,
    unnumbered: bool,
}

impl<'a> Collected<'a> {
    pub(crate) fn new(wanted: Wanted<'a>) -> Self {
        Self {
            wanted,
            import: Import::default(),
            exchanges: Vec::new(),
            entries: 0,
            unnumbered: false,
        }
    }

    /// Takes the next entry. Whether it could be used.
    pub(crate) fn add(&mut self, entry: RawEntry<'_>) -> bool {
        let Some(text) = entry.text else {
            return self.skip_next(too_long());
        };
        if let Wanted::OfOAuth(reader) = self.wanted
            && let Some(url) = url_of_nothing(text, reader)
        {
            self.entries += 1;
            self.leave_out(&url);
            return true;
        }
        match parsed(text, entry.place).and_then(|entry| Ok(exchange(entry)?)) {
            Ok((exchange, is_numbered)) => self.take(exchange, is_numbered),
            Err(reason) => self.skip_next(reason),
        }
    }

    /// Takes the exchange of the next entry.
    pub(crate) fn take(&mut self, mut exchange: Exchange, is_numbered: bool) -> bool {
        self.entries += 1;
        let relevance = match self.wanted {
            Wanted::All => Relevance::Whole,
            Wanted::OfOAuth(reader) => reader.relevance(&exchange),
        };
        match relevance {
            Relevance::Whole => {}
            Relevance::UrlAlone => drop_contents(&mut exchange),
            Relevance::Nothing => {
                // A preflight is never of OAuth, wherever it goes.
                if exchange.request.method != Method::OPTIONS {
                    self.leave_out(&exchange.request.url);
                }
                return true;
            }
        }
        self.unnumbered |= !is_numbered;
        self.exchanges.push((self.entries, exchange));
        true
    }

    /// Reports the next entry, which cannot be read.
    pub(crate) fn skip_next(&mut self, reason: impl Into<String>) -> bool {
        self.entries += 1;
        if self.import.skipped.len() < SKIPPED_MAX {
            self.import.skipped.push(Skipped {
                entry: self.entries,
                reason: reason.into(),
            });
        } else {
            self.import.skipped_more += 1;
        }
        false
    }

    /// Counts an entry that is empty.
    pub(crate) fn pass(&mut self) {
        self.entries += 1;
    }

    fn leave_out(&mut self, url: &RequestUrl) {
        self.import.count += 1;
        let is_decided = matches!(self.wanted, Wanted::OfOAuth(reader) if reader.is_endpoint(url));
        if !is_decided {
            self.import.left_out.insert(hash(url.endpoint()));
        }
    }

    /// Brings the exchanges into order, and numbers them unless each brought an id of its own: by their entries, or where the
    /// file has another order than that of time, one after another.
    pub(crate) fn finish(mut self) -> Import {
        let exchanges = &mut self.exchanges;
        exchanges.sort_by_key(|(_, exchange)| exchange.started_at);
        let ids: HashSet<_> = exchanges.iter().map(|(_, exchange)| exchange.id).collect();
        if self.unnumbered || ids.len() < exchanges.len() {
            let is_in_order = exchanges.is_sorted_by_key(|(entry, _)| *entry);
            for (number, (entry, exchange)) in (1..).zip(exchanges) {
                exchange.id = ExchangeId(if is_in_order { *entry as u64 } else { number });
            }
        }
        for (entry, exchange) in self.exchanges {
            self.import.entries.insert(exchange.id, entry);
            self.import.exchanges.push(exchange);
        }
        self.import.count += self.import.exchanges.len();
        self.import
    }
}

/// Why an entry is not read that is longer than [`ENTRY_BYTES_MAX`].
pub(crate) fn too_long() -> String {
    format!("it is longer than {} MiB", ENTRY_BYTES_MAX / 1024 / 1024)
}

/// The entry that a text is. One that has a field twice is read as well, by what comes last.
fn parsed(text: &[u8], place: Place) -> Result<spec::Entry, String> {
    let mended = mended(text);
    let at_once = serde_json::from_slice(&mended).ok();
    let twice = || {
        let value = serde_json::from_slice::<Value>(&mended).ok()?;
        serde_json::from_value(value).ok()
    };
    at_once.or_else(twice).ok_or_else(|| fault(text, place))
}

/// Why an entry is none.
fn fault(text: &[u8], place: Place) -> String {
    match serde_json::from_slice::<IgnoredAny>(text) {
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let place = place.within(Place { line, column });
            format!("it is not JSON at {place}")
        }
        Ok(_) if text.first() == Some(&b'{') => {
            "it holds a number that is too large, or is nested too deeply".to_owned()
        }
        Ok(_) => "it is not an object".to_owned(),
    }
}

/// Of an exchange that only its URL makes matter, the contents are not kept.
fn drop_contents(exchange: &mut Exchange) {
    let drop = |body: &mut Body| {
        body.truncated |= !body.bytes.is_empty();
        body.bytes = bytes::Bytes::new();
        body.coding = None;
    };
    drop(&mut exchange.request.body);
    if let Some(response) = &mut exchange.response {
        drop(&mut response.body);
    }
}

fn hash(endpoint: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    endpoint.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
