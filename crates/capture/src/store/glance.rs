//! What a session holds, at a glance: its findings by the page and by what repeats, chosen by what they are about; and how much
//! went well. Every list is answered by an index alone, however long the reports are.

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, Row, named_params, params};

use super::{SessionKey, Store, StoreError, rows};

/// Which findings are wanted. What is `None` chooses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `diagnosis`, `warning` or `coverage`.
    pub kind: Option<String>,
    /// The id of the cause, warning or gap; `undecided` where no cause stands out.
    pub about: Option<String>,
    /// The verdict on the cause.
    pub verdict: Option<String>,
    /// The issuer or origin of the server.
    pub server: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The grant as people see it: `code#7f3a9c`.
    pub grant: Option<String>,
    /// What the sentence, the id, the grant, the server, the client or the cause contains, in letters of either case.
    pub text: Option<String>,
}

/// A finding at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Names the finding.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// `diagnosis`, `warning` or `coverage`.
    pub kind: String,
    /// What was found.
    pub about: String,
    /// The verdict on the cause.
    pub verdict: Option<String>,
    /// When it was found.
    pub found_at: Timestamp,
    /// The exchange in which it shows.
    pub exchange: Option<u64>,
    /// The issuer or origin of the server.
    pub server: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The grant as people see it.
    pub grant: Option<String>,
    /// What it says, in one sentence.
    pub summary: String,
}

/// Findings that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The newest of them.
    pub newest: Glance,
    /// How many they are.
    pub times: u64,
}

/// Which findings are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Those of one cause, at one server, of one client.
    #[default]
    Cause,
    /// Those of one grant.
    Grant,
    /// None.
    Each,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many are passed over.
    pub after: usize,
    /// How many are wanted.
    pub length: usize,
}

/// How much a session holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Refused grants.
    pub refused: u64,
    /// Warnings.
    pub warned: u64,
    /// What was not seen.
    pub unseen: u64,
    /// Grants that were granted.
    pub granted: u64,
    /// Exchanges that are stored.
    pub exchanges: u64,
}

/// What findings can be chosen by, each with how many it chooses; the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Servers.
    pub servers: Vec<Facet>,
    /// Clients.
    pub clients: Vec<Facet>,
    /// Causes, warnings and gaps.
    pub abouts: Vec<Facet>,
}

/// A value, and how many findings have it.
pub type Facet = (String, u64);

/// A grant that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The exchange.
    pub exchange: u64,
    /// When the answer was complete.
    pub granted_at: Timestamp,
    /// As it is registered: `authorization_code`.
    pub grant_type: String,
    /// The issuer or origin of the server.
    pub server: String,
    /// The client.
    pub client: Option<String>,
    /// The grant as people see it: `code#7f3a9c`.
    pub grant: Option<String>,
}

/// So many values of a kind are offered to choose by.
const FACETS_MAX: i64 = 50;

impl Store {
    /// The findings that are wanted, those that are alike as one: refusals first, then warnings, then what was not seen; each
    /// kind with the newest first.
    pub fn groups(
        &self,
        session: SessionKey,
        filter: &Filter,
        grouping: Grouping,
        span: Span,
    ) -> Result<Vec<Group>, StoreError> {
        groups(&self.connection, session.0, filter, grouping, span)
            .map_err(|error| self.failed(error))
    }

    /// How much a session holds.
    pub fn tally(&self, session: SessionKey) -> Result<Tally, StoreError> {
        tally(&self.connection, session.0).map_err(|error| self.failed(error))
    }

    /// What its findings can be chosen by.
    pub fn facets(&self, session: SessionKey) -> Result<Facets, StoreError> {
        let facet = |column| facet(&self.connection, session.0, column);
        let facets = || {
            Ok(Facets {
                servers: facet("server")?,
                clients: facet("client")?,
                abouts: facet("about")?,
            })
        };
        facets().map_err(|error| self.failed(error))
    }

    /// The grants that were granted last, the newest first.
    pub fn granted(
        &self,
        session: SessionKey,
        granted_max: usize,
    ) -> Result<Vec<Granted>, StoreError> {
        granted(&self.connection, session.0, granted_max).map_err(|error| self.failed(error))
    }
}

/// A finding is wanted. A text is looked for as it is: no character of it stands for others.
const IS_WANTED: &str = "session = :session
    AND (:kind IS NULL OR kind = :kind)
    AND (:about IS NULL OR about = :about)
    AND (:verdict IS NULL OR verdict = :verdict)
    AND (:server IS NULL OR server = :server)
    AND (:client IS NULL OR client = :client)
    AND (:grant IS NULL OR grant_name = :grant)
    AND (:text IS NULL OR instr(lower(summary || ' ' || about || ' ' || id || ' ' || coalesce(grant_name, '') || ' '
        || coalesce(server, '') || ' ' || coalesce(client, '')), lower(:text)) > 0)";

