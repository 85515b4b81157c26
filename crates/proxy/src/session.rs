//! What the requests of one client connection have in common. How each goes its way is in `forward`, and for HTTP/2 in
//! `streams`.
//!
//! A client connection has connections to servers of its own, so that a server sees of a client what it would see
//! without the proxy. One that is complete when the client leaves may go on for another client (`idle`).

mod forward;
mod retold;
mod sent;
mod streams;

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use tokio::time::{sleep, timeout};

use crate::distrust::Kind;
use crate::idle::Idle;
use crate::line::{Line, Stage};
use crate::link::Link;
use crate::links::Links;
use crate::shared::Shared;
use crate::target::Target;
use crate::tasks::{Spawner, Tasks};
use crate::tls::Protocol;
use crate::upstream::{Connected, Origin};
use crate::upstream_error::UpstreamError;

/// How long connections to servers may take to end after the client's has.
const LEAVING_MAX: Duration = Duration::from_secs(10);

/// What the requests of one client connection have in common.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    client: SocketAddr,
    target: Target,
    /// What is spoken on both sides.
    protocol: Protocol,
    links: Links,
    /// Where connections to servers are handed in to be run.
    pub(crate) spawner: Spawner,
    /// What the connection of the client and that to the server know of each other.
    pub(crate) line: Arc<Line>,
    /// What was offered to the server, under which its connection may be kept for other clients.
    offered: Option<Origin>,
    /// Who the client is like, where it matters whether it trusts us.
    kind: Option<Kind>,
    /// Whether a connection to a server stands for who the client is.
    personal: AtomicBool,
    /// How many requests there were.
    asked: AtomicU64,
    /// How many requests of HTTP/2 are under way.
    streams: AtomicUsize,
    /// Whether it is known if the server takes tunnels within HTTP/2.
    settled: AtomicBool,
    takes_tunnels: AtomicBool,
    /// Whether the server may yet turn down the certificate that it asked for, which in TLS 1.3 shows after the
    /// handshake.
    undecided: AtomicBool,
    /// Whether an upgrade was asked for and not declined.
    upgrading: AtomicBool,
    upgraded: Mutex<Option<Upgraded>>,
}

/// A connection that both sides agreed to use for something else (RFC 9110 §7.8).
pub(crate) struct Upgraded {
    pub(crate) client: OnUpgrade,
    pub(crate) server: OnUpgrade,
}

/// A way to a server that was opened before the first request.
pub(crate) enum Opened {
    /// A new connection.
    New(Connected),
    /// One that another client left.
    Kept(Link),
}

impl Opened {
    /// What the server chose by ALPN, if it did.
    pub(crate) fn chosen(&self) -> Option<&[u8]> {
        match self {
            Self::New(connected) => connected.chosen.as_deref(),
            Self::Kept(link) => link.chosen.as_deref(),
        }
    }
}

impl Session {
    pub(crate) fn new(
        shared: Arc<Shared>,
        client: SocketAddr,
        target: Target,
        protocol: Protocol,
        tasks: &Tasks,
    ) -> Self {
        Self {
            shared,
            client,
            target,
            protocol,
            links: Links::default(),
            spawner: tasks.spawner(),
            line: Arc::default(),
            offered: None,
            kind: None,
            personal: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            streams: AtomicUsize::new(0),
            settled: AtomicBool::new(false),
            takes_tunnels: AtomicBool::new(false),
            undecided: AtomicBool::new(false),
            upgrading: AtomicBool::new(false),
            upgraded: Mutex::default(),
        }
    }

    /// The connection to the server may go on for other clients, for which the same is offered.
    pub(crate) fn kept_as(mut self, offered: Origin) -> Self {
        self.offered = Some(offered);
        self
    }

    /// The first request shows that clients of this kind trust us.
    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Goes on with what a kept connection to the server knows.
    pub(crate) fn on_line(mut self, line: Arc<Line>) -> Self {
        self.line = line;
        self
    }

