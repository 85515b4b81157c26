//! Chromium, which logs in as a person would.

use std::process::Command;

use anyhow::Context as _;

use super::apt;
use crate::run::first_line;

const HOW_TO_INSTALL: &str = "the end-to-end tests need Chromium as `chromium` on the PATH; install it with \
    `apt-get install chromium`, `brew install chromium`, or `winget install Hibbiki.Chromium`";

/// Sees to it that there is one, if need be as the system's packages have it.
pub(crate) fn find() -> anyhow::Result<()> {
    if is_installed() {
        return Ok(());
    }
    apt::install(&["chromium"])?;
    is_installed().then_some(()).context(HOW_TO_INSTALL)
}

fn is_installed() -> bool {
    first_line(Command::new("chromium").arg("--version")).is_some()
}
