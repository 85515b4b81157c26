//! What keeps the proxy from starting. What goes wrong with traffic is an [`UpstreamError`](crate::UpstreamError).

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::client_certificate::ClientCertificateError;

/// What failed while the proxy or its certificate authority was set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken, or not one of this machine's.
    #[error("cannot listen on {address}: choose another address with `--listen`")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why the system refused it.
        source: io::Error,
    },

    /// The address can be reached by other machines, and nobody on them was allowed.
    #[error(
        "listening on {address} lets other machines use the proxy: name those that may with `--allow-remote ADDRESS[/BITS]`, set a token that they present with `allow_remote_token`, or listen on 127.0.0.1"
    )]
    ListenRemote {
        /// The address that was asked for.
        address: SocketAddr,
    },

    /// The listener broke while the proxy was running.
    #[error("the listener on {address} broke")]
    Accept {
        /// The address that was listened on.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },

    /// A file of the certificate authority cannot be written.
    #[error(
        "cannot write {}: make the directory writable or choose another with `--ca-dir`",
        path.display()
    )]
    AuthorityUnwritable {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A file of the certificate authority cannot be read.
    #[error("cannot read {}: check its owner and permissions", path.display())]
    AuthorityUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The certificate is there and its key is not.
    #[error(
        "{} is missing beside its certificate: restore it, or remove {} so that a new CA is made (and has to be trusted anew)",
        key.display(),
        certificate.display()
    )]
    AuthorityKeyMissing {
        /// Where the key should be.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },

    /// The key file holds no usable key.
    #[error(
        "{} holds no usable private key: restore it, or remove the CA directory so that a new CA is made",
        path.display()
    )]
    AuthorityKeyCorrupt {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        source: rcgen::Error,
    },

    /// The certificate file holds no usable certificate.
    #[error(
        "{} holds no usable CA certificate: restore it, or remove the CA directory so that a new CA is made",
        path.display()
    )]
    AuthorityCertificateCorrupt {
        /// The certificate file.
        path: PathBuf,
    },

    /// Key and certificate do not belong together.
    #[error(
        "the key {} does not belong to the certificate {}: restore the pair, or remove both so that a new CA is made",
        key.display(),
        certificate.display()
    )]
    AuthorityKeyMismatch {
        /// The key file.
        key: PathBuf,
        /// The certificate file.
        certificate: PathBuf,
    },

    /// The certificate is no longer valid.
    #[error(
        "the CA certificate {} expired at {expired_at}: remove it and its key so that a new CA is made, then trust that one",
        path.display()
    )]
    AuthorityExpired {
        /// The certificate file.
        path: PathBuf,
        /// Its end.
        expired_at: Timestamp,
    },

    /// A certificate could not be made.
    #[error("cannot make a certificate for {host}")]
    Certificate {
        /// Whom it was for.
        host: String,
        /// Why not.
        source: rcgen::Error,
    },

    /// A file of additional root certificates cannot be used.
    #[error(
        "cannot use {} of `--upstream-ca`: it must be a readable PEM file with CERTIFICATE sections",
        path.display()
    )]
    UpstreamAuthority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },

    /// A certificate of such a file is not one that can be trusted.
    #[error("cannot trust a certificate of {} (`--upstream-ca`)", path.display())]
    UpstreamRoot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },

    /// The proxy that servers shall be reached through is not named by a URL that can be used.
    #[error(
        "cannot use the URL of `--upstream-proxy`: write http://HOST:PORT, https://, socks5:// or socks5h://, if need be with USER:PASSWORD@ (percent-encoded)"
    )]
    UpstreamProxy,

    /// A client certificate cannot be used.
    #[error("cannot use the client certificate for {host}")]
    ClientCertificate {
        /// The hosts that it is for.
        host: String,
        /// Why not.
        source: ClientCertificateError,
    },

    /// The server that an address shall stand for is not named by a URL that can be used.
    #[error(
        "cannot use {server} in `--reverse`: write LISTEN=http://HOST[:PORT] or LISTEN=https://HOST[:PORT]"
    )]
    Reverse {
        /// What was given.
        server: String,
    },

    /// The file for TLS secrets cannot be opened.
    #[error("cannot write {}: choose another file with `--keylog`", path.display())]
    KeyLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The TLS library refused its configuration.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
}
