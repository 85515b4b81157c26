//! Listens, accepts, and shuts down in order.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::accept::server_config;
use crate::client;
use crate::clients::{Admission, Clients};
use crate::config::ProxyConfig;
use crate::contain::Contained;
use crate::disagreement::Disagreements;
use crate::distrust::Distrust;
use crate::error::Error;
use crate::idle::IdleLinks;
use crate::keylog;
use crate::policy::{Control, Policy};
use crate::rescue::Problem;
use crate::reverse::{self, Front};
use crate::rewind::Rewind;
use crate::shared::Shared;
use crate::tap::ContainedTap;

/// How long accepting pauses where the system has no more room for connections.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The proxy, not yet listening.
#[derive(Debug)]
pub struct Proxy;

/// A proxy that listens: connections are taken by the system and wait for [`serve`](Self::serve).
pub struct BoundProxy {
    listeners: Vec<Listener>,
    shared: Arc<Shared>,
    shutdown: watch::Sender<bool>,
}

struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    /// What the address stands for; `None` where it is the proxy's own.
    front: Option<Front>,
}

/// What a proxy did until it was shut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many client connections were accepted.
    pub connections: u64,
    /// How many connections had not ended when the time for it was over.
    pub cut_off: usize,
    /// How many connections, or exchanges of them, were lost to a bug of grantscope.
    pub panics: u64,
    /// How often the tap panicked.
    pub tap_panics: u64,
}

impl Proxy {
    /// Begins to listen.
    pub async fn bind(config: ProxyConfig) -> Result<BoundProxy, Error> {
        let keylog = keylog::open(config.keylog.as_deref())?;
        let clients = Clients::new(&config.allow_remote, config.allow_remote_token.as_ref());
        let mut listeners = vec![listen(config.listen, &clients, None).await?];
        for reverse in &config.reverse {
            let front = reverse.front()?;
            listeners.push(listen(reverse.listen, &clients, Some(front)).await?);
        }
        let address = listeners[0].address;
        let policy = Policy::new(&config, address, Arc::clone(&keylog))?;
        let server_config = server_config(Arc::clone(&keylog))?;
        let (shutdown, shutting_down) = watch::channel(false);
        let shared = Shared {
            address,
            authority: config.authority,
            server_config,
            keylog,
            policy: ArcSwap::from_pointee(policy),
            idle: IdleLinks::default(),
            distrust: Distrust::default(),
            disagreements: Disagreements::default(),
            tap: ContainedTap::new(config.tap),
            next_exchange: AtomicU64::new(config.first_exchange.0),
            panics: AtomicU64::new(0),
            shutdown: shutting_down,
        };
        Ok(BoundProxy {
            listeners,
            shared: Arc::new(shared),
            shutdown,
        })
    }
}

impl BoundProxy {
    /// Where the proxy listens, with the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// Where the addresses that stand for servers are, in the order of the configuration.
    pub fn reverse_addrs(&self) -> impl Iterator<Item = SocketAddr> {
        let reverse = self.listeners.iter().skip(1);
        reverse.map(|listener| listener.address)
    }

    /// What its connections have in common, for tests of what one of them does.
    #[cfg(test)]
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// What changes the proxy while it runs.
    pub fn control(&self) -> Control {
        Control::new(&self.shared)
    }

    /// Serves clients until `shutdown` ends; then lets exchanges in flight end, and cuts off what takes too long.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<Summary, Error> {
        let mut connections = JoinSet::new();
        let accepted = self.accept_until(shutdown, &mut connections).await;
        drop(self.listeners);
        // The receivers are gone where no connection is left.
        self.shutdown.send_replace(true);
        let drain_max = self.shared.policy().drain_max;
        let drained = timeout(drain_max, join_all(&mut connections)).await;
        let cut_off = connections.len();
        if drained.is_err() {
            connections.shutdown().await;
        }
        Ok(Summary {
            connections: accepted?,
            cut_off,
            panics: self.shared.panics.load(Ordering::Relaxed),
            tap_panics: self.shared.tap.panics(),
        })
    }

    async fn accept_until(
        &self,
        shutdown: impl Future<Output = ()> + Send,
        connections: &mut JoinSet<()>,
    ) -> Result<u64, Error> {
        let mut shutdown = pin!(shutdown);
        let mut accepted = 0;
        loop {
            let has_room = connections.len() < self.shared.policy().connections_max;
            tokio::select! {
                () = &mut shutdown => return Ok(accepted),
                Some(_) = connections.join_next() => {}
                (listener, incoming) = accept_any(&self.listeners), if has_room => match incoming {
                    Ok((stream, client)) => {
                        accepted += 1;
                        let shared = Arc::clone(&self.shared);
                        let front = listener.front.clone();
                        connections.spawn(serve_client(shared, stream, client, front));
                    }
                    Err(error) => accept_failed(listener.address, error).await?,
                },
            }
        }
    }
}

async fn listen(
    address: SocketAddr,
    clients: &Clients,
    front: Option<Front>,
) -> Result<Listener, Error> {
    if clients.are_local() && !address.ip().to_canonical().is_loopback() {
        return Err(Error::ListenRemote { address });
    }
    let refused = |source| Error::Listen { address, source };
    let socket = TcpListener::bind(address).await.map_err(refused)?;
    let address = socket.local_addr().map_err(refused)?;
    Ok(Listener {
        socket,
        address,
        front,
    })
}

/// The next connection to any of the listeners. Cancelling loses none.
async fn accept_any(listeners: &[Listener]) -> (&Listener, io::Result<(TcpStream, SocketAddr)>) {
    poll_fn(|cx| {
        for listener in listeners {
            if let Poll::Ready(incoming) = listener.socket.poll_accept(cx) {
                return Poll::Ready((listener, incoming));
            }
        }
        Poll::Pending
    })
    .await
}

/// Most errors concern one connection, or pass.
async fn accept_failed(address: SocketAddr, source: io::Error) -> Result<(), Error> {
    let is_broken = [io::ErrorKind::InvalidInput, io::ErrorKind::NotConnected];
    if is_broken.contains(&source.kind()) {
        return Err(Error::Accept { address, source });
    }
    tracing::warn!(error = %source, "a connection could not be accepted");
    sleep(ACCEPT_AGAIN_AFTER).await;
    Ok(())
}

impl std::fmt::Debug for BoundProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundProxy")
            .field("address", &self.shared.address)
            .finish_non_exhaustive()
    }
}

async fn join_all(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

/// The one place that logs how a connection ended.
async fn serve_client(
    shared: Arc<Shared>,
    stream: TcpStream,
    client: SocketAddr,
    front: Option<Front>,
) {
    let admission = shared.policy().clients.admit(client);
    let serving = Arc::clone(&shared);
    let connection = match (front, admission) {
        (None, Admission::Free) => Contained::new(client::run(serving, stream, client, None)),
        (None, Admission::ByToken(token)) => {
            Contained::new(client::run(serving, stream, client, Some(token)))
        }
        (Some(front), Admission::Free) => {
            Contained::new(reverse::run(serving, stream, client, front))
        }
        (None, Admission::Refused) | (Some(_), Admission::ByToken(_) | Admission::Refused) => {
            let problem = Problem::stranger();
            drop(client::refuse(&shared, Rewind::new(stream), client, problem).await);
            return;
        }
    };
    match connection.await {
        Some(Ok(())) => tracing::trace!(%client, "a client's connection ended"),
        Some(Err(error)) => {
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            tracing::debug!(%client, %error, reason, "a client's connection ended badly");
        }
        None => {
            tracing::error!(%client, "a client's connection was lost to a bug");
            shared.panicked(client);
        }
    }
}
