//! The lists of what exchanges mention: long ones, those of several sessions, and what is gone.

use grantscope_oauth::placeholder;

use super::*;

/// An exchange that mentions these secrets.
fn mentioning(number: u64, secrets: &[&str]) -> Redacted<Exchange> {
    let mut exchange = numbered(number, 0).into_inner();
    let placeholders = secrets
        .iter()
        .map(|it| placeholder::write("code", &FingerprintKey::new([7; 32]).read(it)));
    let query = placeholders.collect::<Vec<_>>().join("&");
    exchange.request.url = RequestUrl::new(format!("https://as.test/?{query}"));
    exchange.response = None;
    Redactor::keep_secrets().redact(&exchange)
}

fn written(writer: &mut SessionWriter, exchanges: impl IntoIterator<Item = Redacted<Exchange>>) {
    let mut batch = Batch::default();
    for exchange in exchanges {
        batch.exchange(&exchange).unwrap();
    }
    writer.write(&batch).unwrap();
}

/// The exchanges of a session that mention a secret.
fn found(store: &Store, session: &str, secret: &str) -> Vec<u64> {
    let digest = FingerprintKey::new([7; 32]).digest(secret);
    let digits = u32::from_str_radix(&digest.to_string(), 16).unwrap();
    let session = store.key(session).unwrap();
    store.mentions(session, digits, usize::MAX).unwrap()
}

#[test]
fn each_exchange_is_found_by_its_secrets_however_it_was_written() {
    let directory = directory();
    let (mut one, mut other) = (begun(directory.path(), "a"), begun(directory.path(), "b"));
    let number = |number: u64| mentioning(number, &["shared", "shared", &number.to_string()]);
    for single in (1..=400).rev() {
        written(&mut one, [number(single)]);
        written(&mut other, [number(single + 2000)]);
    }
    written(&mut one, (401..=2000).map(number));
    let store = Store::open_to_read(directory.path()).unwrap().unwrap();
    assert_eq!(found(&store, "a", "shared"), (1..=2000).collect::<Vec<_>>());
    assert_eq!(found(&store, "a", "399"), [399]);
    assert_eq!(found(&store, "a", "1999"), [1999]);
    assert_eq!(found(&store, "b", "2400"), [2400]);
    assert_eq!(found(&store, "b", "1999"), [0; 0]);
    let key = store.key("a").unwrap();
    let lists: u32 = store
        .connection
        .query_row(
            "SELECT count(*) FROM mentions WHERE session = ?1",
            [key.0],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        lists, 2,
        "one that is full, and one that was not until the last batch"
    );
}

#[test]
fn what_is_gone_is_not_found() {
    let directory = directory();
    let mut writer = begun(directory.path(), "a");
    written(
        &mut writer,
        (1..=1000).map(|number| mentioning(number, &["x"])),
    );
    let size = writer.session().unwrap().size_bytes;
    let bounds = Bounds {
        age_max: Duration::from_secs(1_000_000),
        bytes_max: size / 2,
    };
    writer.retain(bounds, at(10)).unwrap();
    let left = numbers(directory.path(), "a");
    assert!(left.len() < 1000 && left.last() == Some(&1000));
    assert_eq!(found(&writer.store, "a", "x"), left);
    let mut store = Store::open(directory.path()).unwrap();
    drop(writer);
    let session = store.session("a").unwrap();
    store.forget(&session).unwrap();
    let rows: u32 = store
        .connection
        .query_row("SELECT count(*) FROM mentions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}
