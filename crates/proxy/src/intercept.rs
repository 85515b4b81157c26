//! Intercepts TLS in a tunnel: the client is shown a certificate of ours, the server is verified, and what they say to
//! each other is read.
//!
//! The server is connected to first, with the protocols that the client offers, and the client is then answered with
//! the protocol that the server chose. So both sides speak the same version of HTTP and nothing is translated; a
//! protocol that is not HTTP is passed on unread between the two. Where the server cannot be reached the client's handshake is finished all the same, so that the client can be told why.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::KeyLog;
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::client_certificate::Demand;
use crate::clock;
use crate::connect::{Dialed, Reach};
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::error::Error;
use crate::idle::Idle;
use crate::relay::relay;
use crate::rescue::Problem;
use crate::rewind::Rewind;
use crate::serve::serve;
use crate::session::Opened;
use crate::shared::Shared;
use crate::tap::{Rejection, TunnelReason};
use crate::tasks::Tasks;
use crate::tls::{self, ALPN_HTTP1, ALPN_HTTP2, Protocol};
use crate::tunnel::{First, Tunnel};
use crate::upstream::{Connected, Origin, Tls};
use crate::upstream_error::UpstreamError;

/// How long each half of a client's handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

/// A server that is not content with a client's certificate says so at once after the handshake. One that closes a
/// connection for being idle waits longer.
const DISCONTENT_WITHIN: Duration = Duration::from_secs(2);

/// What all client connections are accepted with. The certificate is chosen for each.
pub(crate) fn server_config(keylog: Arc<dyn KeyLog>) -> Result<rustls::ServerConfig, Error> {
    let mut config = rustls::ServerConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Chosen(None)));
    config.key_log = keylog;
    // Our order begins with what costs least, and the two ends of this leg are on one machine.
    config.ignore_client_order = true;
    Ok(config)
}

/// The certificate that was chosen for a connection. A configuration per connection shares all else with the others;
/// one per host would take 31 KB of memory a host.
#[derive(Debug)]
struct Chosen(Option<Arc<CertifiedKey>>);

impl ResolvesServerCert for Chosen {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}

/// What a client is accepted with that takes us for `name` and may speak these protocols.
pub(crate) fn config_for(
    shared: &Shared,
    name: &str,
    protocols: Vec<Vec<u8>>,
) -> Result<Arc<rustls::ServerConfig>, Error> {
    let mut config = shared.server_config.clone();
    config.cert_resolver = Arc::new(Chosen(Some(shared.authority.certify(name)?)));
    config.alpn_protocols = protocols;
    Ok(Arc::new(config))
}

/// The way to a server, and what runs it.
pub(crate) struct Way {
    pub(crate) opened: Result<Opened, UpstreamError>,
    pub(crate) tasks: Tasks,
}

impl Way {
    /// The way to a server: a connection that another client left, the one that is given, or one that is opened now.
    pub(crate) async fn open(
        shared: &Shared,
        offered: &Origin,
        dialed: Option<Result<Dialed, UpstreamError>>,
        client: SocketAddr,
    ) -> Self {
        let upstream = shared.upstream();
        let identity = upstream.identity(offered);
        let reach = Reach::of(client);
        let dialed = match dialed {
            Some(dialed) => dialed,
            None => match shared.idle.take(offered, identity).await {
                Some(Idle { link, tasks }) if reach.allows(link.server) => {
                    let opened = Ok(Opened::Kept(link));
                    return Self { opened, tasks };
                }
                _ => upstream.dial(&offered.host, offered.port, reach).await,
            },
        };
        let connected = match dialed {
            Ok(dialed) => upstream.secure(offered, dialed).await,
            Err(error) => Err(error),
        };
        Self {
            opened: connected.map(Opened::New),
            tasks: Tasks::default(),
        }
    }

