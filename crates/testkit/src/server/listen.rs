//! Connections: TLS with HTTP/2 or HTTP/1.1, whichever the client prefers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::AuthorizationServer;
use crate::canary::Secret;
use crate::test_ca::{Leaf, crypto};
use crate::{Error, TestCa};

/// A connection without a handshake may not hold up the shutdown for longer.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(5);

/// A server that listens. It stops when this is dropped, or in order by [`RunningServer::shutdown`].
#[derive(Debug)]
pub struct RunningServer {
    addr: SocketAddr,
    server: Arc<AuthorizationServer>,
    ca_pem: String,
    stop: oneshot::Sender<()>,
    listening: JoinHandle<()>,
}

impl RunningServer {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The issuer (RFC 8414 §2), which all its endpoints begin with.
    pub fn issuer(&self) -> &str {
        &self.server.issuer
    }

    /// The CA to trust for this server.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// All secrets that it issued so far.
    pub fn secrets(&self) -> Vec<Secret> {
        self.server.store().secrets()
    }

    /// Moves the server's clock ahead, so that what it issued grows older at once.
    pub fn advance(&self, by: Duration) {
        self.server.clock.advance(by);
    }

    /// Stops listening and waits until the requests in hand are answered.
    pub async fn shutdown(self) {
        // It fails only where the listener is gone, which is what was wanted.
        self.stop.send(()).ok();
        self.listening.await.ok();
    }
}

pub(super) fn start(
    listener: TcpListener,
    server: AuthorizationServer,
    leaf: Leaf,
    ca: &TestCa,
) -> Result<RunningServer, Error> {
    let addr = listener.local_addr().map_err(Error::Listen)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls(leaf)?));
    let server = Arc::new(server);
    let (stop, stopped) = oneshot::channel();
    let listening = tokio::spawn(listen(listener, acceptor, Arc::clone(&server), stopped));
    Ok(RunningServer {
        addr,
        server,
        ca_pem: ca.pem(),
        stop,
        listening,
    })
}

fn tls(leaf: Leaf) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(crypto())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate], leaf.key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn listen(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    server: Arc<AuthorizationServer>,
    mut stopped: oneshot::Receiver<()>,
) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => {
                // A connection that is gone before it is accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                let server = Arc::clone(&server);
                tokio::spawn(serve(stream, acceptor.clone(), server, connections.watcher()));
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    server: Arc<AuthorizationServer>,
    watcher: Watcher,
) {
    // A client that does not trust the certificate, or says nothing, is its own affair.
    let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME_MAX, acceptor.accept(stream)).await else {
        return;
    };
    let service = service_fn(move |request| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(server.answer(request).await) }
    });
    let http = auto::Builder::new(TokioExecutor::new());
    let connection = http.serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection.into_owned()).await.ok();
}
