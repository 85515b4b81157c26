//! `cargo xtask advisories`: known vulnerabilities of the dependencies.
//!
//! Apart from `test`, because the list comes from a network that a test run must not need.

use crate::programs::cargo_deny;
use crate::step::step;

pub(super) fn run() -> anyhow::Result<()> {
    step("install cargo-deny", cargo_deny::install)?;
    step("advisories", || cargo_deny::check(&["advisories"]))
}