    /// What the client is answered by ALPN: the server's choice, and where there is no server, what is simplest.
    pub(crate) fn protocol_for_client(&self, offered: &Origin) -> Option<Vec<u8>> {
        if let Ok(opened) = &self.opened {
            return opened.chosen().map(<[u8]>::to_vec);
        }
        let offered = offered.tls.as_ref().map(|tls| tls.protocols.as_slice())?;
        let simplest = offered.iter().find(|protocol| *protocol == ALPN_HTTP1);
        simplest.or(offered.first()).cloned()
    }

    /// Why the server left before anything was said, where it asked for a certificate at once before. One that left
    /// later did so as any server does.
    fn discontent(&mut self, offered: &Origin) -> Option<UpstreamError> {
        let connected = self.connected()?;
        let age = clock::instant().duration_since(connected.phases.began?);
        if connected.demand == Demand::None || age > DISCONTENT_WITHIN {
            return None;
        }
        let source = io::Error::from(io::ErrorKind::UnexpectedEof);
        let host = offered.host_and_port();
        Some(UpstreamError::of_demand(
            connected.demand,
            host,
            source.into(),
        ))
    }

    /// The way after it failed.
    fn failed(self, error: UpstreamError) -> Self {
        let (opened, tasks) = (Err(error), self.tasks);
        Self { opened, tasks }
    }

    /// A new connection, on which the server may speak first.
    fn connected(&mut self) -> Option<&mut Connected> {
        match &mut self.opened {
            Ok(Opened::New(connected)) => Some(connected),
            _ => None,
        }
    }
}

impl Tunnel {
    /// Reads the client's TLS to its end.
    pub(crate) async fn intercept<T>(
        self,
        client: Rewind<T>,
        dialed: Option<Result<Dialed, UpstreamError>>,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let acceptor = LazyConfigAcceptor::new(Acceptor::default(), client);
        let hello = timeout(HANDSHAKE_MAX, acceptor)
            .await
            .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?
            .map_err(ConnectionError::Handshake)?;
        let offered = self.origin(&hello.client_hello());
        let way = Way::open(&self.shared, &offered, dialed, self.client).await;
        let chosen = way.protocol_for_client(&offered);
        let name = offered.tls.as_ref().map_or(&self.host, |tls| &tls.name);
        let config = config_for(&self.shared, name, chosen.into_iter().collect())?;
        let accepted = timeout(HANDSHAKE_MAX, hello.into_stream(config))
            .await
            .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?;
        match accepted {
            Ok(stream) => self.serve_tls(stream, offered, way).await,
            Err(error) => {
                self.notice_failed_handshake(&error);
                Err(ConnectionError::Handshake(error))
            }
        }
    }

    /// The origin with the name and the protocols that the client's hello has.
    fn origin(&self, hello: &ClientHello<'_>) -> Origin {
        let offered = hello.alpn().into_iter().flatten();
        Origin {
            host: self.host.clone(),
            port: self.port,
            tls: Some(Tls {
                // A client that names no server means the host of the tunnel: an IP address has no server name.
                name: hello.server_name().unwrap_or(&self.host).to_owned(),
                protocols: offered.map(<[u8]>::to_vec).collect(),
            }),
        }
    }

    async fn serve_tls<T>(
        &self,
        stream: TlsStream<Rewind<T>>,
        offered: Origin,
        mut way: Way,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let negotiated = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let mut client = Rewind::new(stream);
        if negotiated.as_deref() == Some(ALPN_HTTP2) {
            return self.serve_http(client, offered, way, Protocol::Http2).await;
        }
        let first = tokio::select! {
            first = first_in_tls(&mut client, way.connected()) => first,
            () = self.shared.given_up() => return Ok(()),
        };
        let first = first.inspect_err(|error| {
            self.notice_rejected(rejection(error).unwrap_or(Rejection::ClosedUnused));
        })?;
        let reason = match first {
            First::Client(Detection::Http1) => {
                return self.serve_http(client, offered, way, Protocol::Http1).await;
            }
            First::Client(_) if negotiated.as_deref() == Some(ALPN_HTTP1) => {
                return self.refuse(client).await;
            }
            First::Client(_) => TunnelReason::NotHttp,
            First::Server => TunnelReason::ServerSpokeFirst,
            First::Nobody => {
                self.notice_rejected(Rejection::ClosedUnused);
                return Ok(());
            }
            First::ServerLeft => match way.discontent(&offered) {
                Some(error) => return self.tell(client, offered, way.failed(error)).await,
                None => return Ok(()),
            },
        };
        match self.alone(&offered, way).await {
            Ok(server) => self.relay_tls(client, server, reason).await,
            Err(error) => {
                self.shared.notice_upstream(&error);
                Ok(())
            }
        }
    }

