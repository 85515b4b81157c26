//! Addresses that stand for a server, for clients that cannot be told to use a proxy: they are given the address in
//! place of the server's URL.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Uri;
use rustls::server::ClientHello;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::accept::{self, config_for};
use crate::client::refuse;
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::error::Error;
use crate::facade::Facade;
use crate::rescue::Problem;
use crate::rewind::Rewind;
use crate::serve::serve;
use crate::session::{Opened, Session};
use crate::shared::Shared;
use crate::target::{Target, absolute};
use crate::tasks::Tasks;
use crate::tls::{ALPN_HTTP2, Protocol};
use crate::upstream::Origin;
use crate::way::Way;

/// An address that stands for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// What clients speak there.
    pub spoken: Spoken,
    /// The `http://` or `https://` URL of the server. A path in it is of no account.
    pub server: String,
}

/// What clients speak at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spoken {
    /// What they will.
    #[default]
    Either,
    /// TLS alone.
    Tls,
    /// Cleartext alone.
    Clear,
}

/// What an address stands for.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    origin: Arc<Origin>,
    spoken: Spoken,
}

impl Reverse {
    pub(crate) fn front(&self) -> Result<Front, Error> {
        let refused = || Error::Reverse {
            server: self.server.clone(),
        };
        let uri: Uri = self.server.parse().map_err(|_error| refused())?;
        let origin = absolute(&uri).map_err(|_problem| refused())?;
        Ok(Front {
            origin: Arc::new(origin),
            spoken: self.spoken,
        })
    }
}

/// Serves a client that takes us for the server.
pub(crate) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    client: SocketAddr,
    front: Front,
) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let address = stream.local_addr()?;
    let mut stream = Rewind::new(stream);
    let detection = tokio::select! {
        detection = detect(&mut stream) => detection?,
        () = shared.given_up() => None,
    };
    let Some(detection) = detection else {
        return Ok(());
    };
    let visit = Visit {
        shared,
        client,
        address,
    };
    match (detection, front.spoken) {
        (Detection::Tls, Spoken::Either | Spoken::Tls) => {
            visit.serve_tls(&front.origin, stream).await
        }
        (Detection::Http1, Spoken::Either | Spoken::Clear) => {
            visit
                .serve_clear(&front.origin, stream, Protocol::Http1)
                .await
        }
        (Detection::Http2, Spoken::Either | Spoken::Clear) => {
            visit
                .serve_clear(&front.origin, stream, Protocol::Http2)
                .await
        }
        (Detection::Tls, Spoken::Clear) => {
            refuse(&visit.shared, stream, client, Problem::tls_to_clear()).await
        }
        (Detection::Http1 | Detection::Http2, Spoken::Tls) => {
            refuse(&visit.shared, stream, client, Problem::clear_to_tls()).await
        }
        (Detection::Opaque, _) => refuse(&visit.shared, stream, client, Problem::malformed()).await,
    }
}

/// A client at an address that stands for a server.
struct Visit {
    shared: Arc<Shared>,
    client: SocketAddr,
    /// Where it is connected to.
    address: SocketAddr,
}

impl Visit {
    /// Both legs speak the same version of HTTP, so that nothing is translated.
    async fn serve_clear<T>(
        &self,
        origin: &Arc<Origin>,
        stream: T,
        protocol: Protocol,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let origin = match protocol {
            Protocol::Http1 => Arc::clone(origin),
            Protocol::Http2 => Arc::new(origin.offering(vec![ALPN_HTTP2.to_vec()])),
        };
        let tasks = Tasks::default();
        let session = self.session(origin, false, protocol, &tasks);
        serve(&Arc::new(session), tasks, stream, protocol).await
    }

    /// As in a tunnel, the server is offered what the client offers, and the client is answered with what the server
    /// chose.
    async fn serve_tls<T>(&self, origin: &Origin, stream: T) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake_max = self.shared.times().handshake_max;
        let hello = accept::hello(stream, handshake_max).await?;
        let (name, protocols) = self.wanted(&hello.client_hello());
        let offered = origin.offering(protocols);
        let way = Way::open(&self.shared, &offered, None, self.client).await;
        let chosen = way.protocol_for_client(&offered);
        let config = config_for(&self.shared, &name, chosen.clone().into_iter().collect())?;
        let stream = accept::accept(hello, config, handshake_max)
            .await?
            .map_err(ConnectionError::Handshake)?;
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(ALPN_HTTP2) => Protocol::Http2,
            _ => Protocol::Http1,
        };
        self.serve_opened(stream, offered, way, protocol).await
    }

    async fn serve_opened<T>(
        &self,
        stream: T,
        offered: Origin,
        way: Way,
        protocol: Protocol,
    ) -> Result<(), ConnectionError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let settled = offered.settled(way.protocol_for_client(&offered).as_deref());
        let origin = Arc::new(settled);
        let Way { opened, tasks } = way;
        let session = self.session(Arc::clone(&origin), true, protocol, &tasks);
        let mut session = session.kept_as(offered);
        if let Ok(Opened::Kept(link)) = &opened {
            session = session.on_line(Arc::clone(&link.line));
        }
        let session = Arc::new(session);
        session.begin_with(&origin, opened).await;
        serve(&session, tasks, stream, protocol).await
    }

    /// The name that the client's hello asks for, or else the address, and what it offers by ALPN.
    fn wanted(&self, hello: &ClientHello<'_>) -> (String, Vec<Vec<u8>>) {
        let name = hello.server_name().map(str::to_owned);
        let name = name.unwrap_or_else(|| self.address.ip().to_canonical().to_string());
        let offered = hello.alpn().into_iter().flatten();
        (name, offered.map(<[u8]>::to_vec).collect())
    }

    fn session(
        &self,
        origin: Arc<Origin>,
        is_tls: bool,
        protocol: Protocol,
        tasks: &Tasks,
    ) -> Session {
        let facade = Facade {
            origin,
            address: self.address,
            is_tls,
        };
        let target = Target::Reverse(Arc::new(facade));
        Session::new(
            Arc::clone(&self.shared),
            self.client,
            target,
            protocol,
            tasks,
        )
    }
}
