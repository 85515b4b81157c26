//! A browser with a profile of its own: it goes through the proxy, to loopback too, and trusts the proxy's certificates.
//!
//! Nothing of it stays: neither everyday browsing nor the system's trust is touched.

mod awaited;
mod chromium;
mod firefox;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use grantscope_proxy::CertificateAuthority;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::programs;
use crate::render;

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

    /// Starts it when the app listens that it is to show, and keeps it until it is closed or this is dropped.
    pub(crate) async fn when_the_app_listens(
        self,
        proxy: SocketAddr,
        authority: CertificateAuthority,
    ) {
        if let Some(url) = &self.url {
            awaited::app(url).await;
        }
        match self.start(proxy, &authority) {
            Ok(mut browser) => {
                // How it ends is of no account: the command goes on.
                let _status = browser.child.wait().await;
            }
            Err(error) => render::warn(&format!("{error:#}")),
        }
    }

    /// Starts it.
    pub(crate) fn start(
        &self,
        proxy: SocketAddr,
        authority: &CertificateAuthority,
    ) -> Result<Browser> {
        let profile = tempfile::Builder::new()
            .prefix("grantscope-browser-")
            .tempdir()
            .context("making a profile for the browser")?;
        let arguments = if is_firefox(&self.program) {
            firefox::prepare(profile.path(), proxy, authority)?;
            firefox::arguments(profile.path())
        } else {
            chromium::arguments(profile.path(), proxy, authority)
        };
        let child = Command::new(&self.program)
            .args(arguments)
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

fn is_firefox(program: &Path) -> bool {
    let name = program.file_stem().unwrap_or_default();
    name.to_string_lossy()
        .to_ascii_lowercase()
        .contains("firefox")
}

fn found() -> Result<PathBuf> {
    let mut names = chromium::PROGRAMS.iter().chain(&firefox::PROGRAMS);
    // An absolute name is found as it is.
    let place = names.find_map(|name| {
        let absolute = Path::new(name).is_absolute().then(|| PathBuf::from(name));
        absolute
            .filter(|it| it.is_file())
            .or_else(|| programs::find(name))
    });
    match place {
        Some(place) => Ok(place),
        None => bail!(
            "there is no Chromium, Chrome, Edge, Brave or Firefox here: install one, or name it by --program; for other browsers \
             see certs/README.md"
        ),
    }
}
