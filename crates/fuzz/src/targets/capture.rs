//! Files of captures. What is read of one is written, and is then read as what it was.

use grantscope_capture::har::{self, Import, Wanted};
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_capture::{input, jsonl};
use grantscope_oauth::{Exchange, Reader};

use super::exchange::{KEY, PROVIDERS};

/// A HAR file (HAR 1.2), in UTF-8 or UTF-16.
pub(super) fn har(bytes: &[u8]) {
    let Ok(all) = har::import(bytes) else { return };
    is_accounted_for(&all);
    let reader = Reader::new(KEY, std::sync::Arc::clone(&PROVIDERS));
    let some = har::import_wanted(bytes, Wanted::OfOAuth(&reader));
    let skipped = |of: &Import| of.skipped.len() + of.skipped_more;
    let counts = |of: &Import| (of.count, skipped(of), of.exchanges.len());
    let (whole, part) = (counts(&all), some.as_ref().ok().map(counts));
    // An entry that is no part of it is not read to where it is broken, and counts as one that could be read.
    let is_fewer = part.is_some_and(|part| {
        part.0 + part.1 == whole.0 + whole.1 && part.1 <= whole.1 && part.2 <= whole.2
    });
    assert!(
        is_fewer,
        "a file is read as {whole:?}, and in part as {part:?}"
    );
    written_and_read(&all.exchanges);
}

/// A file of mitmproxy's flows, or whatever it turns out to be.
pub(super) fn flows(bytes: &[u8]) {
    if let Ok(import) = input::read(bytes, false, Wanted::All) {
        is_accounted_for(&import);
        written_and_read(&import.exchanges);
    }
}

/// JSON Lines.
pub(super) fn jsonl(bytes: &[u8]) {
    if let Ok(import) = jsonl::read(bytes) {
        is_accounted_for(&import);
        written_and_read(&import.exchanges);
    }
}

/// Each exchange is told from which entry it is, and each entry that gave none is named or counted.
fn is_accounted_for(import: &Import) {
    let (exchanges, entries) = (import.exchanges.len(), import.entries.len());
    assert_eq!((exchanges, entries), (import.count, import.count));
    let skipped = import.skipped.iter();
    assert!(
        skipped
            .clone()
            .all(|it| it.entry > 0 && !it.reason.is_empty())
    );
    let both = skipped
        .clone()
        .find(|it| import.entries.values().any(|entry| *entry == it.entry));
    assert_eq!(both, None, "an entry is read and skipped");
}

/// What is written is read as what was written, in both formats.
fn written_and_read(exchanges: &[Exchange]) {
    let redactor = Redactor::new(KEY);
    let redacted: Vec<Redacted<Exchange>> =
        exchanges.iter().map(|it| redactor.redact(it)).collect();
    let once = through_har(&redacted);
    let again: Vec<_> = once.iter().map(|it| redactor.redact(it)).collect();
    assert_eq!(
        format!("{once:?}"),
        format!("{:?}", through_har(&again)),
        "a HAR file that was written is read as another"
    );
    let mut lines = Vec::new();
    for exchange in &again {
        assert!(jsonl::write(&mut lines, exchange).is_ok());
    }
    let read = jsonl::read(lines.as_slice()).map(|import| import.exchanges);
    assert!(
        read.is_ok_and(|read| format!("{read:?}") == format!("{once:?}")),
        "JSON Lines that were written are read as others"
    );
}

fn through_har(exchanges: &[Redacted<Exchange>]) -> Vec<Exchange> {
    let mut file = Vec::new();
    let written = har::export(&mut file, "0", exchanges, None);
    assert!(written.is_ok());
    let read = har::import(file.as_slice());
    let read = read.map(|import| {
        assert_eq!(import.skipped, [], "an entry of ours is skipped");
        import.exchanges
    });
    read.unwrap_or_else(|error| panic!("a HAR file of ours is refused: {error}"))
}
