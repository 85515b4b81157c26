//! How a proxy is to be set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use grantscope_oauth::ExchangeId;

use crate::bypass::Bypass;
use crate::ca::CertificateAuthority;
use crate::client_certificate::ClientCertificate;
use crate::clients::Network;
use crate::limits::TimeLimits;
use crate::reverse::Reverse;
use crate::tap::Tap;
use crate::token::Token;

/// The port that grantscope listens on where none is named.
pub const DEFAULT_PORT: u16 = 8642;

/// How a proxy is to be set up. [`ProxyConfig::new`] gives the defaults; the fields are there to be changed.
#[derive(Clone)]
pub struct ProxyConfig {
    /// Where to listen; port 0 is any free one. The default is port 8642 of loopback.
    pub listen: SocketAddr,
    /// Who may use the proxy besides this machine. Where that is nobody, only loopback is listened on.
    pub allow_remote: Vec<Network>,
    /// What others may present in place of being named. It is not asked for at addresses that stand for a server, whose
    /// clients have no way to present it.
    pub allow_remote_token: Option<Token>,
    /// Addresses that stand for a server, besides.
    pub reverse: Vec<Reverse>,
    /// Signs what clients are shown.
    pub authority: CertificateAuthority,
    /// Watches the traffic.
    pub tap: Arc<dyn Tap>,
    /// PEM files of certificates that servers may be verified by, besides the system's roots.
    pub upstream_ca: Vec<PathBuf>,
    /// Certificates that are shown to servers that ask for one. The first that is for a host counts.
    pub client_certificates: Vec<ClientCertificate>,
    /// The URL of a proxy that servers are reached through: `http://host:port`, `https://`, `socks5://` or `socks5h://`, if
    /// need be with `user:password@`. Loopback is reached straight.
    pub upstream_proxy: Option<String>,
    /// Servers that are reached straight all the same.
    pub upstream_proxy_bypass: Vec<Bypass>,
    /// Hosts that are passed on unread: `host`, `host:port`, or `.example.com` for all names below.
    pub passthrough: Vec<String>,
    /// Whether a client that rejects our certificate for a host twice is passed on to it unread from then on.
    pub auto_passthrough: bool,
    /// Where the secrets of TLS connections, on both sides, are written for tools that read packet captures.
    pub keylog: Option<PathBuf>,
    /// How much of a content is copied for the tap, in bytes; what comes after passes uncopied.
    pub body_bytes_max: usize,
    /// How many client connections are served at a time; more wait to be accepted.
    pub connections_max: usize,
    /// How long exchanges in flight may take to end on shutdown.
    pub drain_max: Duration,
    /// How long else something may take.
    pub times: TimeLimits,
    /// The number of the first exchange.
    pub first_exchange: ExchangeId,
}

impl ProxyConfig {
    /// The defaults, for this authority and this tap.
    pub fn new(authority: CertificateAuthority, tap: Arc<dyn Tap>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            allow_remote: Vec::new(),
            allow_remote_token: None,
            reverse: Vec::new(),
            authority,
            tap,
            upstream_ca: Vec::new(),
            client_certificates: Vec::new(),
            upstream_proxy: None,
            upstream_proxy_bypass: Vec::new(),
            passthrough: Vec::new(),
            auto_passthrough: false,
            keylog: None,
            body_bytes_max: 1024 * 1024,
            connections_max: 4096,
            drain_max: Duration::from_secs(3),
            times: TimeLimits::default(),
            first_exchange: ExchangeId(1),
        }
    }
}

impl fmt::Debug for ProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConfig")
            .field("listen", &self.listen)
            .field("allow_remote", &self.allow_remote)
            .field("reverse", &self.reverse)
            .field("authority", &self.authority)
            .field("upstream_ca", &self.upstream_ca)
            .field("client_certificates", &self.client_certificates)
            .field("upstream_proxy_bypass", &self.upstream_proxy_bypass)
            .field("passthrough", &self.passthrough)
            .field("auto_passthrough", &self.auto_passthrough)
            .field("keylog", &self.keylog)
            .field("body_bytes_max", &self.body_bytes_max)
            .field("connections_max", &self.connections_max)
            .field("drain_max", &self.drain_max)
            .field("times", &self.times)
            .field("first_exchange", &self.first_exchange)
            .finish_non_exhaustive()
    }
}
