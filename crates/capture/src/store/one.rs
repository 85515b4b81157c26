//! What is read of a session one by one: an exchange, a finding, the places of a secret.

use grantscope_oauth::Exchange;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{LATEST, Store, StoreError, StoredSession, mention, rows};
use crate::har::{Collected, Import, Wanted};
use crate::report::FindingV1;

/// Stands for a session of this store, so that it need not be looked up by its name again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionKey(pub(super) i64);

impl StoredSession {
    /// What stands for it.
    pub fn key(&self) -> SessionKey {
        SessionKey(self.row)
    }
}

impl Store {
    /// What stands for the session of a name; `latest` is the one that was written last. Nothing of it is counted.
    pub fn key(&self, name: &str) -> Result<SessionKey, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT row FROM session WHERE name = :name OR :name = :latest
                 ORDER BY written_at DESC, row DESC LIMIT 1",
            )
            .and_then(|mut select| {
                let named = named_params! { ":name": name, ":latest": LATEST };
                select.query_row(named, |row| row.get(0)).optional()
            });
        let row = found.map_err(|error| self.failed(error))?;
        row.map(SessionKey)
            .ok_or_else(|| StoreError::no_session(name, &self.directory))
    }

    /// An exchange by its number; `None` where the session has none of it that can be read.
    pub fn exchange(
        &self,
        session: SessionKey,
        number: u64,
    ) -> Result<Option<Exchange>, StoreError> {
        let mut found = self.some_exchanges(session, &[number])?;
        Ok(found.pop())
    }

    /// The exchanges of these numbers, as many of them as there are, in the order of time.
    pub fn some_exchanges(
        &self,
        session: SessionKey,
        numbers: &[u64],
    ) -> Result<Vec<Exchange>, StoreError> {
        let read = numbered(&self.connection, session.0, numbers);
        read.map(|it| it.exchanges)
            .map_err(|error| self.failed(error))
    }

    /// The newest exchanges below a number, the newest first.
    pub fn exchanges_below(
        &self,
        session: SessionKey,
        below: Option<u64>,
        exchanges_max: usize,
    ) -> Result<Vec<Exchange>, StoreError> {
        let numbers = numbers_below(&self.connection, session.0, below, exchanges_max);
        let numbers = numbers.map_err(|error| self.failed(error))?;
        let mut exchanges = self.some_exchanges(session, &numbers)?;
        exchanges.sort_by_key(|it| std::cmp::Reverse(it.id));
        Ok(exchanges)
    }

    /// The numbers of the exchanges that are next to a number in the session: the one below it, and the one above it.
    pub fn neighbours(
        &self,
        session: SessionKey,
        number: u64,
    ) -> Result<(Option<u64>, Option<u64>), StoreError> {
        neighbours(&self.connection, session.0, number).map_err(|error| self.failed(error))
    }

    /// A finding by its id; `None` where the session has none of it that can be read.
    pub fn finding(&self, session: SessionKey, id: &str) -> Result<Option<FindingV1>, StoreError> {
        let report = self
            .connection
            .prepare_cached("SELECT report FROM finding WHERE session = :session AND id = :id")
            .and_then(|mut select| {
                let named = named_params! { ":session": session.0, ":id": id };
                select
                    .query_row(named, |row| row.get::<_, String>(0))
                    .optional()
            });
        let report = report.map_err(|error| self.failed(error))?;
        Ok(report.and_then(|report| serde_json::from_str(&report).ok()))
    }

    /// The numbers of the exchanges that mention a secret, by the six digits that people see of it (`code#7f3a9c`): the first
    /// `exchanges_max` of them.
    pub fn mentions(
        &self,
        session: SessionKey,
        digits: u32,
        exchanges_max: usize,
    ) -> Result<Vec<u64>, StoreError> {
        mention::exchanges(&self.connection, session.0, digits, exchanges_max)
            .map_err(|error| self.failed(error))
    }
}

fn numbered(connection: &Connection, session: i64, numbers: &[u64]) -> rusqlite::Result<Import> {
    let mut statement = connection.prepare_cached(
        "SELECT entry FROM exchange WHERE session = :session AND number = :number",
    )?;
    let mut collected = Collected::new(Wanted::All);
    for number in numbers {
        let mut rows = statement.query(named_params! { ":session": session, ":number": number })?;
        while let Some(row) = rows.next()? {
            rows::collect(row, &mut collected)?;
        }
    }
    Ok(collected.finish())
}

fn numbers_below(
    connection: &Connection,
    session: i64,
    below: Option<u64>,
    exchanges_max: usize,
) -> rusqlite::Result<Vec<u64>> {
    connection
        .prepare_cached(
            "SELECT number FROM exchange WHERE session = :session AND number < :below
             ORDER BY number DESC LIMIT :exchanges_max",
        )?
        .query_map(
            named_params! {
                ":session": session,
                ":below": below.and_then(|it| i64::try_from(it).ok()).unwrap_or(i64::MAX),
                ":exchanges_max": i64::try_from(exchanges_max).unwrap_or(i64::MAX),
            },
            |row| row.get(0),
        )?
        .collect()
}

fn neighbours(
    connection: &Connection,
    session: i64,
    number: u64,
) -> rusqlite::Result<(Option<u64>, Option<u64>)> {
    connection
        .prepare_cached(
            "SELECT
                 (SELECT max(number) FROM exchange WHERE session = :session AND number < :number) AS below,
                 (SELECT min(number) FROM exchange WHERE session = :session AND number > :number) AS above",
        )?
        .query_row(
            named_params! {
                ":session": session,
                ":number": i64::try_from(number).unwrap_or(i64::MAX),
            },
            |row| Ok((row.get("below")?, row.get("above")?)),
        )
}
