//! Several processes share the store; each connection here stands for one.

use std::thread;

use super::*;

#[test]
fn a_session_is_written_by_one_at_a_time() {
    let directory = directory();
    let first = begun(directory.path(), "a");
    let second = Store::open(directory.path()).unwrap().begin("a", at(0));
    let error = second.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    let mut store = Store::open(directory.path()).unwrap();
    let session = store.session("a").unwrap();
    assert!(matches!(
        store.forget(&session),
        Err(StoreError::InUse { .. })
    ));
    drop(first);
    store.forget(&session).unwrap();
    assert!(store.sessions().unwrap().is_empty());
}

#[test]
fn many_that_begin_and_write_at_once_lose_nothing() {
    let directory = directory();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let directory = directory.path().to_owned();
            thread::spawn(move || {
                let mut writer = begun(&directory, &format!("s{thread}"));
                for number in 1..=50 {
                    writer.write(&batch([number])).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    for thread in 0..8 {
        let written = numbers(directory.path(), &format!("s{thread}"));
        assert_eq!(written, (1..=50).collect::<Vec<_>>());
    }
}

#[test]
fn a_reader_sees_what_was_written_while_the_session_goes_on() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    writer.write(&batch([1])).unwrap();
    assert_eq!(numbers(directory.path(), "a"), [1]);
    writer.write(&batch([2])).unwrap();
    assert_eq!(numbers(directory.path(), LATEST), [1, 2]);
}
