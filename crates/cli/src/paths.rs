//! Where grantscope keeps its files: the directories of the platform, and the names in them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use etcetera::BaseStrategy as _;

/// The user's directory for the data of programs, and grantscope's in it.
///
/// On Windows it is the one that stays on the machine: what is in the other is copied to a server at each logoff, and a CA's key is
/// no such thing.
pub(crate) fn data_dir() -> Result<PathBuf> {
    let strategy = strategy()?;
    let of_programs = if cfg!(windows) {
        strategy.cache_dir()
    } else {
        strategy.data_dir()
    };
    Ok(of_programs.join("grantscope"))
}

/// The configuration file of the user.
pub(crate) fn config_file() -> Result<PathBuf> {
    Ok(strategy()?
        .config_dir()
        .join("grantscope")
        .join("grantscope.toml"))
}

fn strategy() -> Result<impl etcetera::BaseStrategy> {
    etcetera::choose_base_strategy()
        .context("there is no home directory to keep the CA and the sessions in: name them by --ca-dir and --data-dir")
}
