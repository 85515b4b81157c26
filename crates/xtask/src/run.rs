//! Other programs, run in the open: what is run is printed, and what fails is named.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::step::say;

/// Runs a program to its end; its output is the terminal's.
pub(crate) fn execute(command: &mut Command) -> anyhow::Result<()> {
    let line = spelled(command);
    say(&format!("$ {line}"));
    let status = command
        .status()
        .with_context(|| format!("starting `{line}`"))?;
    ensure!(status.success(), "`{line}` failed: {status}");
    Ok(())
}

/// The first line that a program prints, or nothing when it is not there or fails.
pub(crate) fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
