//! A session that is being written.

use grantscope_oauth::ExchangeId;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, named_params};
use serde_json::Value;

use super::cut::Cut;
use super::lock::Lock;
use super::{Batch, Bounds, Store, StoreError, StoredSession, file, rows};
use crate::har::Import;

/// Up to where the store had been written when a session was begun.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// The row of the last exchange.
    pub(super) row: i64,
}

/// A session that is being written. No other process writes it meanwhile.
#[derive(Debug)]
pub struct SessionWriter {
    pub(super) store: Store,
    row: i64,
    name: String,
    beginning: Beginning,
    /// The highest number of an exchange; 0 where there is none.
    highest: u64,
    _lock: Lock,
}

impl SessionWriter {
    pub(super) fn new(store: Store, row: i64, name: &str, lock: Lock) -> Result<Self, StoreError> {
        let known = highest(&store.connection, row)
            .and_then(|highest| Ok((highest, rows::last(&store.connection)?)));
        let (highest, last) = known.map_err(|error| store.failed(error))?;
        Ok(Self {
            store,
            row,
            beginning: Beginning { row: last },
            name: name.to_owned(),
            highest,
            _lock: lock,
        })
    }

    /// The id that the next exchange may have: higher than those that were written, so that a session that is gone on with has
    /// each id once.
    pub fn next_exchange(&self) -> ExchangeId {
        ExchangeId(self.highest.saturating_add(1))
    }

    /// Up to where the store had been written when the session was begun.
    pub fn beginning(&self) -> Beginning {
        self.beginning
    }

    /// Writes a batch. When this returns without an error, it survives the end of the process in whatever way; with an error
    /// nothing of it was written.
    pub fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let path = file::path(&self.store.directory);
        if file::identity(&path) != self.store.file {
            return Err(StoreError::Gone { path });
        }
        let written = self.written(batch);
        written.map_err(|error| self.store.failed(error))
    }

    fn written(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        let connection = &mut self.store.connection;
        // Who reads first and writes later may find that another process wrote in between.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        batch.insert(&transaction, self.row)?;
        transaction.commit()?;
        self.highest = batch.numbers().fold(self.highest, u64::max);
        Ok(())
    }

    /// What has been written of it.
    pub fn session(&self) -> Result<StoredSession, StoreError> {
        self.store.session(&self.name)
    }

    /// The exchanges that have been written, in the order of time.
    pub fn exchanges(&self) -> Result<Import, StoreError> {
        let exchanges = rows::exchanges(&self.store.connection, self.row);
        exchanges.map_err(|error| self.store.failed(error))
    }

    /// The findings that have been written: the last revision of each, as JSON.
    pub fn findings(&self) -> Result<Vec<Value>, StoreError> {
        let findings = rows::findings(&self.store.connection, self.row);
        findings.map_err(|error| self.store.failed(error))
    }

    /// Deletes what is too old or too much: sessions that nobody writes, and then the oldest exchanges of this one. Returns the
    /// names of the deleted sessions.
    pub fn retain(&mut self, bounds: Bounds, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let deleted = self.store.retain(bounds, now)?;
        let surplus = self.session()?.size_bytes.checked_sub(bounds.bytes_max);
        if let Some(surplus) = surplus.filter(|&surplus| surplus > 0) {
            // A tenth more, so that it is not done again at once.
            let trimmed = self.trim(surplus + bounds.bytes_max / 10);
            trimmed.map_err(|error| self.store.failed(error))?;
        }
        Ok(deleted)
    }

    /// Deletes the oldest exchanges, with what was found in them, until so many bytes are free.
    fn trim(&mut self, bytes: u64) -> rusqlite::Result<()> {
        let connection = &mut self.store.connection;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let cut = Cut::find(&transaction, self.row, bytes)?;
        cut.make(&transaction, self.row)?;
        transaction.commit()?;
        file::shrink(connection)
    }
}

fn highest(connection: &Connection, session: i64) -> rusqlite::Result<u64> {
    connection.query_row(
        "SELECT coalesce(max(number), 0) FROM exchange WHERE session = :session",
        named_params! { ":session": session },
        |row| row.get(0),
    )
}