    /// Gives the session the outcome of connecting to its origin, which was done ahead of the first request.
    pub(crate) async fn begin_with(
        &self,
        origin: &Arc<Origin>,
        opened: Result<Opened, UpstreamError>,
    ) {
        let link = match opened {
            Ok(Opened::New(connected)) => self.open(origin, connected).await,
            Ok(Opened::Kept(link)) => Ok(link),
            Err(error) => Err(error),
        };
        match link {
            Ok(link) => {
                let is_undecided = link.verdict.open().is_some();
                self.undecided.store(is_undecided, Ordering::Relaxed);
                self.links.put(origin, link);
            }
            Err(error) => self.links.put_error(error),
        }
    }

    pub(crate) fn client(&self) -> SocketAddr {
        self.client
    }

    /// Whether the client asked for nothing until the end of its connection, and ended it itself.
    pub(crate) fn is_unused(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == 0
    }

    /// The connection is used, or is ended by somebody else than the client.
    pub(crate) fn mark_used(&self) {
        if let Some(kind) = self.kind.as_ref().filter(|_| self.is_unused()) {
            self.shared.distrust.trusts(kind);
        }
        // The requests of a connection are all taken up in one task.
        let asked = self.asked.load(Ordering::Relaxed);
        self.asked.store(asked + 1, Ordering::Relaxed);
    }

    /// Ends when nothing was asked for long, and nothing is under way.
    pub(crate) async fn grown_idle(&self) {
        let mut asked = self.asked.load(Ordering::Relaxed);
        loop {
            sleep(self.shared.times().idle_max).await;
            let before = std::mem::replace(&mut asked, self.asked.load(Ordering::Relaxed));
            let is_under_way =
                self.line.stage() != Stage::Idle || self.streams.load(Ordering::Relaxed) > 0;
            if asked == before && !is_under_way {
                return;
            }
        }
    }

    /// Whether the server has just been heard to take CONNECT for more than TCP, such as for WebSocket (RFC 8441).
    pub(crate) fn learns_of_tunnels(&self) -> bool {
        let is_known = self.protocol == Protocol::Http1 || self.settled.load(Ordering::Relaxed);
        if is_known || !self.links.take_tunnels() {
            return false;
        }
        self.takes_tunnels.store(true, Ordering::Relaxed);
        self.mark_settled();
        true
    }

    /// The server has said what it takes: its settings come before its first answer (RFC 9113 §3.4).
    fn mark_settled(&self) {
        self.undecided.store(false, Ordering::Relaxed);
        self.settled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn takes_tunnels(&self) -> bool {
        self.takes_tunnels.load(Ordering::Relaxed)
    }

    /// Whether the client's connection ends with the server's, as it would without the proxy. A client whose server wants
    /// another certificate is told so instead.
    pub(crate) fn ends_with_server(&self) -> bool {
        matches!(self.target, Target::Origin(_))
            && !self.upgrading.load(Ordering::Relaxed)
            && !self.undecided.load(Ordering::Relaxed)
    }

    /// The client is gone: what goes on to servers ends in its own time, so that they are told.
    pub(crate) async fn leave(&self, mut tasks: Tasks) {
        let ended = poll_fn(|cx| Poll::Ready(tasks.poll(cx).is_ready())).await;
        let idle = self.links.only().filter(Link::is_ready);
        if let (Some(offered), Some(link), false) = (&self.offered, idle, ended)
            && !self.personal.load(Ordering::Relaxed)
            && !self.line.is_half_closed()
            && tasks.len() == 1
        {
            return self.shared.idle.keep(offered, Idle { link, tasks });
        }
        self.links.clear();
        if tasks.len() > 0 {
            tokio::spawn(timeout(LEAVING_MAX, tasks.run()));
        }
    }

    pub(crate) fn take_upgraded(&self) -> Option<Upgraded> {
        self.upgraded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}
