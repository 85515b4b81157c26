//! Node and npm, which run the JavaScript peers.

use std::process::Command;

use anyhow::{Context as _, ensure};

use super::{apt, version::major_and_minor};
use crate::run::first_line;

const OLDEST: (u32, u32) = (20, 19);
const HOW_TO_INSTALL: &str = "the end-to-end tests need Node 20.19 or newer and npm; \
    install them with `apt-get install nodejs npm`, `brew install node`, \
    `winget install OpenJS.NodeJS.LTS`, or from nodejs.org";

pub(crate) struct Node {
    pub(crate) version: String,
}

/// Node and npm as they are, or else as the system's packages have them.
pub(crate) fn find() -> anyhow::Result<Node> {
    if let Some(node) = installed() {
        return usable(node);
    }
    apt::install(&["nodejs", "npm"])?;
    usable(installed().context(HOW_TO_INSTALL)?)
}

/// npm is a batch file on Windows, and a batch file is not found without its ending.
pub(crate) fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn installed() -> Option<Node> {
    let version = first_line(Command::new("node").arg("--version"))?;
    first_line(npm().arg("--version"))?;
    Some(Node { version })
}

fn usable(node: Node) -> anyhow::Result<Node> {
    let new_enough = major_and_minor(&node.version).is_some_and(|version| version >= OLDEST);
    ensure!(new_enough, "found Node {}: {HOW_TO_INSTALL}", node.version);
    Ok(node)
}
