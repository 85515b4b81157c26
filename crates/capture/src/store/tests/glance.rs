//! What is listed without reading a session: what is alike is one, a choice is exact, and older tables are brought up.

use super::*;
use crate::store::{glance, schema};

/// A database of the first version, with one finding and the exchanges of the sample.
fn of_the_first_version(directory: &Path) {
    let mut batch = Batch::default();
    for exchange in sample::redacted() {
        batch.exchange(&exchange).unwrap();
    }
    batch.finding(&finding(1)).unwrap();
    begun(directory, "old").write(&batch).unwrap();
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

/// All that can be asked of a session at a glance.
fn glances(store: &Store, name: &str) -> (Vec<Group>, Tally, Facets, Vec<u64>) {
    let key = store.key(name).unwrap();
    let all = Span {
        after: 0,
        length: 100,
    };
    let groups = store.groups(key, &Filter::default(), Grouping::Cause, all);
    let digits = FingerprintKey::new([7; 32]).digest("SplxlOBeZQQYbYS6WxSbIA");
    let digits = u32::from_str_radix(&digits.to_string(), 16).unwrap();
    (
        groups.unwrap(),
        store.tally(key).unwrap(),
        store.facets(key).unwrap(),
        store.mentions(key, digits, 10).unwrap(),
    )
}

#[test]
fn tables_of_the_first_version_are_brought_up_to_this_one() {
    let (old, new) = (directory(), directory());
    of_the_first_version(old.path());
    let mut batch = Batch::default();
    for exchange in sample::redacted() {
        batch.exchange(&exchange).unwrap();
    }
    batch.finding(&finding(1)).unwrap();
    begun(new.path(), "old").write(&batch).unwrap();

    // To read what both versions have, nothing is changed.
    let unchanged = Store::open_to_read(old.path()).unwrap().unwrap();
    assert_eq!(unchanged.session("old").unwrap().exchanges, 2);
    drop(unchanged);
    let upgraded = glances(&Store::open(old.path()).unwrap(), "old");
    assert_eq!(upgraded, glances(&Store::open(new.path()).unwrap(), "old"));
    assert_eq!(upgraded.3, [3, 5], "both exchanges mention the code");
    let again = Connection::open(file::path(old.path())).unwrap();
    assert!(matches!(
        schema::kind(&again).unwrap(),
        schema::Kind::Ours(schema::VERSION)
    ));
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
