//! The tables, and which version of them a database has.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a database of grantscope (“gsco”); SQLite keeps it in the header of the file.
pub(super) const APPLICATION_ID: i64 = 0x6773_636f;

/// The version of the tables. A database of an older one is brought up to it step by step.
pub(super) const VERSION: i64 = 1;

/// Exchanges are HAR entries, redacted. What was not seen is found in no exchange, and kept as long as its session. Times are microseconds since 1970.
const TABLES: &str = "
CREATE TABLE session (
    row INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    begun_at INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE exchange (
    row INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    entry TEXT NOT NULL,
    UNIQUE (session, number)
) STRICT;

CREATE INDEX exchange_by_time ON exchange (started_at);

CREATE TABLE finding (
    row INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    exchange INTEGER,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    about TEXT NOT NULL,
    report TEXT NOT NULL,
    UNIQUE (session, id)
) STRICT;
";

/// What a file is.
pub(super) enum Kind {
    /// Nothing has been written yet.
    Empty,
    /// Tables of this version.
    Ours(i64),
    /// The database of another program.
    Foreign,
}

/// What the file of this connection is.
pub(super) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match application {
        APPLICATION_ID => Kind::Ours(version),
        0 if version == 0 && tables == 0 => Kind::Empty,
        _ => Kind::Foreign,
    })
}

/// Makes the tables, unless another process was faster. Needs the lock on making them.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    if !matches!(kind(connection)?, Kind::Empty) {
        return Ok(());
    }
    // It is part of the file from its first page on, and cannot be had later.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
