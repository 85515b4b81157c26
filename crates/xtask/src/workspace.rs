//! Where things are in the checkout.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The top of the checkout.
pub(crate) fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .and_then(Path::parent)
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// The real programs that the end-to-end tests drive.
pub(crate) fn peers() -> PathBuf {
    root().join("crates/cli/tests/e2e/peers")
}

/// The Python environment of the peers.
pub(crate) fn venv() -> PathBuf {
    target().join("peers").join("venv")
}

/// A program that `cargo build` made.
pub(crate) fn binary(name: &str) -> PathBuf {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    target().join("debug").join(name)
}

/// A directory for what a command makes on its way.
pub(crate) fn scratch(name: &str) -> anyhow::Result<PathBuf> {
    let directory = target().join(name);
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("making {}", directory.display()))?;
    Ok(directory)
}

/// Where what is built and made goes.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}
