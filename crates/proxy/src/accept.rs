//! Accepts the TLS of clients: with one configuration for all, and a certificate for each name that we are taken for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::KeyLog;
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use crate::belated::Belated;
use crate::connection_error::ConnectionError;
use crate::error::Error;
use crate::shared::Shared;
use crate::tls;
use crate::wide::Wide;

/// What lies below a client's TLS.
type Below<T> = Belated<Wide<T>>;

/// A client's TLS.
pub(crate) type ClientTls<T> = TlsStream<Below<T>>;

/// Reads what a client begins its TLS with.
pub(crate) async fn hello<T>(
    stream: T,
    handshake_max: Duration,
) -> Result<StartHandshake<Below<T>>, ConnectionError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let stream = Belated::new(Wide::new(stream));
    timeout(
        handshake_max,
        LazyConfigAcceptor::new(Acceptor::default(), stream),
    )
    .await
    .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?
    .map_err(ConnectionError::Handshake)
}

/// Goes on with the TLS of a client to the end of the handshake, which may fail.
pub(crate) async fn accept<T>(
    hello: StartHandshake<Below<T>>,
    config: Arc<rustls::ServerConfig>,
    handshake_max: Duration,
) -> Result<io::Result<ClientTls<T>>, ConnectionError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut accepted = timeout(handshake_max, hello.into_stream(config))
        .await
        .map_err(|_elapsed| ConnectionError::HandshakeTimeout)?;
    if let Ok(stream) = &mut accepted {
        stream.get_mut().0.handshake_is_over();
    }
    Ok(accepted)
}

/// What all client connections are accepted with. The certificate is chosen for each.
pub(crate) fn server_config(keylog: Arc<dyn KeyLog>) -> Result<rustls::ServerConfig, Error> {
    let mut config = rustls::ServerConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Chosen(None)));
    config.key_log = keylog;
    // Our order begins with what costs least, and the two ends of this leg are on one machine.
    config.ignore_client_order = true;
    // Each takes part of a handshake to make. Who resumes a session gets another.
    config.send_tls13_tickets = 1;
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
