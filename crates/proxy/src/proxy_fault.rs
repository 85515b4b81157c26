//! How another proxy, through which servers are reached, does not lead to one. What it says is never taken for the
//! server's answer.

use std::io;
use std::time::Duration;

use crate::upstream_error::UpstreamError;

/// How another proxy does not lead to a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFault {
    /// It cannot be connected to.
    #[error("it cannot be reached")]
    Unreachable(#[source] Box<UpstreamError>),
    /// It did not come to an agreement on TLS, or its certificate does not verify.
    #[error("TLS with it failed")]
    Tls(#[source] io::Error),
    /// It would know who asks.
    #[error("{answer}")]
    Authentication {
        /// What it asks for, or that it does not accept what it was given.
        answer: String,
    },
    /// It does not allow it.
    #[error("it does not allow that: {answer}")]
    Forbidden {
        /// Its status, or the number of its reply.
        answer: String,
    },
    /// It cannot reach the server either.
    #[error("it cannot reach the server: {answer}")]
    ServerUnreachable {
        /// Its status, or the number of its reply.
        answer: String,
    },
    /// It says something else.
    #[error("it answered {answer}")]
    Unexpected {
        /// Its status, or the number of its reply.
        answer: String,
    },
    /// It keeps silent.
    #[error("it did not answer within {after:?}")]
    Timeout {
        /// How long was waited.
        after: Duration,
    },
    /// The connection to it ended, or broke.
    #[error("the connection to it broke")]
    Io(#[from] io::Error),
}

impl ProxyFault {
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "upstream-proxy-unreachable",
            Self::Tls(_) => "upstream-proxy-tls",
            Self::Authentication { .. } => "upstream-proxy-authentication",
            Self::Forbidden { .. } => "upstream-proxy-forbidden",
            Self::ServerUnreachable { .. } => "upstream-proxy-gateway",
            Self::Timeout { .. } => "upstream-proxy-timeout",
            Self::Unexpected { .. } | Self::Io(_) => "upstream-proxy",
        }
    }

    /// What the reader can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Timeout { .. } => {
                "Check host and port in the URL of --upstream-proxy, and that this machine reaches that proxy."
            }
            Self::Tls(_) => {
                "Check that the proxy speaks TLS to its clients; else write http:// in the URL of --upstream-proxy. If it has a \
                 private CA, give its certificate to grantscope with --upstream-ca FILE.pem."
            }
            Self::Authentication { .. } => {
                "Write user and password into the URL of --upstream-proxy, percent-encoded: http://USER:PASSWORD@HOST:PORT. \
                 grantscope speaks Basic and the password of SOCKS5; where the proxy asks for NTLM or Negotiate, put a local \
                 proxy that speaks it in between."
            }
            Self::Forbidden { .. } => {
                "Ask who runs that proxy to allow CONNECT to this host and port, or name the host in upstream_proxy_bypass if this \
                 machine reaches it straight."
            }
            Self::ServerUnreachable { .. } => {
                "Check the spelling of the host; if it is one that this machine reaches straight, name it in \
                 upstream_proxy_bypass."
            }
            Self::Unexpected { .. } | Self::Io(_) => {
                "Check that the URL of --upstream-proxy has the scheme that the proxy speaks: http, https, socks5 or socks5h."
            }
        }
    }
}
