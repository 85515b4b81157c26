//! `cargo xtask soak`: a proxy process under mixed load for some time, whose memory, open files and threads must not grow.

use anyhow::ensure;
use clap::Args;

use crate::cargo::cargo;
use crate::run::execute;
use crate::step::say;
use crate::workspace;

/// How long it is run.
#[derive(Args)]
pub(super) struct Soak {
    /// How long, in minutes
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
}

pub(super) fn run(soak: &Soak) -> anyhow::Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "the soak runs on Linux alone, where /proc tells what a process takes"
    );
    let out = workspace::target().join("soak");
    execute(
        cargo()
            .args(["bench", "--package", "grantscope", "--bench", "soak", "--"])
            .arg("--minutes")
            .arg(soak.minutes.to_string())
            .arg("--out")
            .arg(&out),
    )?;
    say(&format!(
        "the table and the picture are in {}",
        out.display()
    ));
    Ok(())
}
