//! How fast a HAR file is read, beside what `serde_json` takes to check the same bytes: `cargo bench -p grantscope-capture`.
//!
//! One thread reads a generated file from memory, so that no disk is measured. Each figure is the best of several runs.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read ends the benchmark, and the panic says why"
)]

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use grantscope_capture::har::{self, Wanted};
use grantscope_oauth::{FingerprintKey, Providers, Reader};
use grantscope_testkit::BulkHar;
use serde::de::IgnoredAny;
use serde_json::Value;

const FILE_BYTES: u64 = 32 * 1024 * 1024;
const RUNS: usize = 20;

fn main() {
    let mut file = Vec::new();
    BulkHar::new(FILE_BYTES).read_to_end(&mut file).unwrap();
    let report = |what: &str, read: &dyn Fn(&[u8])| {
        let took = (0..RUNS).map(|_| timed(|| read(&file))).min();
        let nanoseconds = took.unwrap_or_default().as_nanos();
        println!(
            "{:>6} MB/s  {what}",
            file.len() as u128 * 1000 / nanoseconds
        );
    };
    report("import of what is of OAuth", &|file| {
        let providers = Arc::new(Providers::embedded());
        let reader = Reader::new(FingerprintKey::new([42; 32]), providers);
        let import = har::import_wanted(file, Wanted::OfOAuth(&reader)).unwrap();
        assert!(!import.exchanges.is_empty() && import.skipped.is_empty());
    });
    report("import of everything", &|file| {
        assert!(har::import(file).unwrap().skipped.is_empty());
    });
    report("serde_json::from_slice::<IgnoredAny>", &|file| {
        serde_json::from_slice::<IgnoredAny>(file).unwrap();
    });
    report("serde_json::from_reader::<IgnoredAny>", &|file| {
        serde_json::from_reader::<_, IgnoredAny>(file).unwrap();
    });
    report("serde_json::from_slice::<Value>", &|file| {
        serde_json::from_slice::<Value>(file).unwrap();
    });
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = now();
    run();
    now() - start
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}
