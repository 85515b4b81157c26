//! What can go wrong with the server, the client and the plays themselves. A refusal of the server is an answer and no error.

use std::io;
use std::net::SocketAddr;

/// A failure of the test bench.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No loopback port can be opened.
    #[error("cannot listen on a loopback port")]
    Listen(#[source] io::Error),
    /// A certificate cannot be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// TLS cannot be set up with this certificate or this trust.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// The trusted certificate is not PEM.
    #[error("cannot read the trusted certificates")]
    Trust(#[source] rustls::pki_types::pem::Error),
    /// The key for ID tokens cannot be made.
    #[error("cannot make a signing key")]
    SigningKey,
    /// A URL that the client cannot call.
    #[error("`{0}` is not an https URL")]
    NotAUrl(String),
    /// Nobody listens there.
    #[error("cannot connect to {address}")]
    Connect {
        /// Host and port.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The proxy does not open a tunnel.
    #[error("the proxy {proxy} answered CONNECT {target} with status {status}")]
    ConnectRefused {
        /// The proxy.
        proxy: SocketAddr,
        /// Where the tunnel was to lead.
        target: String,
        /// What it answered.
        status: u16,
    },
    /// No TLS session, in most cases since the certificate is not trusted.
    #[error("no TLS session with {host}")]
    Handshake {
        /// The host that was called.
        host: String,
        /// Why not.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the exchange with {peer} broke off")]
    Http {
        /// The host that was called.
        peer: String,
        /// How.
        source: hyper::Error,
    },
    /// The login did not lead to the callback.
    #[error("expected a redirect to {redirect_uri}, got status {status}: {body}")]
    NoCallback {
        /// Where the redirect was to lead.
        redirect_uri: String,
        /// What came.
        status: u16,
        /// What the server said.
        body: String,
    },
    /// A step that a play builds on was answered otherwise.
    #[error("a play expected {expected}, got status {status}: {body}")]
    OffScript {
        /// What was to come.
        expected: &'static str,
        /// What came.
        status: u16,
        /// What the server said.
        body: String,
    },
}
