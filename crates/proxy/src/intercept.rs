//! Intercepts TLS in a tunnel: the client is shown a certificate of ours, the server is verified, and what they say to
//! each other is read.
//!
//! The server is connected to first, with the protocols that the client offers, and the client is then answered with
//! the protocol that the server chose. So both sides speak the same version of HTTP and nothing is translated; a
//! protocol that is not HTTP is passed on unread between the two. Where the server cannot be reached the client's handshake is finished all the
//! same, so that the client can be told why.

use std::io;
use std::sync::Arc;

use rustls::server::ClientHello;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::accept::{self, ClientTls, config_for};
use crate::connect::{Dialed, Reach};
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::disagreement::disagree;
use crate::relay::relay;
use crate::rescue::Problem;
use crate::rewind::Rewind;
use crate::serve::serve;
use crate::session::Opened;
use crate::tap::{NamedBy, Rejection, TunnelReason};
use crate::tls::{self, ALPN_HTTP1, ALPN_HTTP2, Protocol};
use crate::tunnel::{First, Tunnel};
use crate::upstream::{Connected, Origin, Tls};
use crate::upstream_error::UpstreamError;
use crate::way::Way;

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
        let handshake_max = self.shared.times().handshake_max;
        let hello = accept::hello(client, handshake_max).await?;
        let offered = self.origin(&hello.client_hello());
        self.compare_names(&offered);
        let way = Way::open(&self.shared, &offered, dialed, self.client).await;
        let chosen = way.protocol_for_client(&offered);
        let name = offered.tls.as_ref().map_or(&self.host, |tls| &tls.name);
        let config = config_for(&self.shared, name, chosen.into_iter().collect())?;
        match accept::accept(hello, config, handshake_max).await? {
            Ok(stream) => self.serve_tls(stream, offered, way).await,
            Err(error) => {
                self.notice_failed_handshake(&error);
                Err(ConnectionError::Handshake(error))
            }
        }
    }

    /// Tells where TLS is for another server than the tunnel.
    fn compare_names(&self, offered: &Origin) {
        if let Some(tls) = &offered.tls
            && disagree(&self.host, &tls.name)
        {
            let names = (self.host.as_str(), tls.name.as_str());
            self.shared.notice_names(self.client, names, NamedBy::Tls);
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
        stream: ClientTls<Rewind<T>>,
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
