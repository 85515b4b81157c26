//! Python, which runs the Python peer in an environment of its own.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::{apt, version::major_and_minor};
use crate::run::first_line;

const OLDEST: (u32, u32) = (3, 11);
const NAMES: [&str; 2] = ["python3", "python"];
const HOW_TO_INSTALL: &str = "the end-to-end tests need Python 3.11 or newer with `venv`; \
    install it with `apt-get install python3 python3-venv`, `brew install python`, \
    `winget install Python.Python.3.13`, or from python.org";

pub(crate) struct Python {
    name: &'static str,
    pub(crate) version: String,
}

impl Python {
    pub(crate) fn command(&self) -> Command {
        Command::new(self.name)
    }
}

/// Python as it is, or else as the system's packages have it.
pub(crate) fn find() -> anyhow::Result<Python> {
    if let Some(python) = installed() {
        return Ok(python);
    }
    apt::install(&["python3", "python3-venv"])?;
    installed().context(HOW_TO_INSTALL)
}

/// The interpreter of an environment.
pub(crate) fn in_venv(venv: &Path) -> Command {
    Command::new(if cfg!(windows) {
        venv.join("Scripts").join("python.exe")
    } else {
        venv.join("bin").join("python")
    })
}

/// The first that is new enough and can make an environment, which Debian packs apart.
fn installed() -> Option<Python> {
    NAMES.into_iter().find_map(|name| {
        let version = first_line(Command::new(name).arg("--version"))?;
        let python = Python { name, version };
        let parts = ["-c", "import ensurepip, venv; print(venv.__name__)"];
        let complete = first_line(python.command().args(parts)).is_some();
        (complete && major_and_minor(&python.version)? >= OLDEST).then_some(python)
    })
}
