use std::fs;
use std::sync::Arc;

use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Digest, ExchangeId, FingerprintKey, Providers, Reader, RequestUrl};
use grantscope_rules::{Case, diagnose};
use jiff::SignedDuration;

use super::*;
use crate::har::sample;
use crate::redact::{Redacted, Redactor};
use crate::report::FindingV1;

mod faults;
mod glance;
mod mention;
mod sharing;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn begun(directory: &Path, name: &str) -> SessionWriter {
    let store = Store::open(directory).unwrap();
    store.begin(name, at(0)).unwrap()
}

/// So many seconds after the beginning of all tests.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

/// An exchange of this number, begun so many seconds after the beginning.
fn numbered(id: u64, seconds: i64) -> Redacted<Exchange> {
    let mut exchange = sample::redacted().next().unwrap().into_inner();
    exchange.id = ExchangeId(id);
    exchange.started_at = at(seconds);
    exchange.request.url = RequestUrl::new(format!("https://as.test/authorize?number={id}"));
    Redactor::keep_secrets().redact(&exchange)
}

fn batch(numbers: impl IntoIterator<Item = u64>) -> Batch {
    let mut batch = Batch::default();
    for number in numbers {
        let exchange = numbered(number, i64::try_from(number).unwrap());
        batch.exchange(&exchange).unwrap();
    }
    batch
}

/// The numbers of the exchanges of a session.
fn numbers(directory: &Path, name: &str) -> Vec<u64> {
    let store = Store::open_to_read(directory).unwrap().unwrap();
    let session = store.session(name).unwrap();
    let import = store.exchanges(&session).unwrap();
    assert_eq!(import.skipped, []);
    import.exchanges.iter().map(|it| it.id.0).collect()
}

fn names(directory: &Path) -> Vec<String> {
    let store = Store::open_to_read(directory).unwrap().unwrap();
    let sessions = store.sessions().unwrap();
    sessions.into_iter().map(|it| it.name).collect()
}

#[test]
fn the_neighbours_of_an_exchange_are_those_that_there_are() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    writer.write(&batch([3, 4, 9])).unwrap();
    begun(directory.path(), "b")
        .write(&batch([1, 5, 12]))
        .unwrap();
    let store = Store::open(directory.path()).unwrap();
    let session = store.key("a").unwrap();
    let neighbours = |number| store.neighbours(session, number).unwrap();
    assert_eq!(neighbours(3), (None, Some(4)));
    assert_eq!(neighbours(4), (Some(3), Some(9)));
    assert_eq!(neighbours(9), (Some(4), None));
    assert_eq!(neighbours(u64::MAX), (Some(9), None));
}

#[test]
fn what_is_written_is_read_back() {
    let directory = directory();
    let mut batch = Batch::default();
    for exchange in sample::redacted() {
        batch.exchange(&exchange).unwrap();
    }
    begun(directory.path(), "monday").write(&batch).unwrap();
    let store = Store::open_to_read(directory.path()).unwrap().unwrap();
    let session = store.session("monday").unwrap();
    let import = store.exchanges(&session).unwrap();
    let expected: Vec<Exchange> = sample::redacted().map(Redacted::into_inner).collect();
    assert_eq!(format!("{:?}", import.exchanges), format!("{expected:?}"));
    assert_eq!(session.exchanges, 2);
    assert_eq!(session.size_bytes, batch.bytes() as u64);
    assert_eq!(session.begun_at, at(0));
}

#[test]
fn a_session_that_is_gone_on_with_goes_on_with_its_ids() {
    let directory = directory();
    let mut writer = begun(directory.path(), "monday");
    assert_eq!(writer.next_exchange(), ExchangeId(1));
    writer.write(&batch([1, 7, 5, 6])).unwrap();
    assert_eq!(writer.next_exchange(), ExchangeId(8));
    drop(writer);
    let mut writer = begun(directory.path(), "monday");
    assert_eq!(writer.next_exchange(), ExchangeId(8));
    writer.write(&batch([8])).unwrap();
    assert_eq!(numbers(directory.path(), "monday"), [1, 5, 6, 7, 8]);
    assert_eq!(names(directory.path()), ["monday"]);
}

#[test]
fn the_latest_session_is_the_one_that_was_written_last() {
    let directory = directory();
    assert!(Store::open_to_read(directory.path()).unwrap().is_none());
    begun(directory.path(), "a").write(&batch([9])).unwrap();
    begun(directory.path(), "b").write(&batch([8])).unwrap();
    assert_eq!(names(directory.path()), ["a", "b"]);
    assert_eq!(numbers(directory.path(), LATEST), [9]);
    let store = Store::open_to_read(directory.path()).unwrap().unwrap();
    let none = store.session("c").unwrap_err().to_string();
    assert!(
        none.contains("“c”") && none.contains("grantscope sessions"),
        "{none}"
    );
}

#[test]
fn a_later_revision_takes_the_place_of_the_earlier_one() {
    let directory = directory();
    let mut writer = begun(directory.path(), "monday");
    writer.write(&batch([1])).unwrap();
    let size = |writer: &SessionWriter| writer.session().unwrap().size_bytes;
    let before = size(&writer);
    for revision in [1, 2] {
        let mut batch = Batch::default();
        batch.finding(&finding(revision)).unwrap();
        writer.write(&batch).unwrap();
        assert_eq!(size(&writer), before + batch.bytes() as u64);
    }
    let written = writer.findings().unwrap();
    let expected = finding(2);
    assert_eq!(written, [serde_json::to_value(&expected).unwrap()]);
    let found = writer.session().unwrap().found;
    assert_eq!(found, [(expected.about().to_owned(), 1)]);
}

