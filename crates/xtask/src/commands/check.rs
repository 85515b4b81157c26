//! `cargo xtask check`: what takes seconds, for between two edits.

use crate::cargo;
use crate::step::step;

pub(super) fn run() -> anyhow::Result<()> {
    step("format", cargo::format)?;
    step("lints", cargo::lints)?;
    step("layers and tidiness", cargo::test_xtask)
}