    /// Tells a client in its first exchange what became of the way to the server.
    async fn tell<T>(
        &self,
        mut client: Rewind<T>,
        offered: Origin,
        way: Way,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match detect(&mut client).await? {
            Some(Detection::Http1) => self.serve_http(client, offered, way, Protocol::Http1).await,
            _ => Ok(()),
        }
    }

    /// A connection over which no HTTP was spoken.
    async fn alone(&self, offered: &Origin, way: Way) -> Result<Connected, UpstreamError> {
        match way.opened? {
            Opened::New(connected) => Ok(connected),
            Opened::Kept(_) => {
                self.shared
                    .upstream()
                    .connect(offered, Reach::of(self.client))
                    .await
            }
        }
    }

    async fn serve_http<T>(
        &self,
        client: T,
        offered: Origin,
        way: Way,
        protocol: Protocol,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let origin = Arc::new(offered.settled(way.protocol_for_client(&offered).as_deref()));
        let Way { opened, tasks } = way;
        let mut session = self.session(&origin, protocol, &tasks).kept_as(offered);
        if self.shared.policy().auto_passthrough {
            session = session.of_kind(self.kind());
        }
        if let Ok(Opened::Kept(link)) = &opened {
            session = session.on_line(Arc::clone(&link.line));
        }
        let session = Arc::new(session);
        session.begin_with(&origin, opened).await;
        let ended = serve(&session, tasks, client, protocol).await;
        if session.is_unused() {
            let alert = ended.as_ref().err().and_then(|error| rejection(error));
            self.notice_rejected(alert.unwrap_or(Rejection::ClosedUnused));
        }
        ended
    }

    async fn relay_tls<T>(
        &self,
        mut client: T,
        mut server: Connected,
        reason: TunnelReason,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        self.notice_tunnelled(reason);
        relay(&mut client, &mut server.stream).await
    }

    /// The client agreed to speak HTTP and does not.
    async fn refuse<T>(&self, mut client: T) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let problem = Problem::malformed();
        self.shared.notice_misspoke(self.client, &problem);
        client.write_all(&problem.bytes()).await?;
        client.shutdown().await?;
        Ok(())
    }

    fn notice_failed_handshake(&self, error: &io::Error) {
        let how = rejection(error).or_else(|| {
            let closed = [
                io::ErrorKind::UnexpectedEof,
                io::ErrorKind::ConnectionReset,
                io::ErrorKind::ConnectionAborted,
                io::ErrorKind::BrokenPipe,
            ];
            closed
                .contains(&error.kind())
                .then_some(Rejection::ClosedInHandshake)
        });
        if let Some(how) = how {
            self.notice_rejected(how);
        }
    }
}

async fn first_in_tls<T>(
    client: &mut Rewind<T>,
    server: Option<&mut Connected>,
) -> io::Result<First>
where
    T: AsyncRead + Unpin,
{
    let Some(server) = server else {
        return Ok(detect(client).await?.map_or(First::Nobody, First::Client));
    };
    tokio::select! {
        biased;
        detection = detect(client) => Ok(detection?.map_or(First::Nobody, First::Client)),
        read = server.stream.read_ahead() => match read {
            Ok(1..) => Ok(First::Server),
            Ok(0) | Err(_) => Ok(First::ServerLeft),
        },
    }
}

/// The alert of the client, if that is what ended TLS. After the handshake it shows in the HTTP connection.
fn rejection(error: &(dyn std::error::Error + 'static)) -> Option<Rejection> {
    tls::alert_of(error).map(|alert| Rejection::Alert(format!("{alert:?}")))
}
