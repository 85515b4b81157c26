//! The bundle once more, as Java reads it: a key store of the kind `JKS`.
//!
//! Java takes no PEM for its trust store. The format is short and has not changed since JDK 1.2: entries of certificates, and a
//! SHA-1 digest that is keyed with a password and guards against accidents alone.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Java's own default, which it uses where no other is named.
const PASSWORD: &str = "changeit";

const MAGIC: u32 = 0xFEED_FEED;
const VERSION: u32 = 2;
const TRUSTED_CERTIFICATE: u32 = 2;

/// The bytes of a trust store with the certificates of a bundle (PEM).
pub(super) fn bytes(bundle: &str) -> Vec<u8> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(bundle.as_bytes())
        .flatten()
        .collect();
    let mut store = Vec::new();
    push_number(&mut store, MAGIC);
    push_number(&mut store, VERSION);
    push_number(&mut store, length(certificates.len()));
    for (number, certificate) in certificates.iter().enumerate() {
        push_certificate(&mut store, &format!("root-{number}"), certificate);
    }
    let digest = digest(&store);
    store.extend(digest);
    store
}

fn push_certificate(store: &mut Vec<u8>, alias: &str, certificate: &[u8]) {
    push_number(store, TRUSTED_CERTIFICATE);
    push_text(store, alias);
    // When it was added, which nothing reads: the file stays the same as long as the bundle does.
    store.extend(0_u64.to_be_bytes());
    push_text(store, "X.509");
    push_number(store, length(certificate.len()));
    store.extend(certificate);
}

fn push_number(store: &mut Vec<u8>, number: u32) {
    store.extend(number.to_be_bytes());
}

/// A short text of ASCII, with its length in two bytes.
fn push_text(store: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    store.extend(length.to_be_bytes());
    store.extend(text.as_bytes());
}

/// A length in four bytes; no certificate comes near to what they hold.
fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn digest(store: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for unit in PASSWORD.encode_utf16() {
        context.update(&unit.to_be_bytes());
    }
    context.update(b"Mighty Aphrodite");
    context.update(store);
    context.finish().as_ref().to_vec()
}
