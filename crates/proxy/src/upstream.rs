//! The server's side: whom a request goes to, and the verified TLS connection there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, KeyLog, RootCertStore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client_certificate::{ClientCertificate, Identity};
use crate::clock;
use crate::connect::{Dialed, Phases, Reach, with_port};
use crate::demand::{Demand, Showing, noting};
use crate::dialer::Dialer;
use crate::error::Error;
use crate::hosts::Hosts;
use crate::maybe_tls::{MaybeTls, Transport};
use crate::rewind::Rewind;
use crate::tls::{self, ALPN_HTTP2, Protocol};
use crate::upstream_error::UpstreamError;
use crate::verify::{Verifier, fault_of};
use crate::wide::Wide;

/// Whom requests go to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// A name, or an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// How TLS is spoken; `None` for cleartext.
    pub(crate) tls: Option<Tls>,
}

/// What TLS with an origin needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tls {
    /// The name that the client wants verified, which is not always the host that it connects to.
    pub(crate) name: String,
    /// What is offered by ALPN, in this order.
    pub(crate) protocols: Vec<Vec<u8>>,
}

impl Origin {
    pub(crate) fn scheme(&self) -> &'static str {
        self.tls.as_ref().map_or("http", |_| "https")
    }

    /// Host and, unless it is the one of the scheme, port.
    pub(crate) fn authority(&self) -> String {
        let text = self.host_and_port();
        let default = if self.tls.is_some() { ":443" } else { ":80" };
        text.strip_suffix(default)
            .map_or(text.clone(), str::to_owned)
    }

    pub(crate) fn host_and_port(&self) -> String {
        with_port(&self.host, self.port)
    }

    /// The same, offered these protocols where TLS is spoken.
    pub(crate) fn offering(&self, protocols: Vec<Vec<u8>>) -> Self {
        let mut offering = self.clone();
        if let Some(tls) = &mut offering.tls {
            tls.protocols = protocols;
        }
        offering
    }

    /// The same, to be spoken with by the protocol that was chosen before: further connections offer no other.
    pub(crate) fn settled(&self, chosen: Option<&[u8]>) -> Self {
        let mut settled = self.clone();
        if let (Some(tls), Some(chosen)) = (&mut settled.tls, chosen) {
            tls.protocols.retain(|protocol| protocol == chosen);
        }
        settled
    }
}

/// A connection to a server, with or without TLS.
pub(crate) type Stream = MaybeTls<Transport>;

/// A connection to a server over which HTTP, or anything, can be spoken.
pub(crate) struct Connected {
    pub(crate) stream: Rewind<Stream>,
    pub(crate) server: std::net::SocketAddr,
    pub(crate) phases: Phases,
    /// What the server chose by ALPN, if it did.
    pub(crate) chosen: Option<Vec<u8>>,
    /// The certificate that is for this server, whether or not it asked.
    pub(crate) identity: Option<Identity>,
    /// Whether the server asked for a certificate.
    pub(crate) demand: Demand,
}

impl Connected {
    pub(crate) fn clear(dialed: Dialed) -> Self {
        Self {
            stream: Rewind::new(Stream::Clear(dialed.stream)),
            server: dialed.server,
            phases: dialed.phases,
            chosen: None,
            identity: None,
            demand: Demand::None,
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self.chosen.as_deref() {
            Some(ALPN_HTTP2) => Protocol::Http2,
            _ => Protocol::Http1,
        }
    }
}

/// Opens connections to servers.
pub(crate) struct Upstream {
    dialer: Dialer,
    config: Arc<ClientConfig>,
    shown: Vec<Shown>,
}

/// A certificate that some hosts are shown. It has sessions of its own to resume.
struct Shown {
    hosts: Hosts,
    identity: Identity,
    config: Arc<ClientConfig>,
}

impl Shown {
    fn new(certificate: &ClientCertificate, without: &ClientConfig) -> Result<Self, Error> {
        let loaded = certificate.load();
        let (identity, certified) = loaded.map_err(|source| Error::ClientCertificate {
            host: certificate.host.clone(),
            source,
        })?;
        let mut config = without.clone();
        config.resumption = Resumption::default();
        config.client_auth_cert_resolver = Arc::new(Showing(Some(certified)));
        Ok(Self {
            hosts: Hosts::new(std::slice::from_ref(&certificate.host)),
            identity,
            config: Arc::new(config),
        })
    }
}

impl Upstream {
    pub(crate) fn new(
        dialer: Dialer,
        config: Arc<ClientConfig>,
        certificates: &[ClientCertificate],
    ) -> Result<Self, Error> {
        let shown = certificates.iter().map(|it| Shown::new(it, &config));
        Ok(Self {
            dialer,
            shown: shown.collect::<Result<_, _>>()?,
            config,
        })
    }

