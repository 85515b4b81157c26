//! `cargo xtask fuzz`: runs the fuzz targets of `crates/fuzz`, each for a bounded time.
//!
//! It needs no nightly toolchain: nothing in the workspace is unsafe, so that no sanitizer is asked for.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::cargo::cargo;
use crate::run::{execute, first_line};
use crate::step::say;
use crate::workspace;

/// The directory of the crate.
const CRATE: &str = "crates/fuzz";
/// An input that takes longer, in seconds, is a finding, and so is one that takes more memory, in MiB.
const INPUT_SECONDS_MAX: u32 = 10;
const MEMORY_MIB_MAX: u32 = 2048;

/// What is run, and for how long.
#[derive(Args)]
pub(super) struct Fuzz {
    /// One target; all of them where none is named
    target: Option<String>,
    /// How long each target is run, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(super) fn run(fuzz: &Fuzz) -> anyhow::Result<()> {
    let all = targets()?;
    let asked: Vec<_> = match &fuzz.target {
        Some(target) => vec![target.clone()],
        None => all.clone(),
    };
    let unknown = asked.iter().find(|target| !all.contains(target));
    ensure!(unknown.is_none(), "the targets are {}", all.join(", "));
    let version = first_line(cargo().args(["fuzz", "--version"]));
    version.context("cargo-fuzz is missing: install it with `cargo install cargo-fuzz`")?;
    for target in &asked {
        one(target, fuzz.seconds)?;
    }
    say(&format!("nothing was found by {}", asked.join(", ")));
    Ok(())
}

fn one(target: &str, seconds: u32) -> anyhow::Result<()> {
    let made = workspace::target().join("fuzz").join(target);
    let (corpus, found) = (made.join("corpus"), made.join("found"));
    for directory in [&corpus, &found] {
        fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    }
    let mut fuzzer = fuzzer(target);
    fuzzer.arg(&corpus);
    for kept in ["seeds", "regressions"] {
        let kept = Path::new(CRATE).join(kept).join(target);
        if workspace::root().join(&kept).is_dir() {
            fuzzer.arg(kept);
        }
    }
    fuzzer.arg("--");
    fuzzer.arg(format!("-max_total_time={seconds}"));
    fuzzer.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    fuzzer.arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"));
    fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
    execute(&mut fuzzer).with_context(|| {
        format!(
            "what {target} was found by is in {}: mend it, and keep the input in {CRATE}/regressions/{target}",
            found.display()
        )
    })
}

/// Without link-time optimisation, which would take longer for each target than it is run.
fn fuzzer(target: &str) -> Command {
    let mut fuzzer = cargo();
    fuzzer
        .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir", CRATE])
        .arg(target)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    fuzzer
}

/// The names of the targets, which are those of their programs.
fn targets() -> anyhow::Result<Vec<String>> {
    let programs = workspace::root().join(CRATE).join("fuzz_targets");
    let entries =
        fs::read_dir(&programs).with_context(|| format!("reading {}", programs.display()))?;
    let mut targets = Vec::new();
    for entry in entries {
        let path = entry?.path();
        targets.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    targets.sort();
    Ok(targets)
}
