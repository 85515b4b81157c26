//! What is listed without reading a session: what is alike is one, a choice is exact, and older tables are brought up.

use super::*;
use crate::store::glance;

/// A database with one finding and the exchanges of the sample.
fn of_the_sample(directory: &Path) {
    let mut batch = Batch::default();
    for exchange in sample::redacted() {
        batch.exchange(&exchange).unwrap();
    }
    batch.finding(&finding(1)).unwrap();
    begun(directory, "old").write(&batch).unwrap();
}

/// The same of the second version, in which each mention of a secret is a row.
fn of_the_second_version(directory: &Path) {
    of_the_sample(directory);
    let connection = Connection::open(file::path(directory)).unwrap();
    connection
        .execute_batch(
            "DROP TABLE mentions; CREATE INDEX exchange_by_time ON exchange (started_at);
             CREATE TABLE mention (
                 session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
                 digest INTEGER NOT NULL,
                 exchange INTEGER NOT NULL,
                 PRIMARY KEY (session, digest, exchange)
             ) STRICT, WITHOUT ROWID;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    for exchange in [3, 5] {
        let row = named_params! { ":digest": code().0.cast_signed(), ":exchange": exchange };
        connection
            .execute("INSERT INTO mention VALUES (1, :digest, :exchange)", row)
            .unwrap();
    }
}

/// The same of the first version.
fn of_the_first_version(directory: &Path) {
    of_the_second_version(directory);
    let connection = Connection::open(file::path(directory)).unwrap();
    connection
        .execute_batch(
            "DROP INDEX finding_at_a_glance; DROP TABLE granted; DROP TABLE mention;
             ALTER TABLE finding DROP COLUMN kind; ALTER TABLE finding DROP COLUMN verdict;
             ALTER TABLE finding DROP COLUMN found_at; ALTER TABLE finding DROP COLUMN server;
             ALTER TABLE finding DROP COLUMN client; ALTER TABLE finding DROP COLUMN grant_name;
             ALTER TABLE finding DROP COLUMN summary; PRAGMA user_version = 1;",
        )
        .unwrap();
}

/// The digest of the code in the sample.
fn code() -> Digest {
    FingerprintKey::new([7; 32]).digest("SplxlOBeZQQYbYS6WxSbIA")
}

/// All that can be asked of a session at a glance.
fn glances(store: &Store, name: &str) -> (Vec<Group>, Tally, Facets, Vec<u64>) {
    let key = store.key(name).unwrap();
    let all = Span {
        after: 0,
        length: 100,
    };
    let groups = store.groups(key, &Filter::default(), Grouping::Cause, all);
    let digits = u32::from_str_radix(&code().to_string(), 16).unwrap();
    (
        groups.unwrap(),
        store.tally(key).unwrap(),
        store.facets(key).unwrap(),
        store.mentions(key, digits, 10).unwrap(),
    )
}

#[test]
fn tables_of_older_versions_are_brought_up_to_this_one() {
    let new = directory();
    of_the_sample(new.path());
    for made in [of_the_first_version, of_the_second_version] {
        let old = directory();
        made(old.path());
        // To read what all versions have, nothing is changed.
        let unchanged = Store::open_to_read(old.path()).unwrap().unwrap();
        assert_eq!(unchanged.session("old").unwrap().exchanges, 2);
        drop(unchanged);
        let upgraded = glances(&Store::open(old.path()).unwrap(), "old");
        assert_eq!(upgraded, glances(&Store::open(new.path()).unwrap(), "old"));
        assert_eq!(upgraded.3, [3, 5], "both exchanges mention the code");
        assert_eq!(tables(old.path()), tables(new.path()));
    }
}

/// The version and the tables and indices of a database.
fn tables(directory: &Path) -> (i64, Vec<String>) {
    let connection = Connection::open(file::path(directory)).unwrap();
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let mut statement = connection
        .prepare("SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    (version.unwrap(), names.map(Result::unwrap).collect())
}

#[test]
fn what_is_alike_is_one_and_the_newest_stands_for_it() {
    let directory = directory();
    let mut batch = Batch::default();
    let mut about = |id: &str, client: &str, second: i64| {
        let FindingV1::Diagnosis(mut report) = finding(1) else {
            panic!("the sample is refused");
        };
        report.id = id.to_owned();
        report.client_id = Some(client.to_owned());
        report.time = at(second);
        batch.finding(&FindingV1::Diagnosis(report)).unwrap();
    };
    about("a", "web", 1);
    about("b", "web", 3);
    about("c", "web", 2);
    about("d", "50%_off", 9);
    begun(directory.path(), "s").write(&batch).unwrap();
    let store = Store::open(directory.path()).unwrap();
    let key = store.key("s").unwrap();
    let listed = |filter: &Filter, grouping, after, length| {
        let span = Span { after, length };
        let groups = store.groups(key, filter, grouping, span).unwrap();
        let told = groups.into_iter().map(|it| (it.newest.id, it.times));
        told.collect::<Vec<_>>()
    };
    let one = |id: &str, times| (id.to_owned(), times);
    let any = Filter::default();
    assert_eq!(
        listed(&any, Grouping::Cause, 0, 9),
        [one("d", 1), one("b", 3)]
    );
    assert_eq!(
        listed(&any, Grouping::Each, 1, 2),
        [one("b", 1), one("c", 1)]
    );
    let by_text = |text: &str| Filter {
        text: Some(text.to_owned()),
        ..Filter::default()
    };
    assert_eq!(
        listed(&by_text("%_OFF"), Grouping::Each, 0, 9),
        [one("d", 1)]
    );
    assert_eq!(listed(&by_text("_"), Grouping::Each, 0, 9), [one("d", 1)]);
    let facets = store.facets(key).unwrap();
    assert_eq!(
        facets.clients,
        [("web".to_owned(), 3), ("50%_off".to_owned(), 1)]
    );
}

/// Ten thousand reports are tens of megabytes: no list may read them.
#[test]
fn lists_are_answered_by_the_index_alone() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    for grouping in [Grouping::Cause, Grouping::Grant, Grouping::Each] {
        let query = glance::query_of_groups(grouping);
        let mut explain = store
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
            .unwrap();
        // What is not bound is null, which chooses nothing.
        let mut rows = explain.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push_str(&row.get::<_, String>("detail").unwrap());
            plan.push_str("; ");
        }
        assert!(
            plan.contains("USING COVERING INDEX finding_at_a_glance"),
            "{plan}"
        );
    }
}
