//! How a client connection ends where it does not end well. It is logged, and concerns nobody else.

use std::io;

use crate::error::Error;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("the connection broke")]
    Io(#[from] io::Error),
    #[error("the client's HTTP broke")]
    Http(#[from] hyper::Error),
    #[error("the client's HTTP/2 broke")]
    Http2(#[from] h2::Error),
    #[error("no certificate can be shown")]
    Certificate(#[from] Error),
    #[error("the TLS handshake with the client failed")]
    Handshake(#[source] io::Error),
    #[error("the client did not finish its TLS handshake")]
    HandshakeTimeout,
    #[error("the client did not finish its SOCKS request")]
    SocksTimeout,
}
