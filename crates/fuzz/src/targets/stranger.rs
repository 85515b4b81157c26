//! The bytes of strangers who connect to the proxy, or to whom it connects.

use std::sync::LazyLock;

use grantscope_proxy::{CertificateAuthority, fuzz};
use tokio::runtime::Runtime;

/// The first bytes of a connection.
pub(super) fn detection(bytes: &[u8]) {
    RUNTIME.block_on(fuzz::detection(bytes));
}

/// The beginning of TLS (RFC 8446 §4.1.2).
pub(super) fn client_hello(bytes: &[u8]) {
    fuzz::client_hello(bytes, &AUTHORITY);
}

/// What a client asks for a tunnel to (RFC 9112 §3.2.3).
pub(super) fn connect_target(bytes: &[u8]) {
    fuzz::connect_target(&String::from_utf8_lossy(bytes), &AUTHORITY);
}

/// All that a client of HTTP/1 sends.
pub(super) fn wire(bytes: &[u8]) {
    RUNTIME.block_on(fuzz::wire(bytes));
}

/// Metadata of a server (RFC 8414 §3.2).
pub(super) fn metadata(bytes: &[u8]) {
    fuzz::metadata(bytes);
}

#[expect(
    clippy::expect_used,
    reason = "without a runtime there is nothing to run"
)]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime is to be had")
});

#[expect(
    clippy::expect_used,
    reason = "without an authority there is nothing to run"
)]
static AUTHORITY: LazyLock<CertificateAuthority> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory is to be had");
    CertificateAuthority::open(directory.path()).expect("an authority can be made")
});
