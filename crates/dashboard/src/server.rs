//! The server of the pages.

use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use grantscope_capture::har::Import;
use grantscope_capture::redact::Redacted;
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{Granted, StoreError};
use grantscope_oauth::{Exchange, FingerprintKey, Providers};
use jiff::Timestamp;
use thiserror::Error;
use tokio::net::TcpListener;

use crate::feed::Feed;
use crate::gate::Gate;
use crate::pages::open;
use crate::routes::{App, router};
use crate::shelf::Shelf;

/// Why there are no pages.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DashboardError {
    /// The address is not of this machine alone.
    #[error(
        "the dashboard cannot listen on {0}: it is for this machine alone; use an address of loopback, such as 127.0.0.1:0"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "the dashboard cannot listen on {address}; name another address by --dashboard, or turn it off by --dashboard off"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The fault.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for the token of the dashboard")]
    Random(#[source] getrandom::Error),
    /// There is no room for what is opened.
    #[error("no temporary directory can be made for captures that are opened")]
    Temporary(#[source] io::Error),
    /// The sessions cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The capture could not be put on a page.
    #[error("the capture could not be opened: {0}")]
    Open(String),
    /// The server failed.
    #[error("the dashboard stopped")]
    Serve(#[source] io::Error),
}

/// How exchanges are diagnosed. The engine is not part of this crate.
pub type Diagnose = Arc<dyn Fn(Vec<Exchange>) -> Diagnosed + Send + Sync>;

/// What a capture holds.
#[derive(Debug, Default)]
pub struct Diagnosed {
    /// Its exchanges, each with a number of its own.
    pub exchanges: Vec<Redacted<Exchange>>,
    /// What was found.
    pub findings: Vec<FindingV1>,
    /// The grants that were granted.
    pub granted: Vec<Granted>,
}

/// What the pages are made of.
pub struct Config {
    /// Where to listen: an address of loopback.
    pub address: SocketAddr,
    /// Where the sessions are stored.
    pub data_dir: PathBuf,
    /// The session that is shown first, which is being recorded where there is a proxy; `latest` for the one written last.
    pub session: String,
    /// Where the proxy listens whose session is shown.
    pub proxy: Option<SocketAddr>,
    /// What tells of more.
    pub feed: Feed,
    /// The key of the fingerprints.
    pub key: FingerprintKey,
    /// What is known of servers.
    pub providers: Arc<Providers>,
    /// How a capture is diagnosed that is dropped on a page.
    pub diagnose: Diagnose,
    /// What time it is, which this crate does not ask the system for.
    pub now: fn() -> Timestamp,
    /// The version of grantscope.
    pub version: &'static str,
}

/// The pages, before anybody can ask for them.
pub struct Dashboard {
    app: App,
    address: SocketAddr,
    /// Holds the captures that were opened.
    directory: tempfile::TempDir,
}

/// The pages, at an address.
pub struct BoundDashboard {
    app: Arc<App>,
    listener: TcpListener,
    directory: tempfile::TempDir,
}

impl Dashboard {
    /// Opens the sessions.
    pub fn new(config: Config) -> Result<Self, DashboardError> {
        if !config.address.ip().is_loopback() {
            return Err(DashboardError::NotLoopback(config.address));
        }
        let directory = tempfile::tempdir().map_err(DashboardError::Temporary)?;
        let sessions = Shelf::open(&config.data_dir)?;
        let opened = Shelf::open(directory.path())?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(DashboardError::Random)?;
        Ok(Self {
            app: App {
                gate: Gate::new(config.address, random),
                feed: config.feed,
                home: sessions.clone(),
                sessions,
                opened,
                home_session: config.session,
                is_live: config.proxy.is_some(),
                proxy: config.proxy,
                key: config.key,
                providers: config.providers,
                diagnose: config.diagnose,
                now: config.now,
                version: config.version,
            },
            address: config.address,
            directory,
        })
    }

    /// Diagnoses a capture, and shows it first.
    pub async fn open(mut self, name: &str, capture: Import) -> Result<Self, DashboardError> {
        let opened = open::shelve(&self.app, name, capture.exchanges).await;
        self.app.home_session = opened.map_err(|fault| DashboardError::Open(fault.to_string()))?;
        self.app.home = self.app.opened.clone();
        Ok(self)
    }

    /// Listens.
    pub async fn bind(mut self) -> Result<BoundDashboard, DashboardError> {
        let failed = |source| DashboardError::Listen {
            address: self.address,
            source,
        };
        let listener = TcpListener::bind(self.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        self.app.gate = self.app.gate.at(address);
        Ok(BoundDashboard {
            app: Arc::new(self.app),
            listener,
            directory: self.directory,
        })
    }
}

impl BoundDashboard {
    /// The address to open, with the token in it: whoever has it may look.
    pub fn url(&self) -> String {
        self.app.gate.url()
    }

    /// Serves until `stop` ends. Open pages are not waited for.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), DashboardError> {
        let Self {
            app,
            listener,
            directory,
        } = self;
        let serving = axum::serve(listener, router(app));
        let served = tokio::select! {
            served = serving.into_future() => served,
            () = stop => Ok(()),
        };
        drop(directory);
        served.map_err(DashboardError::Serve)
    }
}
