//! One step of a command, announced with its name and closed with its duration.

use std::time::Instant;

use anyhow::Context as _;

/// Takes one step, and names it where it fails.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a step takes is no time of an exchange"
)]
pub(crate) fn step(
    name: &'static str,
    take: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    say(&format!("── {name}"));
    let begun = Instant::now();
    take().context(name)?;
    say(&format!(
        "── {name}: {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Prints a line of our own between the output of other programs.
#[expect(clippy::print_stdout, reason = "the terminal is what xtask is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
