//! `cargo xtask prepare`: the peers, the real programs of the end-to-end tests, and their packages.
//!
//! npm's go beside the scripts, for Node looks for them nowhere else; Python's into an environment
//! below the target directory. A stamp holds what an installation was made from, so that it is
//! made again when that changes and not before.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::programs::{chromium, java, node, python, runtimes, tshark};
use crate::run::execute;
use crate::step::step;
use crate::workspace;

/// Installs what is missing: packages, each kind only when what it is made from has changed.
pub(super) fn run() -> anyhow::Result<()> {
    step("npm packages of the peers", install_npm)?;
    step("Python packages of the peers", install_python)?;
    step("a JDK for the peers", java::find)?;
    step("further runtimes and clients", runtimes::find)?;
    step("Chromium", chromium::find)?;
    step("tshark", tshark::find)
}

/// Installs what looks at the dashboard.
pub(super) fn for_pages() -> anyhow::Result<()> {
    step("npm packages of the peers", install_npm)?;
    step("Chromium", chromium::find)
}

fn install_npm() -> anyhow::Result<()> {
    let node = node::find()?;
    let peers = workspace::peers();
    let lock = read(&peers.join("package-lock.json"))?;
    let installed = peers.join("node_modules");
    unless_stamped(&installed, &format!("{}\n{lock}", node.version), || {
        execute(node::npm().arg("ci").current_dir(&peers))
    })
}

fn install_python() -> anyhow::Result<()> {
    let python = python::find()?;
    let requirements = workspace::peers().join("requirements.txt");
    let wanted = format!("{}\n{}", python.version, read(&requirements)?);
    let venv = workspace::venv();
    unless_stamped(&venv, &wanted, || {
        execute(python.command().args(["-m", "venv", "--clear"]).arg(&venv))?;
        execute(
            python::in_venv(&venv)
                .args(["-m", "pip", "install", "--disable-pip-version-check"])
                .args(["--no-input", "--quiet", "--require-hashes", "--requirement"])
                .arg(&requirements),
        )
    })
}

fn unless_stamped(
    installed: &Path,
    wanted: &str,
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let stamp = installed.join(".installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}