    /// Which certificate this origin is shown where it asks for one.
    pub(crate) fn identity(&self, origin: &Origin) -> Option<Identity> {
        let tls = origin.tls.as_ref()?;
        self.shown(tls, origin.port).map(|shown| shown.identity)
    }

    /// The name counts by which the server is verified: nobody else gets to see the certificate.
    fn shown(&self, tls: &Tls, port: u16) -> Option<&Shown> {
        self.shown
            .iter()
            .find(|it| it.hosts.contains(&tls.name, port))
    }

    /// Opens a connection to a host, over which nothing is spoken yet.
    pub(crate) async fn dial(
        &self,
        host: &str,
        port: u16,
        reach: Reach,
    ) -> Result<Dialed, UpstreamError> {
        self.dialer.dial(host, port, reach).await
    }

    /// Connects to an origin.
    pub(crate) async fn connect(
        &self,
        origin: &Origin,
        reach: Reach,
    ) -> Result<Connected, UpstreamError> {
        let dialed = self.dial(&origin.host, origin.port, reach).await?;
        self.secure(origin, dialed).await
    }

    /// Speaks TLS over a connection where the origin asks for it.
    pub(crate) async fn secure(
        &self,
        origin: &Origin,
        dialed: Dialed,
    ) -> Result<Connected, UpstreamError> {
        let Some(tls) = &origin.tls else {
            return Ok(Connected::clear(dialed));
        };
        let began = clock::instant();
        let shown = self.shown(tls, origin.port);
        let config = shown.map_or(&self.config, |shown| &shown.config);
        let handshake = noting(handshake(config, tls, dialed.stream));
        let after = self.dialer.times().handshake_max;
        let (stream, demand) =
            timeout(after, handshake)
                .await
                .map_err(|_elapsed| UpstreamError::TlsTimeout {
                    host: origin.host_and_port(),
                    after,
                })?;
        let stream = stream.map_err(|error| tls_error(origin.host_and_port(), error, demand))?;
        let mut phases = dialed.phases;
        phases.ssl = Some(clock::instant().duration_since(began));
        let (_, session) = stream.get_ref();
        Ok(Connected {
            chosen: session.alpn_protocol().map(<[u8]>::to_vec),
            stream: Rewind::new(Stream::Tls(Box::new(stream))),
            server: dialed.server,
            phases,
            identity: shown.map(|shown| shown.identity),
            demand,
        })
    }
}

async fn handshake(
    config: &ClientConfig,
    tls: &Tls,
    stream: Transport,
) -> io::Result<TlsStream<Wide<Transport>>> {
    let name = ServerName::try_from(tls.name.clone()).map_err(io::Error::other)?;
    // A copy shares all that is large, the sessions to resume among it.
    let mut config = config.clone();
    config.alpn_protocols.clone_from(&tls.protocols);
    TlsConnector::from(Arc::new(config))
        .connect(name, Wide::new(stream))
        .await
}

/// How servers are verified, before it is known what a client offers them.
pub(crate) fn client_config(
    roots: RootCertStore,
    keylog: Arc<dyn KeyLog>,
) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier::new(roots)?))
        .with_client_cert_resolver(Arc::new(Showing(None)));
    config.key_log = keylog;
    Ok(Arc::new(config))
}

/// The roots of the system, and those in these PEM files.
pub(crate) fn roots(
    system: &[CertificateDer<'static>],
    extra: &[PathBuf],
) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.iter().cloned());
    for path in extra {
        add_roots(&mut roots, path)?;
    }
    Ok(roots)
}

/// Whether a PEM file holds certificates by which servers can be verified, and nothing that cannot be used.
pub fn holds_roots(path: &Path) -> bool {
    add_roots(&mut RootCertStore::empty(), path).is_ok()
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> Result<(), Error> {
    let unusable = |source| Error::UpstreamAuthority {
        path: path.to_owned(),
        source,
    };
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unusable)? {
        let certificate = certificate.map_err(unusable)?;
        roots
            .add(certificate)
            .map_err(|source| Error::UpstreamRoot {
                path: path.to_owned(),
                source,
            })?;
    }
    if roots.len() == before {
        return Err(unusable(rustls::pki_types::pem::Error::NoItemsFound));
    }
    Ok(())
}

fn tls_error(host: String, error: io::Error, demand: Demand) -> UpstreamError {
    let reason = error.get_ref().and_then(|inner| inner.downcast_ref());
    if let Some(rustls::Error::AlertReceived(_)) = reason
        && demand != Demand::None
    {
        return UpstreamError::of_demand(demand, host, error.into());
    }
    match reason.and_then(fault_of) {
        Some(source) => UpstreamError::Certificate { host, source },
        None => UpstreamError::Tls {
            host,
            source: error,
        },
    }
}