/// What is found in the sample, in this revision.
fn finding(revision: u32) -> FindingV1 {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(FingerprintKey::new([7; 32]), Arc::clone(&providers));
    let ledger = Correlator::default();
    let flow = sample::flow();
    for exchange in &flow {
        ledger.observe(Event::Finished(reader.read(exchange)));
    }
    let case = Case::of(ledger.history(), &providers, flow[1].id).unwrap();
    FindingV1::of_diagnosis(&diagnose(&case), revision)
}

#[test]
fn the_newest_exchanges_of_all_sessions_are_the_history() {
    let directory = directory();
    let mut both = ["a", "b"].map(|name| begun(directory.path(), name));
    for number in 1..=6 {
        let writer = &mut both[usize::from(number % 2 == 0)];
        writer.write(&batch([number])).unwrap();
    }
    let mut now = begun(directory.path(), "now");
    now.write(&batch([7])).unwrap();
    let store = Store::open_to_read(directory.path()).unwrap().unwrap();
    let newest = |since, exchanges_max, bytes_max| {
        let beginning = Some(now.beginning());
        let newest = store.newest(at(since), beginning, exchanges_max, bytes_max);
        let newest = newest.unwrap();
        let started = newest
            .iter()
            .map(|it| it.started_at.duration_since(at(0)).as_secs());
        started.collect::<Vec<_>>()
    };
    assert_eq!(newest(0, 100, u64::MAX), [1, 2, 3, 4, 5, 6]);
    assert_eq!(newest(0, 2, u64::MAX), [5, 6]);
    assert_eq!(newest(4, 100, u64::MAX), [4, 5, 6]);
    let all = store.newest(at(0), None, 100, u64::MAX).unwrap();
    assert_eq!(all.len(), 7);
    let one = batch([1]).bytes() as u64;
    assert_eq!(
        newest(0, 100, 2 * one).len(),
        3,
        "the one that exceeds it is the last"
    );
}

#[test]
fn a_page_holds_more_than_one_exchange() {
    let directory = directory();
    let writer = begun(directory.path(), "a");
    let page = (writer.store.connection).pragma_query_value(None, "page_size", |row| row.get(0));
    assert_eq!(page, Ok(8192));
}

#[test]
fn what_is_forgotten_stands_in_no_file() {
    let directory = directory();
    begun(directory.path(), "mine")
        .write(&batch([4711]))
        .unwrap();
    begun(directory.path(), "other").write(&batch([1])).unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    assert!(stands_in_a_file(directory.path(), "number=4711"));
    let mine = store.session("mine").unwrap();
    store.forget(&mine).unwrap();
    assert!(!stands_in_a_file(directory.path(), "number=4711"));
    assert!(stands_in_a_file(directory.path(), "number=1"));
    assert_eq!(names(directory.path()), ["other"]);
}

fn stands_in_a_file(directory: &Path, text: &str) -> bool {
    files(directory).iter().any(|path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(text.len()).any(|it| it == text.as_bytes())
    })
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_file()).collect()
}

fn bounds(age_max_s: u64, bytes_max: u64) -> Bounds {
    Bounds {
        age_max: Duration::from_secs(age_max_s),
        bytes_max,
    }
}

#[test]
fn the_oldest_sessions_go_first_and_none_that_is_being_written() {
    let directory = directory();
    let _writing = {
        let mut writer = begun(directory.path(), "written");
        writer.write(&batch([1])).unwrap();
        writer
    };
    for number in [2, 3, 4, 5] {
        let mut writer = begun(directory.path(), &format!("s{number}"));
        writer.write(&batch([number])).unwrap();
    }
    let one = batch([1]).bytes() as u64;
    let mut store = Store::open(directory.path()).unwrap();
    let now = at(10);
    assert_eq!(
        store.retain(bounds(100, u64::MAX), now).unwrap(),
        [] as [&str; 0]
    );
    assert_eq!(store.retain(bounds(7, u64::MAX), now).unwrap(), ["s2"]);
    assert_eq!(
        store.retain(bounds(100, 2 * one + one / 2), now).unwrap(),
        ["s3"]
    );
    assert_eq!(names(directory.path()), ["s5", "s4", "written"]);
}

#[test]
fn of_a_session_that_is_too_long_the_oldest_exchanges_go_and_are_counted() {
    let directory = directory();
    let mut writer = begun(directory.path(), "long");
    for number in 1..=20 {
        writer.write(&batch([number])).unwrap();
    }
    let one = batch([1]).bytes() as u64;
    let far = at(0) + SignedDuration::from_hours(1);
    writer
        .retain(bounds(u64::from(u32::MAX), 10 * one + 60), far)
        .unwrap();
    let session = writer.session().unwrap();
    let left = numbers(directory.path(), "long");
    assert_eq!(left.last(), Some(&20));
    assert_eq!(session.dropped, 20 - left.len() as u64);
    assert!((8..=10).contains(&left.len()), "{left:?}");
    assert!(session.size_bytes <= 10 * one + 60, "{session:?}");
    assert_eq!(writer.next_exchange(), ExchangeId(21));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let directory = directory();
    for name in [
        "",
        "..",
        "../x",
        "a/b",
        "a\\b",
        ".hidden",
        "latest",
        "é",
        &"x".repeat(201),
    ] {
        let begun = Store::open(directory.path()).unwrap().begin(name, at(0));
        assert!(matches!(begun, Err(StoreError::Name { .. })), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_session() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let own = directory.path().join("own");
    let mut writer = begun(&own, "mine");
    writer.write(&batch([1])).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files = files(&own);
    assert_eq!(
        files.len(),
        3,
        "the database, its log and the index of that"
    );
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
    assert_eq!(mode(&own), 0o700);
}
