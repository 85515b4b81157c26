//! What is wrong with a file is told, with the way out, and nothing that was written is lost.

use super::*;

fn open(directory: &Path) -> StoreError {
    Store::open(directory).unwrap_err()
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_a_remedy() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    let below = file.join("data");
    let error = open(&below).to_string();
    assert!(
        error.contains(&*below.to_string_lossy()) && error.contains("--data-dir"),
        "{error}"
    );
}

#[test]
fn a_damaged_database_is_told_to_be_so_and_can_be_deleted() {
    let directory = directory();
    fs::write(file::path(directory.path()), "no database\n".repeat(100)).unwrap();
    let error = open(directory.path());
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(
        error.to_string().contains("sessions forget --all"),
        "{error}"
    );
    let to_read = Store::open_to_read(directory.path()).unwrap_err();
    assert!(matches!(to_read, StoreError::Damaged { .. }), "{to_read:?}");
    delete(directory.path()).unwrap();
    begun(directory.path(), "a").write(&batch([1])).unwrap();
    assert_eq!(numbers(directory.path(), "a"), [1]);
}

#[test]
fn damage_in_the_middle_is_an_error_and_no_panic() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    writer.write(&batch(1..200)).unwrap();
    drop(writer);
    let path = file::path(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    assert!(length > 100_000, "{length}");
    bytes[8192..length].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    let read = Store::open_to_read(directory.path()).and_then(|store| {
        let store = store.unwrap();
        store.exchanges(&store.session("a")?)
    });
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let directory = directory();
    let other = Connection::open(file::path(directory.path())).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    let error = open(directory.path());
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
}

#[test]
fn the_database_of_a_newer_version_is_left_alone() {
    let directory = directory();
    begun(directory.path(), "a").write(&batch([1])).unwrap();
    let newer = Connection::open(file::path(directory.path())).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let error = open(directory.path()).to_string();
    assert!(
        error.contains("newer grantscope") && error.contains("99"),
        "{error}"
    );
}

#[test]
fn where_there_is_no_room_nothing_is_written_and_later_batches_are() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    writer.write(&batch([1])).unwrap();
    let pages = |writer: &SessionWriter, max: i64| {
        let connection = &writer.store.connection;
        connection
            .pragma_update_and_check(None, "max_page_count", max, |row| row.get::<_, i64>(0))
            .unwrap();
    };
    let now: i64 = writer
        .store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    pages(&writer, now);
    let error = writer.write(&batch(2..50)).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert_eq!(numbers(directory.path(), "a"), [1]);
    pages(&writer, now + 100);
    writer.write(&batch([50, 51])).unwrap();
    assert_eq!(numbers(directory.path(), "a"), [1, 50, 51]);
}

/// What SQLite writes to a file without a name is lost when it is closed, and SQLite does not tell.
#[cfg(unix)]
#[test]
fn a_database_that_is_deleted_or_moved_is_told_to_be_gone() {
    for moved in [false, true] {
        let directory = directory();
        let mut writer = begun(directory.path(), "a");
        writer.write(&batch([1])).unwrap();
        let path = file::path(directory.path());
        if moved {
            fs::rename(&path, directory.path().join("elsewhere")).unwrap();
            fs::write(&path, "").unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let error = writer.write(&batch([2])).unwrap_err();
        assert!(matches!(error, StoreError::Gone { .. }), "{error:?}");
        drop(writer);
        delete(directory.path()).unwrap();
        begun(directory.path(), "a").write(&batch([2])).unwrap();
        assert_eq!(numbers(directory.path(), "a"), [2]);
    }
}

#[test]
fn a_row_that_is_no_exchange_is_skipped_and_reported() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    writer.write(&batch([1, 2, 3])).unwrap();
    writer
        .store
        .connection
        .execute("UPDATE exchange SET entry = '{torn' WHERE number = 2", [])
        .unwrap();
    let import = writer.exchanges().unwrap();
    let left: Vec<_> = import.exchanges.iter().map(|it| it.id.0).collect();
    assert_eq!((left, import.skipped.len()), (vec![1, 3], 1));
}

#[test]
fn a_file_that_was_made_and_not_written_is_no_obstacle() {
    let directory = directory();
    fs::write(file::path(directory.path()), "").unwrap();
    assert!(Store::open_to_read(directory.path()).unwrap().is_none());
    begun(directory.path(), "a").write(&batch([1])).unwrap();
    assert_eq!(numbers(directory.path(), "a"), [1]);
}

#[test]
fn a_database_is_read_as_it_stands_whatever_its_path_holds() {
    let directory = directory();
    let odd = directory.path().join("a%20b#c&d=e");
    begun(&odd, "a").write(&batch([1])).unwrap();
    let uri = file::as_it_stands(&file::path(&odd));
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags).unwrap();
    assert_eq!(rows::sessions(&connection).unwrap().len(), 1);
}

/// Who has it open to read goes on with the new one.
#[cfg(unix)]
#[test]
fn a_database_that_is_begun_anew_is_told_from_one_that_is_only_gone() {
    let directory = directory();
    drop(begun(directory.path(), "a"));
    let reading = Store::open(directory.path()).unwrap();
    assert!(!reading.is_replaced());
    delete(directory.path()).unwrap();
    assert!(!reading.is_replaced(), "there is none to go on with");
    drop(begun(directory.path(), "a"));
    assert!(reading.is_replaced());
}
