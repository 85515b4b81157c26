//! `cargo xtask platforms`: lints for the other platforms whose targets are installed, and their tests where something runs them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::cargo::cargo;
use crate::run::{execute, first_line};
use crate::step::say;
use crate::workspace;

/// The targets for which grantscope is written.
const TARGETS: [&str; 7] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
];

/// Which platforms, and what is done for them.
#[derive(Args)]
pub(super) struct Platforms {
    /// These alone; without one, all that are installed
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Run the tests as well, by the runner that cargo has for the target (`CARGO_TARGET_…_RUNNER`)
    #[arg(long)]
    test: bool,
}

pub(super) fn run(platforms: &Platforms) -> anyhow::Result<()> {
    let libraries = PathBuf::from(printed("sysroot")?).join("lib/rustlib");
    let is_installed = |target: &str| libraries.join(target).join("lib").is_dir();
    let here = printed("host-tuple")?;
    let others = TARGETS.into_iter().filter(|it| *it != here);
    let targets: Vec<&str> = if platforms.targets.is_empty() {
        others.clone().filter(|it| is_installed(it)).collect()
    } else {
        platforms.targets.iter().map(String::as_str).collect()
    };
    for target in &targets {
        ensure!(
            is_installed(target),
            "the target {target} is not installed: `rustup target add {target}`"
        );
        say(&format!("── {target}"));
        lint(target)?;
        if platforms.test {
            test(target)?;
        }
    }
    for target in others.filter(|it| !is_installed(it)) {
        say(&format!(
            "{target} was not looked at: `rustup target add {target}`"
        ));
    }
    Ok(())
}

/// What the compiler of the checkout prints of itself.
fn printed(what: &str) -> anyhow::Result<String> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(workspace::root()).args(["--print", what]);
    first_line(&mut rustc)
        .with_context(|| format!("`rustc --print {what}` failed: is Rust installed?"))
}

fn lint(target: &str) -> anyhow::Result<()> {
    execute(
        cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(["--target", target, "--", "-D", "warnings"])
            // On MinGW it finds no `const` in what `thread_local!` makes of one.
            .args(["-A", "clippy::missing_const_for_thread_local"]),
    )
}

/// xtask itself runs here, and so do its tests.
fn test(target: &str) -> anyhow::Result<()> {
    execute(
        cargo()
            .args(["test", "--workspace", "--exclude", "xtask"])
            .args(["--target", target])
            // A runner may have no cargo within reach, which insta asks where the snapshots are.
            .env("INSTA_WORKSPACE_ROOT", workspace::root()),
    )
}
