//! `cargo xtask …`: everything that is checked, prepared or generated, on a laptop as in CI.
//!
//! A command is a file in `commands/` and a line in its list.

mod cargo;
mod commands;
mod programs;
mod run;
mod step;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

/// Fails with the chain of what failed and no backtrace: it is a program that failed, not xtask.
fn main() -> ExitCode {
    match commands::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
