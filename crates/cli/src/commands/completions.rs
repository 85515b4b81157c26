//! `grantscope completions` and `grantscope man`: the command line, as shells and `man` read it.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::args::{Arguments, Completions};
use crate::exit::Exit;

const NAME: &str = "grantscope";

/// Prints what a shell has to know to complete the command line.
pub(super) fn completions(completions: &Completions) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut Arguments::command(),
        NAME,
        &mut text,
    );
    print(&text)
}

/// Prints the manual page.
pub(super) fn man() -> Result<Exit> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut text)
        .context("making the manual page")?;
    print(&text)
}

fn print(text: &[u8]) -> Result<Exit> {
    std::io::stdout()
        .write_all(text)
        .context("writing to standard output")?;
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_shell_is_told_of_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), NAME, &mut text);
            let text = String::from_utf8(text).unwrap();
            for command in Arguments::command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell}: {command}");
            }
        }
    }
}
