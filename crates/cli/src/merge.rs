//! Several files of one incident, as one history: what the browser saw and what the server saw, each by its own clock.
//!
//! Codes and states that two files have in common tie them. From what is tied follows by how much one clock is ahead of the
//! other: a code is issued before it is received, and received before it is presented; an exchange that both saw took place
//! once; and both may have noted the clock of the same server. Files are shifted onto the clock of the first.

use std::collections::{BTreeMap, BTreeSet};

use grantscope_oauth::{Exchange, ExchangeId, Reader, Reading};
use grantscope_rules::readable;
use jiff::{SignedDuration, Timestamp};

mod clocks;
mod events;
#[cfg(test)]
mod tests;

use clocks::{Offset, offset};
use events::Events;

/// A file and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What people call it.
    pub name: String,
    /// What is in it.
    pub exchanges: Vec<Exchange>,
    /// Which entry of the file each exchange is.
    pub entries: BTreeMap<ExchangeId, usize>,
}

/// Where an exchange comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The name of the file.
    pub file: String,
    /// The entry in it, counted from 1.
    pub entry: usize,
}

/// Several files as one history.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    /// The exchanges of all files, on the clock of the first.
    pub exchanges: Vec<Exchange>,
    /// What was done to the files, in one sentence; `None` where there is one alone.
    pub note: Option<String>,
    /// Where each exchange comes from; nothing where there is one file alone, whose entries have the numbers of exchanges.
    pub origins: BTreeMap<ExchangeId, Origin>,
}

/// Puts files together. One that nothing ties to the others stays as it is.
pub(crate) fn merge(mut sources: Vec<Source>, reader: &Reader) -> Merged {
    let readings: Vec<Vec<Reading>> = read(&sources, reader);
    let mut events: Vec<Events> = sources
        .iter()
        .zip(&readings)
        .map(|(source, readings)| Events::of(&source.exchanges, readings))
        .collect();
    let mut offsets = vec![None; sources.len()];
    let mut known = events.first().cloned().unwrap_or_default();
    while let Some((file, found)) = next(&known, &events, &offsets) {
        if let Offset::Ahead(by) = found {
            events[file].shift(by);
            shift(&mut sources[file].exchanges, by);
        }
        offsets[file] = Some(found);
        drop_known(&mut sources[file].exchanges, &known.seen_by(&events[file]));
        known.extend(&events[file]);
    }
    drop_copies(&mut sources);
    let note = (sources.len() > 1).then(|| note(&sources, &offsets));
    let (exchanges, origins) = numbered(sources);
    Merged {
        exchanges,
        note,
        origins,
    }
}

/// The exchanges of all files. Several files have numbers in common: theirs are made one sequence, in the order of time.
fn numbered(sources: Vec<Source>) -> (Vec<Exchange>, BTreeMap<ExchangeId, Origin>) {
    if sources.len() < 2 {
        let exchanges = sources.into_iter().flat_map(|source| source.exchanges);
        return (exchanges.collect(), BTreeMap::new());
    }
    let mut all: Vec<(Exchange, Origin)> = Vec::new();
    for source in sources {
        let origin = |exchange: &Exchange| Origin {
            file: source.name.clone(),
            entry: source
                .entries
                .get(&exchange.id)
                .copied()
                .unwrap_or_default(),
        };
        let exchanges = source.exchanges.into_iter();
        all.extend(exchanges.map(|exchange| {
            let origin = origin(&exchange);
            (exchange, origin)
        }));
    }
    all.sort_by_key(|(exchange, _)| exchange.started_at);
    let (mut exchanges, mut origins) = (Vec::new(), BTreeMap::new());
    for (number, (mut exchange, origin)) in (1..).zip(all) {
        exchange.id = ExchangeId(number);
        origins.insert(exchange.id, origin);
        exchanges.push(exchange);
    }
    (exchanges, origins)
}

/// The readings of all files. What one file teaches the reader helps to read another, so that each is read twice.
fn read(sources: &[Source], reader: &Reader) -> Vec<Vec<Reading>> {
    let once = || -> Vec<Vec<Reading>> {
        let of = |source: &Source| source.exchanges.iter().map(|it| reader.read(it)).collect();
        sources.iter().map(of).collect()
    };
    if sources.len() < 2 {
        return vec![Vec::new(); sources.len()];
    }
    drop(once());
    once()
}

/// A file that is tied to those whose clocks are known, and by how much it is ahead of them.
fn next(known: &Events, events: &[Events], offsets: &[Option<Offset>]) -> Option<(usize, Offset)> {
    let unknown = (1..events.len()).filter(|at| offsets[*at].is_none());
    unknown
        .into_iter()
        .find_map(|file| Some((file, offset(known, &events[file])?)))
}

fn shift(exchanges: &mut [Exchange], ahead_by: SignedDuration) {
    for exchange in exchanges {
        exchange.started_at = earlier(exchange.started_at, ahead_by);
    }
}

/// A time on a clock that is not ahead. One at the end of time stays there.
fn earlier(time: Timestamp, ahead_by: SignedDuration) -> Timestamp {
    time.checked_sub(ahead_by).unwrap_or(time)
}

/// What two files saw is one exchange: seen twice, a code would be presented twice.
fn drop_known(exchanges: &mut Vec<Exchange>, known: &[usize]) {
    let mut at = 0;
    exchanges.retain(|_| {
        at += 1;
        !known.contains(&(at - 1))
    });
}

/// What was recorded once and is in two files: a session and an export of it, or a file that is named twice.
fn drop_copies(sources: &mut [Source]) {
    let mut earlier_files = BTreeSet::new();
    for source in sources {
        source
            .exchanges
            .retain(|it| !earlier_files.contains(&recorded(it)));
        earlier_files.extend(source.exchanges.iter().map(recorded));
    }
}

/// What tells a recorded exchange from all others: when it began, and what was asked.
fn recorded(exchange: &Exchange) -> (Timestamp, String, String, Vec<u8>) {
    let request = &exchange.request;
    let (method, url) = (request.method.to_string(), request.url.to_string());
    (
        exchange.started_at,
        method,
        url,
        request.body.bytes.to_vec(),
    )
}

fn note(sources: &[Source], offsets: &[Option<Offset>]) -> String {
    let mut parts = vec![format!("{} files merged", sources.len())];
    for (source, offset) in sources.iter().zip(offsets).skip(1) {
        let name = &source.name;
        parts.extend(match offset {
            Some(Offset::Ahead(by)) if by.unsigned_abs().as_millis() >= SAID_MS_MIN => {
                Some(format!("{name} is {}", distance(*by)))
            }
            Some(Offset::Perhaps(by)) => Some(format!(
                "{name} may be {}, which nothing proves: it is left as it is",
                distance(*by)
            )),
            Some(Offset::Contradictory) => Some(format!(
                "the times of {name} contradict the others by any clock: it is left as it is"
            )),
            Some(_) => None,
            None => Some(format!("nothing ties {name} to the others")),
        });
    }
    parts.join("; ")
}

/// A smaller difference is that of two networks, not of two clocks.
const SAID_MS_MIN: u128 = 100;

fn distance(ahead_by: SignedDuration) -> String {
    let direction = if ahead_by.is_negative() {
        "behind"
    } else {
        "ahead"
    };
    format!("{} {direction}", readable(ahead_by.unsigned_abs()))
}
