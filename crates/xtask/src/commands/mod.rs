//! The list of commands.

mod advisories;
mod bench;
mod check;
mod fuzz;
mod platforms;
mod prepare;
mod screenshots;
mod soak;
mod test;

use clap::{Parser, Subcommand};

/// Everything that is checked, prepared or generated.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Known vulnerabilities of the dependencies; needs a network
    Advisories,
    /// What a request costs, beside mitmdump and proxelar where they are installed; takes minutes
    Bench,
    /// What takes seconds: format, lints, layers, tidiness
    Check,
    /// Run the fuzz targets, each for a bounded time
    Fuzz(fuzz::Fuzz),
    /// Lint for the other platforms whose targets are installed, and test where they can be run
    Platforms(platforms::Platforms),
    /// Install what the end-to-end tests drive: the packages of the peers
    Prepare,
    /// Take the pictures of the dashboard anew that the README shows
    Screenshots,
    /// Run the proxy under mixed load: memory, open files and threads must not grow
    Soak(soak::Soak),
    /// Everything that CI runs, from a fresh checkout on
    Test,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Advisories => advisories::run(),
            Command::Bench => bench::run(),
            Command::Check => check::run(),
            Command::Fuzz(fuzz) => fuzz::run(&fuzz),
            Command::Platforms(platforms) => platforms::run(&platforms),
            Command::Prepare => prepare::run(),
            Command::Screenshots => screenshots::run(),
            Command::Soak(soak) => soak::run(&soak),
            Command::Test => test::run(),
        }
    }
}
