//! What can go wrong on the way to a server. Each kind has a stable identifier, a status and an advice.

use std::io;
use std::time::Duration;

use http::StatusCode;

use crate::certificate_fault::CertificateFault;
use crate::demand::Demand;
use crate::proxy_fault::ProxyFault;

/// Why there is no response of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// The name has no address.
    #[error("cannot resolve {host}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The resolver did not answer.
    #[error("resolving {host} took more than {after:?}")]
    ResolveTimeout {
        /// The name.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The name leads a client of another machine to this machine.
    #[error(
        "{host} has a loopback address, which a client on another machine does not get to by a name"
    )]
    Rebound {
        /// The name.
        host: String,
    },
    /// Nobody listens there.
    #[error("{host} refused the connection")]
    Refused {
        /// Host and port.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// The connection failed in another way.
    #[error("cannot connect to {host}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// The connection was not answered.
    #[error("connecting to {host} took more than {after:?}")]
    ConnectTimeout {
        /// Host and port.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The proxy that servers are reached through did not lead there.
    #[error("the proxy {proxy} does not lead to {host}")]
    Proxy {
        /// Host and port of the server.
        host: String,
        /// Host and port of that proxy.
        proxy: String,
        /// How not.
        #[source]
        fault: ProxyFault,
    },
    /// The proxy that servers are to be reached through is this one.
    #[error("{host} is to be reached through {proxy}, which is grantscope itself")]
    Loop {
        /// Host and port of the server.
        host: String,
        /// Host and port of that proxy.
        proxy: String,
    },
    /// The server's certificate does not verify.
    #[error("the certificate of {host} does not verify")]
    Certificate {
        /// Host and port.
        host: String,
        /// What is wrong with it.
        source: CertificateFault,
    },
    /// The server wants a certificate of its clients, and there is none for it.
    #[error("{host} asks for a client certificate, and there is none for it in the settings")]
    CertificateWanted {
        /// Host and port.
        host: String,
        /// How the server ended the connection.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server said nothing to the client certificate that the settings have for it, or turned it down.
    #[error(
        "{host} ended the connection when it was shown the client certificate that the settings have for it"
    )]
    CertificateRefused {
        /// Host and port.
        host: String,
        /// How the server ended the connection.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The TLS handshake failed in another way.
    #[error("the TLS handshake with {host} failed")]
    Tls {
        /// Host and port.
        host: String,
        /// What happened.
        source: io::Error,
    },
    /// The TLS handshake did not end.
    #[error("the TLS handshake with {host} took more than {after:?}")]
    TlsTimeout {
        /// Host and port.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The server no longer speaks the HTTP version that it had agreed to.
    #[error("{host} no longer speaks HTTP/2")]
    VersionChanged {
        /// Host and port.
        host: String,
    },
    /// The connection ended before the response began.
    #[error("{host} closed the connection before it answered")]
    Closed {
        /// Host and port.
        host: String,
        /// What was seen of it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is not HTTP.
    #[error("the answer of {host} is not valid HTTP")]
    Protocol {
        /// Host and port.
        host: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl UpstreamError {
    /// The stable identifier, which `X-Grantscope-Error` shows.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Resolve { .. } => "upstream-dns",
            Self::ResolveTimeout { .. } => "upstream-dns-timeout",
            Self::Rebound { .. } => "upstream-loopback",
            Self::Refused { .. } => "upstream-refused",
            Self::Unreachable { .. } => "upstream-unreachable",
            Self::ConnectTimeout { .. } => "upstream-connect-timeout",
            Self::Proxy { fault, .. } => fault.id(),
            Self::Loop { .. } => "upstream-loop",
            Self::Certificate { .. } => "upstream-certificate",
            Self::CertificateWanted { .. } => "upstream-client-certificate",
            Self::CertificateRefused { .. } => "upstream-client-certificate-refused",
            Self::Tls { .. } => "upstream-tls",
            Self::TlsTimeout { .. } => "upstream-tls-timeout",
            Self::VersionChanged { .. } => "upstream-version",
            Self::Closed { .. } => "upstream-closed",
            Self::Protocol { .. } => "upstream-protocol",
        }
    }

    /// The host that could not be reached, for most kinds with its port.
    pub fn host(&self) -> &str {
        match self {
            Self::Resolve { host, .. }
            | Self::ResolveTimeout { host, .. }
            | Self::Rebound { host }
            | Self::Refused { host, .. }
            | Self::Unreachable { host, .. }
            | Self::ConnectTimeout { host, .. }
            | Self::Proxy { host, .. }
            | Self::Loop { host, .. }
            | Self::Certificate { host, .. }
            | Self::CertificateWanted { host, .. }
            | Self::CertificateRefused { host, .. }
            | Self::Tls { host, .. }
            | Self::TlsTimeout { host, .. }
            | Self::VersionChanged { host }
            | Self::Closed { host, .. }
            | Self::Protocol { host, .. } => host,
        }
    }

    /// The status of a gateway that fails like this (RFC 9110 §15.6.3, §15.6.5).
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::ResolveTimeout { .. }
            | Self::ConnectTimeout { .. }
            | Self::TlsTimeout { .. }
            | Self::Proxy {
                fault: ProxyFault::Timeout { .. },
                ..
            } => StatusCode::GATEWAY_TIMEOUT,
            Self::Rebound { .. } => StatusCode::FORBIDDEN,
            Self::Loop { .. } => StatusCode::LOOP_DETECTED,
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// What the reader can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Resolve { .. } | Self::ResolveTimeout { .. } => {
                "Check the spelling of the host and that this machine can resolve it."
            }
            Self::Rebound { .. } => {
                "If the name is meant to be this machine, ask for localhost, or let the name stand for the machine's address in its \
                 network."
            }
            Self::Refused { .. } => "Check that the server is running and listens on this port.",
            Self::Unreachable { .. } | Self::ConnectTimeout { .. } => {
                "Check the network, VPN and firewall between this machine and the server."
            }
            Self::Proxy { fault, .. } => fault.advice(),
            Self::Loop { .. } => {
                "Give --upstream-proxy the URL of the other proxy, and start grantscope where HTTPS_PROXY does not name it."
            }
            Self::Certificate { source, .. } => source.advice(),
            Self::CertificateWanted { .. } => {
                "Name the client's certificate and key in grantscope.toml, under [[client_certificate]] with host, certificate and \
                 key; or pass the host through with --passthrough, so that the client shows its own."
            }
            Self::CertificateRefused { .. } => {
                "Check that the certificate under [[client_certificate]] for this host is the one that the server knows, has not \
                 expired, and has the authorities between it and the root in its file."
            }
            Self::Tls { .. } | Self::TlsTimeout { .. } => {
                "Check that the server speaks TLS 1.2 or 1.3 on this port."
            }
            Self::VersionChanged { .. } => "Let the client open a new connection.",
            Self::Closed { .. } => {
                "The server may have processed the request, so grantscope did not repeat it. Look at the server's log."
            }
            Self::Protocol { .. } => "Check that an HTTP server listens on this port.",
        }
    }

    /// What became of a connection to a server that asked for a certificate.
    pub(crate) fn of_demand(
        demand: Demand,
        host: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> Self {
        match demand {
            Demand::Met => Self::CertificateRefused { host, source },
            Demand::None | Demand::Unmet => Self::CertificateWanted { host, source },
        }
    }

    /// The message with its causes, in one line.
    pub(crate) fn describe(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}
