//! A browser with a profile of its own: it goes through the proxy, to loopback too, and trusts the proxy's certificates.
//!
//! Nothing of it stays: neither everyday browsing nor the system's trust is touched.

mod awaited;
mod chromium;
mod firefox;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use grantscope_proxy::CertificateAuthority;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::child;
use crate::programs;
use crate::render;

/// So long a browser may take to end when it is asked to.
const CLOSE_MAX: Duration = Duration::from_secs(3);

/// So often it is tried to remove the profile, with so much time between.
const REMOVED_MAX: u32 = 20;
const REMOVED_AFTER: Duration = Duration::from_millis(100);

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

    /// Starts it when the app listens that it is to show, and keeps it until the command that it goes with has ended.
    pub(crate) async fn beside(
        self,
        proxy: SocketAddr,
        authority: CertificateAuthority,
        ended: oneshot::Receiver<()>,
    ) {
        let mut ended = pin!(ended);
        if let Some(url) = &self.url {
            tokio::select! {
                () = awaited::app(url) => {}
                _ = &mut ended => return,
            }
        }
        match self.start(proxy, &authority) {
            Ok(browser) => {
                // An error says that whoever would tell of the end is gone.
                let _gone = ended.await;
                browser.close().await;
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

impl Browser {
    /// Asks it to end, and sees that nothing of it stays.
    async fn close(mut self) {
        child::terminate(&self.child);
        if timeout(CLOSE_MAX, self.child.wait()).await.is_err() {
            // That it has ended meanwhile is what is wanted.
            let _ended = self.child.kill().await;
        }
        // Its own processes end a little later, and write until then.
        let profile = self.profile.path().to_owned();
        drop(self.profile);
        for _ in 0..REMOVED_MAX {
            if !profile.exists() || std::fs::remove_dir_all(&profile).is_ok() {
                return;
            }
            sleep(REMOVED_AFTER).await;
        }
        tracing::warn!(profile = %profile.display(), "the profile of the browser could not be removed");
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
    let place = names.find_map(programs::find);
    match place {
        Some(place) => Ok(place),
        None => bail!(
            "there is no Chromium, Chrome, Edge, Brave or Firefox here: install one, or name it by --program; for other browsers \
             see certs/README.md"
        ),
    }
}