fn groups(
    connection: &Connection,
    session: i64,
    filter: &Filter,
    grouping: Grouping,
    span: Span,
) -> rusqlite::Result<Vec<Group>> {
    connection
        .prepare_cached(&query_of_groups(grouping))?
        .query_map(
            named_params! {
                ":session": session,
                ":kind": filter.kind,
                ":about": filter.about,
                ":verdict": filter.verdict,
                ":server": filter.server,
                ":client": filter.client,
                ":grant": filter.grant,
                ":text": filter.text,
                ":length": i64::try_from(span.length).unwrap_or(i64::MAX),
                ":after": i64::try_from(span.after).unwrap_or(i64::MAX),
            },
            group,
        )?
        .collect()
}

pub(super) fn query_of_groups(grouping: Grouping) -> String {
    let alike = match grouping {
        Grouping::Cause => "kind, about, server, client",
        // What has no grant is alike by its cause.
        Grouping::Grant => "kind, coalesce(grant_name, about), server, client",
        Grouping::Each => "id",
    };
    // Of the rows of a group, all columns are those of the row with the greatest time. The index is named, since another one
    // has the order of ids, and would have every report read.
    format!(
        "SELECT id, revision, kind, about, verdict, max(found_at) AS newest_at, exchange, server, client, grant_name, summary,
             count(*) AS times
         FROM finding INDEXED BY finding_at_a_glance WHERE {IS_WANTED} GROUP BY {alike}
         ORDER BY CASE kind WHEN 'diagnosis' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, newest_at DESC, id
         LIMIT :length OFFSET :after"
    )
}

fn group(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group {
        newest: Glance {
            id: row.get("id")?,
            revision: row.get("revision")?,
            kind: row.get("kind")?,
            about: row.get("about")?,
            verdict: row.get("verdict")?,
            found_at: rows::time(row.get("newest_at")?),
            exchange: row.get("exchange")?,
            server: row.get("server")?,
            client: row.get("client")?,
            grant: row.get("grant_name")?,
            summary: row.get("summary")?,
        },
        times: row.get("times")?,
    })
}

fn tally(connection: &Connection, session: i64) -> rusqlite::Result<Tally> {
    connection
        .prepare_cached(
            "SELECT
                 (SELECT count(*) FROM finding WHERE session = :session AND kind = 'diagnosis') AS refused,
                 (SELECT count(*) FROM finding WHERE session = :session AND kind = 'warning') AS warned,
                 (SELECT count(*) FROM finding WHERE session = :session AND kind = 'coverage') AS unseen,
                 (SELECT count(*) FROM granted WHERE session = :session) AS granted,
                 (SELECT count(*) FROM exchange WHERE session = :session) AS exchanges",
        )?
        .query_row(named_params! { ":session": session }, |row| {
            Ok(Tally {
                refused: row.get("refused")?,
                warned: row.get("warned")?,
                unseen: row.get("unseen")?,
                granted: row.get("granted")?,
                exchanges: row.get("exchanges")?,
            })
        })
}

fn facet(connection: &Connection, session: i64, column: &str) -> rusqlite::Result<Vec<Facet>> {
    let query = format!(
        "SELECT {column}, count(*) AS times FROM finding WHERE session = :session AND {column} IS NOT NULL
         GROUP BY {column} ORDER BY times DESC, {column} LIMIT :facets_max"
    );
    connection
        .prepare_cached(&query)?
        .query_map(
            named_params! { ":session": session, ":facets_max": FACETS_MAX },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect()
}

fn granted(
    connection: &Connection,
    session: i64,
    granted_max: usize,
) -> rusqlite::Result<Vec<Granted>> {
    connection
        .prepare_cached(
            "SELECT exchange, granted_at, grant_type, server, client, grant_name FROM granted
             WHERE session = :session ORDER BY granted_at DESC, row DESC LIMIT :granted_max",
        )?
        .query_map(
            named_params! {
                ":session": session,
                ":granted_max": i64::try_from(granted_max).unwrap_or(i64::MAX),
            },
            |row| {
                Ok(Granted {
                    exchange: row.get("exchange")?,
                    granted_at: rows::time(row.get("granted_at")?),
                    grant_type: row.get("grant_type")?,
                    server: row.get("server")?,
                    client: row.get("client")?,
                    grant: row.get("grant_name")?,
                })
            },
        )?
        .collect()
}

impl Granted {
    /// What writes rows.
    pub(super) fn insert(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
        connection.prepare_cached(
            "INSERT INTO granted (session, exchange, granted_at, grant_type, server, client, grant_name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
    }

    /// Writes it as a row of a session.
    pub(super) fn written(
        &self,
        insert: &mut CachedStatement<'_>,
        session: i64,
    ) -> rusqlite::Result<()> {
        insert.execute(params![
            session,
            self.exchange,
            rows::microseconds(self.granted_at),
            self.grant_type,
            self.server,
            self.client,
            self.grant,
        ])?;
        Ok(())
    }
}
