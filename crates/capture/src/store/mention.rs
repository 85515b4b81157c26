//! Which exchanges mention a secret, so that every other place of it is found without reading the session.
//!
//! They are kept in lists, to which what is written is appended in one piece: a row for each secret would take more than all else
//! that is written of an exchange. Whoever looks for a secret looks through the lists, which is milliseconds for the longest
//! session.

use grantscope_oauth::{Digest, Exchange, Headers, placeholder};
use rusqlite::{Connection, Row, named_params, params};

use crate::har::{Collected, RawEntry, Wanted};
use crate::message::basic;

/// So many secrets of one exchange are remembered. No message of OAuth comes near it.
const MENTIONS_MAX: usize = 64;

/// A list that is longer, in bytes, is not appended to.
const LIST_BYTES: usize = 4096;

/// That an exchange mentions a secret.
///
/// It is held as one number, of which the upper 24 bits are the part of the digest that people see, as in `code#7f3a9c`, and the
/// others are the number of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention(u64);

/// The bits of the number of an exchange.
const NUMBER_BITS: u32 = 40;

/// How long a mention is in a list, in bytes.
const MENTION_BYTES: usize = size_of::<u64>();

impl Mention {
    /// That this exchange mentions a secret with these six digits. A number beyond those of any capture is cut.
    fn new(digits: u32, exchange: u64) -> Self {
        let number = exchange & ((1 << NUMBER_BITS) - 1);
        Self(u64::from(digits) << NUMBER_BITS | number)
    }

    fn digits(self) -> u64 {
        self.0 >> NUMBER_BITS
    }

    fn exchange(self) -> u64 {
        self.0 & ((1 << NUMBER_BITS) - 1)
    }
}

/// Adds what a redacted exchange mentions, each secret once.
pub(super) fn add(mentions: &mut Vec<Mention>, exchange: &Exchange) {
    let before = mentions.len();
    let mut found = |text: &[u8]| {
        let digits = placeholder::digests(text).map(shown);
        mentions.extend(digits.map(|digits| Mention::new(digits, exchange.id.0)));
    };
    found(exchange.request.url.as_str().as_bytes());
    of_headers(&exchange.request.headers, &mut found);
    found(&exchange.request.body.bytes);
    if let Some(response) = &exchange.response {
        of_headers(&response.headers, &mut found);
        found(&response.body.bytes);
    }
    let mut each = mentions.split_off(before);
    each.sort_unstable();
    each.dedup();
    each.truncate(MENTIONS_MAX);
    mentions.append(&mut each);
}

/// The six digits of a digest that people see.
fn shown(digest: Digest) -> u32 {
    let [first, second, third, ..] = digest.0.to_be_bytes();
    u32::from_be_bytes([0, first, second, third])
}

fn of_headers(headers: &Headers, found: &mut impl FnMut(&[u8])) {
    for (name, value) in headers.iter() {
        match basic(name, value) {
            Some((_, secret)) => found(secret.as_bytes()),
            None => found(value.as_bytes()),
        }
    }
}

/// Writes what exchanges mention: behind the last list of the session, or as a new one where that is long.
pub(super) fn insert(
    connection: &Connection,
    session: i64,
    mentions: &[Mention],
) -> rusqlite::Result<()> {
    let Some(last) = mentions.iter().map(|it| it.exchange()).max() else {
        return Ok(());
    };
    let list: Vec<u8> = mentions.iter().flat_map(|it| it.0.to_be_bytes()).collect();
    let appended = connection
        .prepare_cached(
            "UPDATE mentions SET list = CAST(list || ?2 AS BLOB), last = max(last, ?3)
             WHERE row = (SELECT max(row) FROM mentions WHERE session = ?1) AND length(list) < ?4",
        )?
        .execute(params![session, list, last, LIST_BYTES])?;
    if appended == 0 {
        connection
            .prepare_cached("INSERT INTO mentions (session, list, last) VALUES (?1, ?2, ?3)")?
            .execute(params![session, list, last])?;
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
    let mut statement = connection.prepare_cached(
        "SELECT list, (SELECT min(number) FROM exchange WHERE session = :session) AS first
         FROM mentions WHERE session = :session",
    )?;
    let mut rows = statement.query(named_params! { ":session": session })?;
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        numbers.extend(in_list(row, digits)?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(exchanges_max);
    Ok(numbers)
}

/// The exchanges in a list that mention a secret and are still there.
fn in_list(row: &Row<'_>, digits: u32) -> rusqlite::Result<Vec<u64>> {
    let (list, _) = row.get_ref("list")?.as_blob()?.as_chunks::<MENTION_BYTES>();
    let first: Option<u64> = row.get("first")?;
    let found = list
        .iter()
        .map(|bytes| Mention(u64::from_be_bytes(*bytes)))
        .filter(|it| it.digits() == u64::from(digits))
        .map(Mention::exchange)
        .filter(|number| first.is_some_and(|first| *number >= first));
    Ok(found.collect())
}

/// Writes what the exchanges mention that were stored before there were these lists.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("SELECT session, entry FROM exchange ORDER BY session, number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut collected = Collected::new(Wanted::All);
        let entry = row.get_ref("entry")?.as_str()?;
        collected.add(RawEntry::of_line(entry.as_bytes(), 1));
        let mut mentions = Vec::new();
        for exchange in collected.finish().exchanges {
            add(&mut mentions, &exchange);
        }
        insert(connection, row.get("session")?, &mentions)?;
    }
    Ok(())
}

/// Takes over the rows that these lists take the place of: one for each secret of an exchange.
pub(super) fn carry_over(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT session, exchange, digest FROM mention_before ORDER BY session, exchange",
    )?;
    let mut rows = statement.query([])?;
    let mut mentions: Vec<Mention> = Vec::new();
    let mut of = 0;
    while let Some(row) = rows.next()? {
        let session = row.get("session")?;
        if session != of || mentions.len() * MENTION_BYTES >= LIST_BYTES {
            insert(connection, of, &mentions)?;
            mentions.clear();
            of = session;
        }
        let digest = row.get::<_, i64>("digest")?.cast_unsigned();
        mentions.push(Mention::new(shown(Digest(digest)), row.get("exchange")?));
    }
    insert(connection, of, &mentions)
}
