//! A browser with a profile of its own: it goes through the proxy, to loopback too, and trusts the proxy's certificates.
//!
//! Nothing of it stays: neither everyday browsing nor the system's trust is touched.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::commands::proxy::Watched;

/// Which browser is started, and where.
#[derive(Debug)]
pub(crate) struct Browse {
    program: PathBuf,
    arguments: Vec<OsString>,
    url: Option<String>,
}

/// A browser that runs. It ends when this is dropped, and its profile with it.
pub(crate) struct Browser {
    /// The program.
    pub child: Child,
    /// The profile, which the browser uses to its end.
    pub profile: TempDir,
}

/// Browsers of the Chromium family, which are told all that they need by arguments, in the order of preference.
#[cfg(all(unix, not(target_os = "macos")))]
const PROGRAMS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "brave",
];
#[cfg(target_os = "macos")]
const PROGRAMS: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
];
#[cfg(windows)]
const PROGRAMS: [&str; 4] = [
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\BraveSoftware\Brave-Browser\Application\brave.exe",
];

impl Browse {
    /// At this address, by the browser that is found.
    pub(crate) fn at(url: &str) -> Result<Self> {
        Self::by(None, Some(url.to_owned()), Vec::new())
    }

    /// By this program or the one that is found, with arguments of the user's.
    pub(crate) fn by(
        program: Option<PathBuf>,
        url: Option<String>,
        arguments: Vec<OsString>,
    ) -> Result<Self> {
        let program = match program {
            Some(named) => named,
            None => found()?,
        };
        Ok(Self {
            program,
            arguments,
            url,
        })
    }

    /// Starts it.
    pub(crate) fn start(&self, watched: &Watched) -> Result<Browser> {
        let profile = tempfile::Builder::new()
            .prefix("grantscope-browser-")
            .tempdir()
            .context("making a profile for the browser")?;
        let mut user_data_dir = OsString::from("--user-data-dir=");
        user_data_dir.push(profile.path());
        let child = Command::new(&self.program)
            .arg(user_data_dir)
            .arg(format!("--proxy-server=http://{}", watched.address()))
            // Loopback goes through the proxy as well.
            .arg("--proxy-bypass-list=<-loopback>")
            .arg(format!(
                "--ignore-certificate-errors-spki-list={}",
                watched.authority().leaf_key_pin()
            ))
            .args(QUIET)
            .args(&self.arguments)
            .args(&self.url)
            // What it says of itself is of no interest here.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        Ok(Browser { child, profile })
    }
}

/// Nothing is asked at the first start, and the browser makes no requests of its own that would stand in the log.
const QUIET: [&str; 6] = [
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
];

fn found() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<_> = std::env::split_paths(&path).collect();
    // An absolute name stays as it is.
    let mut places = PROGRAMS.iter().flat_map(|name| {
        directories
            .iter()
            .map(move |directory| directory.join(name))
    });
    match places.find(|place| place.is_file()) {
        Some(place) => Ok(place),
        None => bail!(
            "there is no Chromium, Chrome, Edge or Brave here: install one, or name it by --program; for other browsers see \
             certs/README.md"
        ),
    }
}
