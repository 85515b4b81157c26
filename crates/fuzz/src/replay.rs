//! Runs a target on files, without a fuzzer: to look at what was found.

use std::process::ExitCode;

/// Runs the target on each file that the command line names. It panics where the target does.
pub fn replay(name: &str) -> ExitCode {
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(bytes) => crate::run(name, &bytes),
            Err(error) => {
                report(&format!("{}: {error}", path.display()));
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "the terminal is what it is for")]
fn report(text: &str) {
    eprintln!("{text}");
}
