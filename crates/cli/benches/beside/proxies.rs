//! The proxies, and how each is started.

use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::process::Process;
use crate::server::Server;

/// How long a proxy may take to listen and to make its CA.
const STARTED_MAX: Duration = Duration::from_secs(30);
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// A proxy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Grantscope,
    /// Made of hudsucker.
    Proxelar,
    Mitmdump,
}

/// A proxy that listens.
pub(crate) struct Proxy {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// The certificate that its clients trust.
    pub(crate) ca: PathBuf,
    _directory: TempDir,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Grantscope, Self::Proxelar, Self::Mitmdump];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grantscope => "grantscope",
            Self::Proxelar => "proxelar",
            Self::Mitmdump => "mitmdump",
        }
    }

    fn program(self) -> PathBuf {
        match self {
            Self::Grantscope => env!("CARGO_BIN_EXE_grantscope").into(),
            Self::Proxelar | Self::Mitmdump => self.name().into(),
        }
    }

    /// Whether it can be started.
    pub(crate) fn is_installed(self) -> bool {
        let mut asked = Command::new(self.program());
        asked
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    }

    /// Starts it, and waits until it listens.
    pub(crate) async fn start(self, server: &Server) -> Proxy {
        let directory = tempfile::tempdir().unwrap();
        // The port is free when it is asked for, and nothing else here asks for one.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let child = Command::new(self.program())
            .args(self.arguments(directory.path(), address, &server.certificate))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Proxy {
            process: Process(child),
            address,
            ca: directory.path().join(self.ca()),
            _directory: directory,
        };
        let mut waited = Duration::ZERO;
        while TcpStream::connect(address).await.is_err() || !proxy.ca.exists() {
            assert!(waited < STARTED_MAX, "{} does not listen", self.name());
            sleep(ASKED_EVERY).await;
            waited += ASKED_EVERY;
        }
        proxy
    }

    fn arguments(self, directory: &Path, address: SocketAddr, root: &Path) -> Vec<OsString> {
        let (port, address) = (address.port().to_string(), address.to_string());
        let named = |name: &str, value: &Path| {
            let mut argument = OsString::from(format!("{name}="));
            argument.push(value);
            argument
        };
        match self {
            Self::Grantscope => vec![
                "proxy".into(),
                "--quiet".into(),
                format!("--listen={address}").into(),
                named("--data-dir", directory),
                named("--ca-dir", directory),
                named("--upstream-ca", root),
            ],
            Self::Proxelar => vec![
                "-i".into(),
                "terminal".into(),
                "-q".into(),
                "-b".into(),
                "127.0.0.1".into(),
                "-p".into(),
                port.into(),
                "--ca-dir".into(),
                directory.into(),
                "--upstream-trust".into(),
                format!("ca-only:{}", root.display()).into(),
            ],
            Self::Mitmdump => vec![
                "--quiet".into(),
                "--listen-host=127.0.0.1".into(),
                "--listen-port".into(),
                port.into(),
                "--set".into(),
                named("confdir", directory),
                "--set".into(),
                named("ssl_verify_upstream_trusted_ca", root),
                // It would hold a download in memory otherwise.
                "--set=stream_large_bodies=1m".into(),
            ],
        }
    }

    fn ca(self) -> &'static str {
        match self {
            Self::Grantscope => "ca.pem",
            Self::Proxelar => "proxelar-ca.pem",
            Self::Mitmdump => "mitmproxy-ca-cert.pem",
        }
    }
}
