//! Databases of NSS: Firefox has one in each profile, Chromium on Linux one for the user. They are changed by NSS's `certutil`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Certificate, Step};
use crate::programs;

const MISSING: &str = "the databases of NSS are changed by `certutil`: install it with `apt-get install libnss3-tools`, \
                       `dnf install nss-tools`, `pacman -S nss` or `brew install nss`";

/// The database of the user, which Chromium and Chrome read on Linux.
const OF_THE_USER: &str = ".pki/nssdb";

/// Where profiles of Firefox are, below the user's home.
const PROFILES: [&str; 4] = [
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    "Library/Application Support/Firefox/Profiles",
];

/// In what a database is.
const DATABASE: &str = "cert9.db";

/// The directories of the databases that are here; on Linux that of the user, also where it has to be made.
pub(super) fn databases() -> Result<Vec<PathBuf>> {
    if cfg!(windows) {
        bail!(
            "on Windows Firefox takes the store of the system, where `security.enterprise_roots.enabled` is set in about:config: \
             use `--store system`"
        );
    }
    ensure!(programs::find("certutil").is_some(), MISSING);
    let home =
        std::env::home_dir().context("there is no home directory to look for profiles in")?;
    let profiles = PROFILES
        .iter()
        .flat_map(|below| std::fs::read_dir(home.join(below)));
    let mut found: Vec<_> = profiles
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(DATABASE).is_file())
        .collect();
    found.sort();
    if cfg!(target_os = "linux") {
        found.insert(0, home.join(OF_THE_USER));
    }
    Ok(found)
}

pub(super) fn holds(directory: &Path, certificate: &Certificate) -> bool {
    let mut list = Command::new("certutil");
    list.args([
        "-L",
        "-a",
        "-d",
        &url(directory),
        "-n",
        &certificate.facts.name,
    ]);
    let listed = list.output().ok().filter(|it| it.status.success());
    listed.is_some_and(|it| certificate.is(&String::from_utf8_lossy(&it.stdout)))
}

pub(super) fn add(directory: &Path, certificate: &Certificate) -> Vec<Step> {
    let (url, path) = (url(directory), certificate.path.to_string_lossy());
    let mut steps = Vec::new();
    if !directory.join(DATABASE).exists() {
        steps.push(Step::new(&["mkdir", "-p", &directory.to_string_lossy()]));
        steps.push(Step::new(&[
            "certutil",
            "-N",
            "-d",
            &url,
            "--empty-password",
        ]));
    }
    let name = &certificate.facts.name;
    // `C`: it may certify servers, and nothing else.
    steps.push(Step::new(&[
        "certutil", "-A", "-d", &url, "-t", "C,,", "-n", name, "-i", &path,
    ]));
    steps
}

/// Makes a database in a directory, with a certificate in it that may certify servers.
pub(crate) fn in_new_database(directory: &Path, certificate: &Path, name: &str) -> Result<()> {
    let (url, path) = (url(directory), certificate.to_string_lossy());
    for arguments in [
        &["-N", "-d", &url, "--empty-password"][..],
        &["-A", "-d", &url, "-t", "C,,", "-n", name, "-i", &path],
    ] {
        let output = Command::new("certutil")
            .args(arguments)
            .output()
            .context("starting certutil")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "certutil failed: {}", said.trim());
    }
    Ok(())
}

pub(super) fn remove(directory: &Path, certificate: &Certificate) -> Step {
    Step::new(&[
        "certutil",
        "-D",
        "-d",
        &url(directory),
        "-n",
        &certificate.facts.name,
    ])
}

fn url(directory: &Path) -> String {
    format!("sql:{}", directory.display())
}
