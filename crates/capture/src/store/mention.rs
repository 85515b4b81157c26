//! Which exchanges mention a secret, so that every other place of it is found without reading the session.

use grantscope_oauth::{Digest, Exchange, Headers, placeholder};
use rusqlite::{Connection, named_params};

use crate::har::{Collected, RawEntry, Wanted};
use crate::message::basic;

/// So many secrets of one exchange are remembered. No message of OAuth comes near it.
const DIGESTS_MAX: usize = 64;

/// The digests of the secrets that a redacted exchange mentions, each once, as the table holds them.
pub(super) fn digests(exchange: &Exchange) -> Vec<i64> {
    let mut digests = Vec::new();
    add(&mut digests, exchange.request.url.as_str());
    of_headers(&mut digests, &exchange.request.headers);
    add(&mut digests, &exchange.request.body.text());
    if let Some(response) = &exchange.response {
        of_headers(&mut digests, &response.headers);
        add(&mut digests, &response.body.text());
    }
    digests.sort_unstable();
    digests.dedup();
    digests.truncate(DIGESTS_MAX);
    digests
}

fn of_headers(digests: &mut Vec<i64>, headers: &Headers) {
    for (name, value) in headers.iter() {
        match basic(name, value) {
            Some((_, secret)) => add(digests, &secret),
            None => add(digests, value),
        }
    }
}

fn add(digests: &mut Vec<i64>, text: &str) {
    let mut rest = text;
    while let Some(range) = placeholder::find(rest) {
        let found = placeholder::parse(&rest[range.clone()]);
        digests.extend(found.map(|it| stored(it.fingerprint.digest)));
        rest = &rest[range.end..];
    }
}

/// A digest as the table holds it. Integers of `SQLite` have a sign.
fn stored(digest: Digest) -> i64 {
    digest.0.cast_signed()
}

/// Writes what an exchange mentions.
pub(super) fn insert(
    connection: &Connection,
    session: i64,
    exchange: u64,
    digests: &[i64],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO mention (session, digest, exchange) VALUES (:session, :digest, :exchange)",
    )?;
    for digest in digests {
        insert.execute(named_params! {
            ":session": session,
            ":digest": digest,
            ":exchange": exchange,
        })?;
    }
    Ok(())
}

/// The numbers of the exchanges that mention a secret whose name, as people see it, has these six digits; the first ones.
pub(super) fn exchanges(
    connection: &Connection,
    session: i64,
    digits: u32,
    exchanges_max: usize,
) -> rusqlite::Result<Vec<u64>> {
    let first = u64::from(digits) << SHOWN_BITS;
    let last = first | ((1 << SHOWN_BITS) - 1);
    connection
        .prepare_cached(
            "SELECT DISTINCT exchange FROM mention
             WHERE session = :session AND digest BETWEEN :first AND :last ORDER BY exchange LIMIT :exchanges_max",
        )?
        .query_map(
            named_params! {
                ":session": session,
                ":first": first.cast_signed(),
                ":last": last.cast_signed(),
                ":exchanges_max": i64::try_from(exchanges_max).unwrap_or(i64::MAX),
            },
            |row| row.get(0),
        )?
        .collect()
}

/// Of the 64 bits of a digest people see the first 24.
const SHOWN_BITS: u32 = 40;

/// Writes what the exchanges mention that were stored before there was this table.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT session, number, entry FROM exchange")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut collected = Collected::new(Wanted::All);
        let entry = row.get_ref("entry")?.as_str()?;
        collected.add(RawEntry::of_line(entry.as_bytes(), 1));
        for exchange in collected.finish().exchanges {
            let (session, number) = (row.get("session")?, row.get("number")?);
            insert(connection, session, number, &digests(&exchange))?;
        }
    }
    Ok(())
}
