//! The one place that chooses the TLS implementation and its preferences.

use std::io;
use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{AlertDescription, CipherSuite};

/// Why a name for the HTTP versions is needed: both TLS and the tunnel choose by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1, also where no protocol was negotiated.
    Http1,
    /// HTTP/2 (RFC 9113).
    Http2,
}

/// The ALPN identifier of HTTP/1.1 (RFC 7301 §6).
pub(crate) const ALPN_HTTP1: &[u8] = b"http/1.1";
/// The ALPN identifier of HTTP/2 over TLS (RFC 9113 §3.1).
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";

/// The alert by which the other end ended TLS, if that is what an error comes from.
pub(crate) fn alert_of(error: &(dyn std::error::Error + 'static)) -> Option<AlertDescription> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && let Some(rustls::Error::AlertReceived(alert)) =
                error.get_ref().and_then(|inner| inner.downcast_ref())
        {
            return Some(*alert);
        }
        next = error.source();
    }
    None
}

/// *ring*, with AES-128 first: SHA-256 in the key schedule costs half of what SHA-384 does.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = ring::default_provider();
        provider
            .cipher_suites
            .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        Arc::new(provider)
    });
    Arc::clone(&PROVIDER)
}
