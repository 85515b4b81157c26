//! `cargo xtask bench`: grantscope beside other proxies, as a table in Markdown.

use crate::cargo;
use crate::step::step;

pub(super) fn run() -> anyhow::Result<()> {
    step("what a request costs, beside other proxies", cargo::bench)
}
