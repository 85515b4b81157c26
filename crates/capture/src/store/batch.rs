//! What is written in one piece: exchanges, and what was found in them.

use grantscope_oauth::Exchange;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, named_params, params};

use super::glance::Granted;
use super::mention::{self, Mention};
use super::rows;
use crate::har::stored;
use crate::redact::Redacted;
use crate::report::FindingV1;

/// What is to be written in one piece.
#[derive(Debug, Default)]
pub struct Batch {
    exchanges: Vec<ExchangeRow>,
    mentions: Vec<Mention>,
    findings: Vec<FindingRow>,
    granted: Vec<Granted>,
    /// How long the entries and the reports are, in bytes.
    bytes: usize,
}

#[derive(Debug)]
struct ExchangeRow {
    number: u64,
    started_at: i64,
    over_at: i64,
    entry: String,
}

#[derive(Debug)]
struct FindingRow {
    exchange: Option<u64>,
    id: String,
    revision: u32,
    about: String,
    report: String,
    kind: String,
    verdict: Option<String>,
    found_at: i64,
    server: Option<String>,
    client: Option<String>,
    grant_name: Option<String>,
    summary: String,
}

impl Batch {
    /// Adds an exchange.
    pub fn exchange(&mut self, exchange: &Redacted<Exchange>) -> serde_json::Result<()> {
        let over_at = exchange.answered_at().unwrap_or(exchange.started_at);
        let entry = stored(exchange)?;
        self.bytes += entry.len();
        self.exchanges.push(ExchangeRow {
            number: exchange.id.0,
            started_at: rows::microseconds(exchange.started_at),
            over_at: rows::microseconds(over_at),
            entry,
        });
        mention::add(&mut self.mentions, exchange);
        Ok(())
    }

    /// Adds a finding, which takes the place of its earlier revision, and gives it as it is written: as JSON.
    pub fn finding(&mut self, finding: &FindingV1) -> serde_json::Result<&str> {
        let report = serde_json::to_string(finding)?;
        self.bytes += report.len();
        self.findings.push(FindingRow {
            exchange: finding.exchange().map(|it| it.id),
            id: finding.id().to_owned(),
            revision: finding.revision(),
            about: finding.about().to_owned(),
            report,
            kind: finding.kind().to_owned(),
            verdict: finding.verdict().map(str::to_owned),
            found_at: rows::microseconds(finding.time()),
            server: finding.server().map(str::to_owned),
            client: finding.client_id().map(str::to_owned),
            grant_name: finding.grant().map(str::to_owned),
            summary: finding.summary().to_owned(),
        });
        Ok(self.findings.last().map_or("", |row| &row.report))
    }

    /// Adds a grant that was granted.
    pub fn granted(&mut self, granted: Granted) {
        self.granted.push(granted);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty() && self.findings.is_empty() && self.granted.is_empty()
    }

    /// How many exchanges are to be written.
    pub fn exchanges(&self) -> usize {
        self.exchanges.len()
    }

    /// How much is to be written, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The numbers of the exchanges.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.exchanges.iter().map(|row| row.number)
    }

    /// Writes the rows of a session.
    pub(super) fn insert(&self, connection: &Connection, session: i64) -> rusqlite::Result<()> {
        let mut insert = ExchangeRow::insert(connection)?;
        for row in &self.exchanges {
            insert.execute(params![session, row.number, row.started_at, row.entry])?;
        }
        mention::insert(connection, session, &self.mentions)?;
        let mut insert = Granted::insert(connection)?;
        for granted in &self.granted {
            granted.written(&mut insert, session)?;
        }
        let mut replaced = 0;
        for row in &self.findings {
            replaced += row.replaces(connection, session)?;
            row.insert(connection, session)?;
        }
        let last = self.exchanges.iter().map(|row| row.over_at).max();
        let bytes = i64::try_from(self.bytes()).unwrap_or(i64::MAX);
        connection
            .prepare_cached(
                "UPDATE session SET size_bytes = max(0, size_bytes + :bytes), written_at = max(written_at, :last)
                 WHERE row = :session",
            )?
            .execute(named_params! {
                ":session": session,
                ":bytes": bytes.saturating_sub(replaced),
                ":last": last.unwrap_or(i64::MIN),
            })?;
        Ok(())
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.exchanges.clear();
        self.mentions.clear();
        self.findings.clear();
        self.granted.clear();
        self.bytes = 0;
    }
}

impl ExchangeRow {
    /// What writes a row: the session, the number, the time and the entry.
    fn insert(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
        connection.prepare_cached(
            "INSERT INTO exchange (session, number, started_at, entry) VALUES (?1, ?2, ?3, ?4)",
        )
    }
}

impl FindingRow {
    fn insert(&self, connection: &Connection, session: i64) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT INTO finding (session, exchange, id, revision, about, report, kind, verdict, found_at, server, client,
                     grant_name, summary)
                 VALUES (:session, :exchange, :id, :revision, :about, :report, :kind, :verdict, :found_at, :server, :client,
                     :grant_name, :summary)
                 ON CONFLICT (session, id) DO UPDATE
                 SET revision = :revision, about = :about, report = :report, verdict = :verdict, summary = :summary
                 WHERE revision <= :revision",
            )?
            .execute(named_params! {
                ":session": session,
                ":exchange": self.exchange,
                ":id": self.id,
                ":revision": self.revision,
                ":about": self.about,
                ":report": self.report,
                ":kind": self.kind,
                ":verdict": self.verdict,
                ":found_at": self.found_at,
                ":server": self.server,
                ":client": self.client,
                ":grant_name": self.grant_name,
                ":summary": self.summary,
            })?;
        Ok(())
    }

    /// How long the revision is whose place it takes, in bytes.
    fn replaces(&self, connection: &Connection, session: i64) -> rusqlite::Result<i64> {
        if self.revision == 1 {
            return Ok(0);
        }
        let length = connection
            .prepare_cached(
                "SELECT octet_length(report) FROM finding WHERE session = :session AND id = :id",
            )?
            .query_row(
                named_params! { ":session": session, ":id": self.id },
                |row| row.get(0),
            )
            .optional()?;
        Ok(length.unwrap_or(0))
    }
}
