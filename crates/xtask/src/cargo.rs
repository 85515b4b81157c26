//! What cargo checks and builds.

use std::env;
use std::process::Command;

use crate::run::execute;
use crate::workspace;

pub(crate) fn format() -> anyhow::Result<()> {
    execute(cargo().args(["fmt", "--all", "--check"]))
}

pub(crate) fn lints() -> anyhow::Result<()> {
    execute(
        cargo()
            .args(["clippy", "--workspace", "--all-targets", "--"])
            .args(["-D", "warnings"]),
    )
}

pub(crate) fn documentation() -> anyhow::Result<()> {
    execute(
        cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

pub(crate) fn build() -> anyhow::Result<()> {
    execute(cargo().args(["build", "--package", "grantscope"]))
}

pub(crate) fn bench() -> anyhow::Result<()> {
    let package = ["bench", "--package", "grantscope", "--bench", "beside"];
    execute(cargo().args(package))
}

/// All tests but xtask's own, which go apart: together with the others cargo would link xtask
/// anew, and Windows keeps it from replacing the program that runs.
pub(crate) fn test() -> anyhow::Result<()> {
    execute(cargo().args(["test", "--workspace", "--exclude", "xtask"]))
}

pub(crate) fn test_xtask() -> anyhow::Result<()> {
    execute(cargo().args(["test", "--package", "xtask"]))
}

/// The cargo that runs us, at the top of the checkout.
pub(crate) fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}
