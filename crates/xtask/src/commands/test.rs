//! `cargo xtask test`: the one command that passes or fails everything.
//!
//! A fresh machine needs a Rust toolchain, a C compiler, Node with npm, and Python.

use super::prepare;
use crate::cargo;
use crate::programs::cargo_deny;
use crate::step::step;

pub(super) fn run() -> anyhow::Result<()> {
    step("format", cargo::format)?;
    step("layers and tidiness", cargo::test_xtask)?;
    prepare::run()?;
    step("lints", cargo::lints)?;
    step("documentation", cargo::documentation)?;
    step("install cargo-deny", cargo_deny::install)?;
    step("dependencies", || {
        cargo_deny::check(&["bans", "licenses", "sources"])
    })?;
    step("build grantscope", cargo::build)?;
    step("tests", cargo::test)
}
