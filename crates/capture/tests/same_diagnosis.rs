//! The diagnosis of a redacted capture is that of the raw one: for every scenario of every cause page.
//!
//! That each page has scenarios is a test of `grantscope-rules`.

#![expect(
    clippy::unwrap_used,
    reason = "a page or a file that cannot be read fails the test, and the panic says where"
)]

mod support;

use grantscope_rules::Cause;
use grantscope_testkit::{Scenario, scenarios};

use support::{difference, stored};

fn all() -> Vec<Scenario> {
    let of = |cause: &Cause| scenarios(cause.id(), cause.page().markdown()).unwrap();
    Cause::ALL.iter().flat_map(of).collect()
}

#[test]
fn a_redacted_capture_is_diagnosed_like_the_raw_one() {
    let mut differing = Vec::new();
    for scenario in all() {
        let mut exchanges = scenario.exchanges.clone();
        exchanges.sort_by_key(|exchange| exchange.started_at);
        if let Some(difference) = difference(&exchanges, &stored(&exchanges)) {
            let (page, line) = (&scenario.page, scenario.line);
            differing.push(format!("{page}:{line} {}\n{difference}", scenario.title));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
