//! A JDK, which runs the Java peer from its source.

use std::process::Command;

use anyhow::Context as _;

use super::{apt, version::major_and_minor};
use crate::run::first_line;

const OLDEST: (u32, u32) = (17, 0);
const HOW_TO_INSTALL: &str = "the end-to-end tests need a JDK 17 or newer; install it with \
    `apt-get install default-jdk-headless`, `brew install openjdk`, `winget install EclipseAdoptium.Temurin.21.JDK`, \
    or from adoptium.net";

/// Sees to it that there is one, if need be as the system's packages have it.
pub(crate) fn find() -> anyhow::Result<()> {
    if is_installed() {
        return Ok(());
    }
    apt::install(&["default-jdk-headless"])?;
    is_installed().then_some(()).context(HOW_TO_INSTALL)
}

fn is_installed() -> bool {
    // A runtime alone starts no source file.
    let version = first_line(Command::new("javac").arg("--version"));
    version.is_some_and(|version| major_and_minor(&version) >= Some(OLDEST))
}
