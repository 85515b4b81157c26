//! `cargo xtask …`: everything that is checked, prepared or generated, on a laptop as in CI.
//!
//! A command is a file in `commands/` and a line in its list.

mod cargo;
mod commands;
mod programs;
mod run;
mod step;
mod workspace;

use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    commands::Arguments::parse().run()
}
