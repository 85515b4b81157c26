//! Stored sessions: one database in a directory that only its owner can read.
//!
//! A session is what one run saw: its exchanges, redacted, and what was found. Whatever was committed survives the end of the
//! process in whatever way, and several processes share the database.

mod batch;
mod bounds;
mod cut;
mod error;
mod file;
mod glance;
mod lock;
mod mention;
mod one;
mod rows;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use grantscope_oauth::Exchange;
use jiff::Timestamp;
use rusqlite::{Connection, named_params};
use serde_json::Value;

use crate::har::Import;

pub use batch::Batch;
pub use bounds::Bounds;
pub use error::StoreError;
pub use glance::{Facet, Facets, Filter, Glance, Granted, Group, Grouping, Span, Tally};
pub use one::SessionKey;
pub use writer::{Beginning, SessionWriter};

use file::Access;
use lock::Lock;

/// The name by which the session that was written last is asked for.
const LATEST: &str = "latest";

/// The database of the sessions.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// The directory in which the database is.
    directory: PathBuf,
    /// The file that was opened.
    file: Option<file::Identity>,
}

/// A session in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Its row.
    row: i64,
    /// Its name.
    pub name: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When its last exchange was over; [`begun_at`](Self::begun_at) where there is none.
    pub written_at: Timestamp,
    /// How many exchanges it holds.
    pub exchanges: u64,
    /// How many of its oldest exchanges were deleted, so that it fitted into its bounds.
    pub dropped: u64,
    /// How long its exchanges and findings are, in bytes.
    pub size_bytes: u64,
    /// The causes and warnings that were found, each with how often, the most frequent first.
    pub found: Vec<(String, u64)>,
}

impl Store {
    /// Opens the database in this directory to write, and makes it where there is none.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let connection = file::open(directory, Access::Write)?;
        // A file that is opened to write is made where it is empty.
        let empty = || StoreError::Foreign {
            path: file::path(directory),
        };
        Ok(Self::of(connection.ok_or_else(empty)?, directory))
    }

    /// Opens the database in this directory to read; `None` where there is none. A directory that cannot be written is no
    /// obstacle.
    pub fn open_to_read(directory: &Path) -> Result<Option<Self>, StoreError> {
        if !file::path(directory).exists() {
            return Ok(None);
        }
        let connection = file::open(directory, Access::Read)?;
        Ok(connection.map(|connection| Self::of(connection, directory)))
    }

    fn of(connection: Connection, directory: &Path) -> Self {
        Self {
            connection,
            file: file::identity(&file::path(directory)),
            directory: directory.to_owned(),
        }
    }

    /// Whether another database is now where this one was opened, because it was deleted or moved and begun anew: what is
    /// written from then on is not seen here.
    pub fn is_replaced(&self) -> bool {
        let there = file::identity(&file::path(&self.directory));
        there.is_some() && there != self.file
    }

    /// Begins a session, or goes on with the one of this name. `now` is when.
    pub fn begin(self, name: &str, now: Timestamp) -> Result<SessionWriter, StoreError> {
        check_name(name)?;
        let lock = Lock::take(&self.directory, name)?;
        let begun = self
            .connection
            .prepare_cached(
                "INSERT INTO session (name, begun_at, written_at) VALUES (:name, :now, :now)
                 ON CONFLICT (name) DO UPDATE SET name = name
                 RETURNING row",
            )
            .and_then(|mut insert| {
                let now = rows::microseconds(now);
                insert.query_row(named_params! { ":name": name, ":now": now }, |row| {
                    row.get(0)
                })
            });
        let row = begun.map_err(|error| self.failed(error))?;
        SessionWriter::new(self, row, name, lock)
    }

    /// The same by a connection of its own, so that this one goes on reading.
    pub fn begin_beside(&self, name: &str, now: Timestamp) -> Result<SessionWriter, StoreError> {
        Self::open(&self.directory)?.begin(name, now)
    }

    /// The sessions, the one that was written last first.
    pub fn sessions(&self) -> Result<Vec<StoredSession>, StoreError> {
        rows::sessions(&self.connection).map_err(|error| self.failed(error))
    }

    /// The session of a name; `latest` is the one that was written last.
    pub fn session(&self, name: &str) -> Result<StoredSession, StoreError> {
        let is_meant = |session: &StoredSession| name == LATEST || session.name == name;
        self.sessions()?
            .into_iter()
            .find(is_meant)
            .ok_or_else(|| StoreError::no_session(name, &self.directory))
    }

    /// The exchanges of a session, in the order of time. What cannot be read is skipped and reported.
    pub fn exchanges(&self, session: &StoredSession) -> Result<Import, StoreError> {
        rows::exchanges(&self.connection, session.row).map_err(|error| self.failed(error))
    }

    /// The last revision of each finding of a session, in the order of the exchanges, as JSON of the schema
    /// [`grantscope.finding/1`](crate::report::SCHEMA).
    pub fn findings(&self, session: &StoredSession) -> Result<Vec<Value>, StoreError> {
        rows::findings(&self.connection, session.row).map_err(|error| self.failed(error))
    }

    /// The newest exchanges of all sessions, in the order of time: those begun after `since` and written before `beginning`, as
    /// many as the bounds allow. What cannot be read is left out.
    pub fn newest(
        &self,
        since: Timestamp,
        beginning: Option<Beginning>,
        exchanges_max: usize,
        bytes_max: u64,
    ) -> Result<Vec<Exchange>, StoreError> {
        let up_to = beginning.map_or(i64::MAX, |it| it.row);
        rows::newest(&self.connection, since, up_to, exchanges_max, bytes_max)
            .map_err(|error| self.failed(error))
    }

    /// Deletes a session, so that nothing of it is left in the files. One that is being written is left alone.
    pub fn forget(&mut self, session: &StoredSession) -> Result<(), StoreError> {
        let _lock = Lock::take(&self.directory, &session.name)?;
        self.delete(session.row)
            .and_then(|()| file::shrink(&self.connection))
            .map_err(|error| self.failed(error))
    }

    fn delete(&self, row: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("DELETE FROM session WHERE row = :row")?
            .execute(named_params! { ":row": row })?;
        Ok(())
    }

    /// Deletes the sessions that were written last more than `age_max` before `now`, and then the oldest ones until all
    /// together are no longer than `bytes_max`. Those that are being written are left alone. Returns the names of the deleted
    /// ones.
    pub fn retain(&mut self, bounds: Bounds, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let mut deleted = Vec::new();
        for session in bounds.surplus(self.sessions()?, now) {
            // Who holds the lock is writing.
            let Ok(_lock) = Lock::take(&self.directory, &session.name) else {
                continue;
            };
            self.delete(session.row)
                .map_err(|error| self.failed(error))?;
            deleted.push(session.name);
        }
        if !deleted.is_empty() {
            file::shrink(&self.connection).map_err(|error| self.failed(error))?;
        }
        Ok(deleted)
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::of(source, &file::path(&self.directory))
    }
}

/// Deletes the database of this directory, whatever it holds: the way out where it is damaged.
pub fn delete(directory: &Path) -> Result<(), StoreError> {
    file::delete(directory)
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let valid = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with('.')
        && name != LATEST;
    if valid {
        return Ok(());
    }
    Err(StoreError::Name {
        name: name.to_owned(),
    })
}

/// The name is that of a file as well, of which systems allow 255 bytes.
const NAME_BYTES_MAX: usize = 200;

/// So long a statement waits for another process that writes.
const BUSY_MAX: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
