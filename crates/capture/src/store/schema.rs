//! The tables, and which version of them a database has.

use rusqlite::{Connection, TransactionBehavior};

use super::mention;

/// Marks a database of grantscope (“gsco”); SQLite keeps it in the header of the file.
pub(super) const APPLICATION_ID: i64 = 0x6773_636f;

/// The version of the tables. A database of an older one is brought up to it step by step.
pub(super) const VERSION: i64 = 3;

/// Exchanges are HAR entries, redacted, without what such an entry says twice. What was not seen is found in no exchange, and kept as long as its session. Times are microseconds since 1970.
const FIRST: &str = "
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

/// What findings are listed and chosen by, beside the report that holds it as well, and an index that alone answers for a list
/// of any length; the grants that were granted; and which exchanges mention a secret.
const SECOND: &str = "
ALTER TABLE finding ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE finding ADD COLUMN verdict TEXT;
ALTER TABLE finding ADD COLUMN found_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN server TEXT;
ALTER TABLE finding ADD COLUMN client TEXT;
ALTER TABLE finding ADD COLUMN grant_name TEXT;
ALTER TABLE finding ADD COLUMN summary TEXT NOT NULL DEFAULT '';

UPDATE finding SET
    kind = coalesce(report ->> '$.kind', ''),
    verdict = report ->> '$.verdict',
    found_at = coalesce(CAST(round(unixepoch(report ->> '$.time', 'subsec') * 1000000) AS INTEGER), 0),
    server = coalesce(report ->> '$.server.issuer', report ->> '$.host'),
    client = report ->> '$.client_id',
    grant_name = report ->> '$.grant.fingerprint',
    summary = coalesce(report ->> '$.summary', '')
WHERE json_valid(report);

CREATE INDEX finding_at_a_glance ON finding (
    session, kind, about, verdict, server, client, grant_name, found_at, exchange, id, revision, summary
);

CREATE TABLE granted (
    row INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    exchange INTEGER NOT NULL,
    granted_at INTEGER NOT NULL,
    grant_type TEXT NOT NULL,
    server TEXT NOT NULL,
    client TEXT,
    grant_name TEXT
) STRICT;

CREATE INDEX granted_by_time ON granted (session, granted_at);

CREATE TABLE mention (
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    digest INTEGER NOT NULL,
    exchange INTEGER NOT NULL,
    PRIMARY KEY (session, digest, exchange)
) STRICT, WITHOUT ROWID;
";

/// Which exchanges mention a secret, in lists in the place of a row for each ([`mention`]). The newest exchanges are found by the
/// order in which they were written.
const THIRD: &str = "
DROP INDEX exchange_by_time;
ALTER TABLE mention RENAME TO mention_before;

CREATE TABLE mentions (
    row INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    list BLOB NOT NULL,
    last INTEGER NOT NULL
) STRICT;

CREATE INDEX mentions_of_session ON mentions (session);
";

/// What is gone once its contents are where they are now.
const LAST: &str = "DROP TABLE mention_before;";

/// What each version changes of the one before it, the first one first.
const STEPS: [&str; 3] = [FIRST, SECOND, THIRD];

/// How long a page of the file is, in bytes. An exchange takes two to four thousand, so that a page of the usual length would hold
/// one and be empty by a third.
const PAGE_BYTES: u32 = 8192;

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
    // They are parts of the file from its first page on, and cannot be had later.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in STEPS {
        transaction.execute_batch(step)?;
    }
    transaction.execute_batch(LAST)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Brings tables of an older version up to this one, in one piece, unless another process was faster.
pub(super) fn upgrade(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Kind::Ours(found) = kind(&transaction)? else {
        return Ok(());
    };
    let known = usize::try_from(found).unwrap_or_default();
    for step in STEPS.iter().skip(known) {
        transaction.execute_batch(step)?;
    }
    match known {
        ..2 => mention::fill(&transaction)?,
        _ => mention::carry_over(&transaction)?,
    }
    transaction.execute_batch(LAST)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
