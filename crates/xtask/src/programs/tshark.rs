//! tshark, by which the end-to-end tests read a packet capture with the key log.

use std::process::Command;

use anyhow::Context as _;

use super::apt;
use crate::run::first_line;

const HOW_TO_INSTALL: &str = "the end-to-end tests need tshark; \
    install it with `apt-get install tshark` or `brew install wireshark`";

/// tshark as it is, or else as the system's packages have it. The test that needs it is for Unix alone.
pub(crate) fn find() -> anyhow::Result<()> {
    if !cfg!(unix) || is_installed() {
        return Ok(());
    }
    apt::install(&["tshark"])?;
    is_installed().then_some(()).context(HOW_TO_INSTALL)
}

fn is_installed() -> bool {
    first_line(Command::new("tshark").arg("--version")).is_some()
}
