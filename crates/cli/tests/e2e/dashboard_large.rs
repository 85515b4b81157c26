//! A session of ten thousand findings on the dashboard: pages stay quick, and memory small.

use std::path::Path;

use grantscope_capture::report::FindingV1;
use serde_json::Value;

use crate::support::grantscope::Home;
use crate::support::large;
use crate::support::pages::{Look, Pages};

/// Half as many are findings.
const EXCHANGES: u64 = 20_000;
const TIMES: usize = 7;

/// What is allowed here, where the binary is not optimised and the machine is shared. The aim is a fifth of a second for the
/// log, and a tenth for a filter.
const PAINT_MAX_MS: u64 = 1_000;
const MEMORY_MAX_KIB: u64 = 192 * 1024;

fn capture() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/e2e/capture.har"
    ))
}

/// A finding of the capture.
fn finding(home: &Home) -> FindingV1 {
    let mut analyze = home.command(&["analyze", "--format", "jsonl"]);
    let analyzed = analyze.arg(capture()).output().unwrap();
    let printed = String::from_utf8(analyzed.stdout).unwrap();
    let diagnosis = printed.lines().find(|line| line.contains("\"diagnosis\""));
    serde_json::from_str(diagnosis.expect("the capture has a refusal")).unwrap()
}

#[test]
fn a_large_session_is_shown_at_once() {
    let home = Home::new();
    large::write(&home, "large", capture(), &finding(&home), EXCHANGES);
    let pages = Pages::open(&home, Path::new("large"));
    let look = Look::at(&pages.url, "paint.mjs", &["--times", &TIMES.to_string()]);
    let printed = look.end();
    let painted: Vec<Value> = printed
        .iter()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(painted.len(), TIMES);
    let peak_kib = pages.peak_kib();
    for kind in ["log", "filter"] {
        let of = |what: &str| {
            let mut all: Vec<_> = painted
                .iter()
                .map(|it| it[kind][what].as_u64().unwrap())
                .collect();
            all.sort_unstable();
            all
        };
        println!(
            "{kind}: answered in {:?} ms, painted after {:?} ms",
            of("answered"),
            of("paint")
        );
        assert!(of("paint")[TIMES / 2] < PAINT_MAX_MS, "{kind}: {painted:?}");
        assert!(of("elements")[TIMES - 1] < 5_000, "{kind}: {painted:?}");
    }
    assert!(
        painted.iter().all(|it| it["filter"]["findings"] == 1),
        "{painted:?}"
    );
    println!("peak of the server: {peak_kib:?} KiB");
    assert!(
        peak_kib.is_none_or(|it| it < MEMORY_MAX_KIB),
        "{peak_kib:?} KiB"
    );
}
