//! What is read from the tables.

use std::collections::BTreeMap;

use grantscope_oauth::Exchange;
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};
use serde_json::Value;

use super::StoredSession;
use crate::har::{Collected, Import, RawEntry, Wanted};

/// A time as the tables hold it: microseconds since 1970.
pub(super) fn microseconds(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(super) fn time(microseconds: i64) -> Timestamp {
    // What no calendar has was not written by us.
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

/// The sessions, the one that was written last first.
pub(super) fn sessions(connection: &Connection) -> rusqlite::Result<Vec<StoredSession>> {
    let mut found = found(connection)?;
    connection
        .prepare_cached(
            "SELECT row, name, begun_at, written_at, size_bytes, dropped,
                 (SELECT count(*) FROM exchange WHERE exchange.session = session.row) AS exchanges
             FROM session ORDER BY written_at DESC, row DESC",
        )?
        .query_map([], |row| session(row, &mut found))?
        .collect()
}

fn session(row: &Row<'_>, found: &mut Found) -> rusqlite::Result<StoredSession> {
    let number = row.get("row")?;
    Ok(StoredSession {
        row: number,
        name: row.get("name")?,
        begun_at: time(row.get("begun_at")?),
        written_at: time(row.get("written_at")?),
        exchanges: row.get("exchanges")?,
        dropped: row.get("dropped")?,
        size_bytes: row.get("size_bytes")?,
        found: found.remove(&number).unwrap_or_default(),
    })
}

/// By session: what was found, and how often.
type Found = BTreeMap<i64, Vec<(String, u64)>>;

fn found(connection: &Connection) -> rusqlite::Result<Found> {
    let mut statement = connection.prepare_cached(
        "SELECT session, about, count(*) AS times FROM finding
         GROUP BY session, about ORDER BY times DESC, about",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Found::new();
    while let Some(row) = rows.next()? {
        let of_session = found.entry(row.get(0)?).or_default();
        of_session.push((row.get(1)?, row.get(2)?));
    }
    Ok(found)
}

/// The exchanges of a session.
pub(super) fn exchanges(connection: &Connection, session: i64) -> rusqlite::Result<Import> {
    let mut statement = connection.prepare_cached(
        "SELECT entry FROM exchange WHERE session = :session ORDER BY started_at, number",
    )?;
    let mut rows = statement.query(named_params! { ":session": session })?;
    let mut collected = Collected::new(Wanted::All);
    while let Some(row) = rows.next()? {
        collect(row, &mut collected)?;
    }
    Ok(collected.finish())
}

/// Takes the entry of a row; returns how long it is, in bytes.
pub(super) fn collect(row: &Row<'_>, collected: &mut Collected<'_>) -> rusqlite::Result<usize> {
    let entry = row.get_ref("entry")?.as_str()?;
    collected.add(RawEntry::of_line(entry.as_bytes(), 1));
    Ok(entry.len())
}

/// The last revision of each finding of a session, in the order of the exchanges.
pub(super) fn findings(connection: &Connection, session: i64) -> rusqlite::Result<Vec<Value>> {
    let mut statement = connection.prepare_cached(
        "SELECT report FROM finding WHERE session = :session ORDER BY exchange NULLS LAST, row",
    )?;
    let mut rows = statement.query(named_params! { ":session": session })?;
    let mut findings = Vec::new();
    while let Some(row) = rows.next()? {
        findings.extend(serde_json::from_str::<Value>(
            row.get_ref("report")?.as_str()?,
        ));
    }
    Ok(findings)
}

/// The row of the exchange that was written last; 0 where there is none.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(row), 0) FROM exchange", [], |row| {
        row.get(0)
    })
}

/// The newest exchanges of all sessions up to a row, in the order of time: those that were written last.
pub(super) fn newest(
    connection: &Connection,
    since: Timestamp,
    up_to: i64,
    exchanges_max: usize,
    bytes_max: u64,
) -> rusqlite::Result<Vec<Exchange>> {
    let mut statement = connection.prepare_cached(
        "SELECT entry FROM
             (SELECT row, started_at, entry FROM exchange WHERE row <= :up_to ORDER BY row DESC LIMIT :exchanges_max)
         WHERE started_at >= :since ORDER BY row DESC",
    )?;
    let mut rows = statement.query(named_params! {
        ":since": microseconds(since),
        ":up_to": up_to,
        ":exchanges_max": i64::try_from(exchanges_max).unwrap_or(i64::MAX),
    })?;
    let mut collected = Collected::new(Wanted::All);
    let mut read: u64 = 0;
    while let Some(row) = rows.next()? {
        read = read.saturating_add(collect(row, &mut collected)? as u64);
        if read > bytes_max {
            break;
        }
    }
    // They are brought into the order of time there.
    Ok(collected.finish().exchanges)
}
