use super::*;
use crate::har::{export, sample};

fn store() -> (tempfile::TempDir, SessionStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = SessionStore::open(directory.path().join("a/sessions")).unwrap();
    (directory, store)
}

fn append_all(store: &SessionStore, name: &str) -> PathBuf {
    let mut writer = store.create(name).unwrap();
    for exchange in sample::redacted() {
        writer.append(&exchange).unwrap();
    }
    writer.path().to_owned()
}

#[test]
fn a_session_is_read_as_it_was_written_and_can_be_gone_on_with() {
    let (_directory, store) = store();
    append_all(&store, "monday");
    let path = append_all(&store, "monday");
    assert_eq!(store.resolve("monday").unwrap(), path);
    let import = read(&path).unwrap();
    assert_eq!((import.exchanges.len(), import.skipped.len()), (4, 0));
}

fn numbered(id: u64) -> Redacted<Exchange> {
    let mut exchange = sample::redacted().next().unwrap().into_inner();
    exchange.id = ExchangeId(id);
    exchange.request.url =
        grantscope_oauth::RequestUrl::new("https://a.test/?client_id=\"_grantscope\":{\"id\":9999");
    crate::redact::Redactor::keep_secrets().redact(&exchange)
}

#[test]
fn a_session_that_is_gone_on_with_goes_on_with_its_ids() {
    let (_directory, store) = store();
    let mut writer = store.create("monday").unwrap();
    assert_eq!(writer.next_exchange(), ExchangeId(1));
    for id in [1, 7, 5, 6] {
        writer.append(&numbered(id)).unwrap();
    }
    assert_eq!(writer.next_exchange(), ExchangeId(8));
    let mut writer = store.create("monday").unwrap();
    assert_eq!(writer.next_exchange(), ExchangeId(8));
    writer.append(&numbered(8)).unwrap();
    let ids = |import: Import| {
        import
            .exchanges
            .iter()
            .map(|it| it.id.0)
            .collect::<Vec<_>>()
    };
    let mut ids = ids(read(writer.path()).unwrap());
    ids.sort_unstable();
    assert_eq!(ids, [1, 5, 6, 7, 8]);
}

#[test]
fn the_highest_id_is_found_wherever_the_pieces_of_a_file_begin() {
    let (_directory, store) = store();
    let mut writer = store.create("long").unwrap();
    writer.append(&numbered(u64::MAX - 1)).unwrap();
    let path = writer.path().to_owned();
    let line = fs::read(&path).unwrap();
    let end = usize::try_from(TAIL_BYTES).unwrap();
    // A last line without an id moves the border between two pieces over that of the first line.
    for padding in (end - 80)..(end + 10) {
        let mut file = line.clone();
        file.resize(line.len() + padding, b' ');
        fs::write(&path, file).unwrap();
        let mut file = File::open(&path).unwrap();
        assert_eq!(highest_id(&mut file).unwrap(), u64::MAX - 1, "{padding}");
    }
    for text in [
        "",
        "\"",
        "\"_grantscope\":{\"id\":",
        "\"_grantscope\":{\"id\":99999999999999999999999}",
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(highest_id(&mut File::open(&path).unwrap()).unwrap(), 0);
    }
}

#[test]
fn a_line_that_was_torn_off_does_not_spoil_the_next_one() {
    let (_directory, store) = store();
    let path = append_all(&store, "torn");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 9).unwrap();
    append_all(&store, "torn");
    let import = read(&path).unwrap();
    assert_eq!((import.exchanges.len(), import.skipped.len()), (3, 1));
}

#[test]
fn the_latest_session_is_the_one_that_was_written_last() {
    let (_directory, store) = store();
    assert!(matches!(
        store.resolve(LATEST),
        Err(SessionError::NoSession { .. })
    ));
    let old = append_all(&store, "z");
    append_all(&store, "b");
    fs::write(store.directory.join("notes.txt"), "x").unwrap();
    let yesterday = SystemTime::UNIX_EPOCH;
    File::options()
        .append(true)
        .open(old)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    let names: Vec<_> = store
        .list()
        .unwrap()
        .into_iter()
        .map(|session| session.name)
        .collect();
    assert_eq!(names, ["b", "z"]);
    assert!(store.resolve(LATEST).unwrap().ends_with("b.jsonl"));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let (_directory, store) = store();
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
        assert!(
            matches!(store.create(name), Err(SessionError::Name { .. })),
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_session() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, store) = store();
    let path = append_all(&store, "mine");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&store.directory)), (0o600, 0o700));
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = SessionStore::open(file.join("sessions"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("file/sessions") && error.contains("--data-dir"),
        "{error}"
    );
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flow.har");
    let flow: Vec<_> = sample::redacted().collect();
    replace_file(&path, |to| export(to, "0", &flow, None)).unwrap();
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    let failed = replace_file(&path, |to| {
        to.write_all(b"half")?;
        Err(io::Error::other("full"))
    });
    assert!(failed.unwrap_err().to_string().contains("flow.har"));
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_capture_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.har");
    assert!(matches!(read(&path), Err(SessionError::Unreadable { .. })));
    fs::write(&path, "GET / HTTP/1.1").unwrap();
    assert!(matches!(read(&path), Err(SessionError::NoCapture { .. })));
}
