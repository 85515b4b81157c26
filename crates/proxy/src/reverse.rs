//! Addresses that stand for a server, for clients that cannot be told to use a proxy: they are given the address in
//! place of the server's URL.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

use crate::client::refuse;
use crate::connection_error::ConnectionError;
use crate::detect::{Detection, detect};
use crate::error::Error;
use crate::intercept::config_for;
use crate::rescue::Problem;
use crate::rewind::Rewind;
use crate::serve::serve;
use crate::session::Session;
use crate::shared::Shared;
use crate::target::{Target, absolute};
use crate::tasks::Tasks;
use crate::tls::{ALPN_HTTP1, Protocol};
use crate::upstream::Origin;

/// How long each half of a client's handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

/// An address that stands for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// The `http://` or `https://` URL of the server. A path in it is of no account.
    pub server: String,
}

impl Reverse {
    pub(crate) fn origin(&self) -> Result<Arc<Origin>, Error> {
        let refused = || Error::Reverse {
            server: self.server.clone(),
        };
        let uri: Uri = self.server.parse().map_err(|_error| refused())?;
        let origin = absolute(&uri).map_err(|_problem| refused())?;
        Ok(Arc::new(origin))
    }
}

/// Serves a client that takes us for the server, with or without TLS.
pub(crate) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    client: SocketAddr,
    origin: Arc<Origin>,
) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let address = stream.local_addr()?;
    let mut stream = Rewind::new(stream);
    let detection = tokio::select! {
        detection = detect(&mut stream) => detection?,
        () = shared.given_up() => None,
    };
    let target = Target::Reverse(origin);
    let tasks = Tasks::default();
    let session = Session::new(Arc::clone(&shared), client, target, Protocol::Http1, &tasks);
    let session = Arc::new(session);
    match detection {
        None => Ok(()),
        Some(Detection::Http1) => serve(&session, tasks, stream, Protocol::Http1).await,
        Some(Detection::Tls) => serve_tls(&session, tasks, stream, address).await,
        Some(_) => refuse(&shared, stream, client, Problem::malformed()).await,
    }
}

async fn serve_tls<T>(
    session: &Arc<Session>,
    tasks: Tasks,
    stream: T,
    address: SocketAddr,
) -> Result<(), ConnectionError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
    let hello = timeout(HANDSHAKE_MAX, acceptor)
        .await
        .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?
        .map_err(ConnectionError::Handshake)?;
    let name = hello.client_hello().server_name().map(str::to_owned);
    let name = name.unwrap_or_else(|| address.ip().to_string());
    let config = config_for(&session.shared, &name, vec![ALPN_HTTP1.to_vec()])?;
    let stream = timeout(HANDSHAKE_MAX, hello.into_stream(config))
        .await
        .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?
        .map_err(ConnectionError::Handshake)?;
    serve(session, tasks, stream, Protocol::Http1).await
}
