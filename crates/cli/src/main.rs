//! The binary `grantscope`: it wires the other crates together, prints, reads the environment and exits.
//!
//! Whatever can be decided elsewhere is decided there.

mod args;
mod browser;
mod captures;
mod child;
mod clock;
mod commands;
mod container;
mod coverage;
mod dashboard;
mod engine;
mod environment;
mod exit;
mod history;
mod key;
mod logging;
mod merge;
mod panics;
mod paths;
mod programs;
mod reload;
mod render;
mod secret;
mod settings;
mod signals;
mod sinks;
mod trust;
mod watch;

use clap::Parser as _;

use crate::args::Arguments;
use crate::exit::Exit;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    panics::tell();
    logging::start(arguments.common.quiet);
    match commands::run(&arguments) {
        // `ExitCode` takes no more, and a code of Windows that is cut to eight bits may be that of success.
        Ok(Exit::OfChild(code)) if u8::try_from(code).is_err() => std::process::exit(code),
        Ok(exit) => exit.into(),
        Err(error) => {
            render::failure(&error);
            Exit::SetUp.into()
        }
    }
}
