//! Where a session is too long by itself, its oldest exchanges go.

use rusqlite::{Connection, named_params};

/// Which exchanges go: those up to a number.
pub(super) struct Cut {
    up_to: u64,
    exchanges: u64,
    bytes: u64,
}

impl Cut {
    /// So many of the oldest that at least these bytes become free.
    pub(super) fn find(
        connection: &Connection,
        session: i64,
        bytes: u64,
    ) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT number, octet_length(entry) + coalesce((SELECT sum(octet_length(report)) FROM finding
                 WHERE finding.session = :session AND finding.exchange = number), 0)
             FROM exchange WHERE session = :session ORDER BY number",
        )?;
        let mut rows = statement.query(named_params! { ":session": session })?;
        let mut cut = Self {
            up_to: 0,
            exchanges: 0,
            bytes: 0,
        };
        while cut.bytes < bytes
            && let Some(row) = rows.next()?
        {
            cut.up_to = row.get(0)?;
            cut.exchanges += 1;
            cut.bytes += row.get::<_, u64>(1)?;
        }
        Ok(cut)
    }

    /// Deletes them, with what was found in them, and counts them.
    pub(super) fn make(&self, connection: &Connection, session: i64) -> rusqlite::Result<()> {
        let up_to = named_params! { ":session": session, ":up_to": self.up_to };
        connection.execute(
            "DELETE FROM exchange WHERE session = :session AND number <= :up_to",
            up_to,
        )?;
        connection.execute(
            "DELETE FROM granted WHERE session = :session AND exchange <= :up_to",
            up_to,
        )?;
        // What is left of a list is known by its exchanges to be gone.
        connection.execute(
            "DELETE FROM mentions WHERE session = :session AND last <= :up_to",
            up_to,
        )?;
        connection.execute(
            "DELETE FROM finding WHERE session = :session AND exchange <= :up_to",
            up_to,
        )?;
        connection.execute(
            "UPDATE session SET dropped = dropped + :exchanges, size_bytes = max(0, size_bytes - :bytes)
             WHERE row = :session",
            named_params! { ":session": session, ":exchanges": self.exchanges, ":bytes": self.bytes },
        )?;
        Ok(())
    }
}
