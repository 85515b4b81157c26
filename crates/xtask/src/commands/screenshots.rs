//! `cargo xtask screenshots`: the pictures of the dashboard in the README, made anew from the demo's flows.
//!
//! The demo leaves its traffic in a HAR file, which is opened as a user would open one; a script of the peers takes the
//! pictures with Debian's Chromium. They differ from run to run only in fingerprints, ports and times.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};

use super::prepare;
use crate::cargo;
use crate::run::execute;
use crate::step::step;
use crate::workspace;

/// A picture is no larger than this, in bytes.
const PICTURE_BYTES_MAX: u64 = 200_000;

pub(super) fn run() -> anyhow::Result<()> {
    prepare::for_pages()?;
    step("build grantscope", cargo::build)?;
    let scratch = workspace::scratch("screenshots")?;
    let capture = scratch.join("demo.har");
    step("the demo's flows", || play(&scratch, &capture))?;
    step("pictures", || take(&scratch, &capture))
}

fn play(scratch: &Path, capture: &Path) -> anyhow::Result<()> {
    // Where it has been before, a file is not written over.
    if capture.exists() {
        std::fs::remove_file(capture).context("removing the capture of the last time")?;
    }
    execute(grantscope("demo", scratch)?.arg("--har").arg(capture))
}

fn take(scratch: &Path, capture: &Path) -> anyhow::Result<()> {
    let mut command = grantscope("open", scratch)?;
    let mut pages = command
        .arg(capture)
        .stdout(Stdio::piped())
        .spawn()
        .context("starting `grantscope open`")?;
    let taken = url(&mut pages).and_then(|url| pictures(&url));
    pages.kill().context("ending `grantscope open`")?;
    pages.wait().context("ending `grantscope open`")?;
    taken
}

/// The address of the pages, as it is printed.
fn url(pages: &mut Child) -> anyhow::Result<String> {
    let output = pages.stdout.take().context("no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let url = line.trim().rsplit(' ').next().unwrap_or_default();
    ensure!(url.contains("://"), "`grantscope open` printed {line:?}");
    Ok(url.to_owned())
}

fn pictures(url: &str) -> anyhow::Result<()> {
    let directory = workspace::root().join("docs/pictures");
    std::fs::create_dir_all(&directory).context("making docs/pictures")?;
    execute(
        Command::new("node")
            .arg(workspace::peers().join("dashboard/pictures.mjs"))
            .args(["--url", url, "--directory"])
            .arg(&directory),
    )?;
    for picture in std::fs::read_dir(&directory)? {
        let picture = picture?;
        let bytes = picture.metadata()?.len();
        let name = picture.file_name();
        ensure!(
            bytes <= PICTURE_BYTES_MAX,
            "{} has {bytes} bytes: a README has to be quick to load",
            name.display()
        );
    }
    Ok(())
}

/// The binary with directories of its own, so that no session and no setting of the user is in a picture.
fn grantscope(command: &str, scratch: &Path) -> anyhow::Result<Command> {
    let config = scratch.join("grantscope.toml");
    std::fs::write(&config, "").with_context(|| format!("writing {}", config.display()))?;
    let mut grantscope = Command::new(workspace::binary("grantscope"));
    grantscope
        .arg(command)
        .arg("--config")
        .arg(config)
        .arg("--data-dir")
        .arg(scratch.join("data"))
        .arg("--ca-dir")
        .arg(scratch.join("ca"));
    Ok(grantscope)
}
