//! `cargo deny`: which dependencies there may be, and under which licences.

use crate::cargo::cargo;
use crate::run::{execute, first_line};

const VERSION: &str = "0.20.2";

/// Installs cargo-deny where there is none. Without link-time optimisation, which takes longer
/// than all the checks that it speeds up.
pub(crate) fn install() -> anyhow::Result<()> {
    if first_line(cargo().args(["deny", "--version"])).is_some() {
        return Ok(());
    }
    execute(
        cargo()
            .args(["install", "cargo-deny", "--locked", "--version", VERSION])
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    )
}

pub(crate) fn check(what: &[&str]) -> anyhow::Result<()> {
    execute(
        cargo()
            .args(["deny", "--config", ".deny.toml", "check"])
            .args(what),
    )
}
