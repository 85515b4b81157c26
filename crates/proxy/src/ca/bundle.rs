//! The bundle: the roots of the system and ours in one file, since many clients take a file in place of the system's roots.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The roots that this system trusts. What cannot be read is left out, as the system's own clients do.
pub(super) fn system_roots() -> Vec<CertificateDer<'static>> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        tracing::warn!(%error, "a root certificate of the system cannot be read");
    }
    loaded.certs
}

/// The text of the bundle. Our certificate comes first and once, also where the system trusts it already.
pub(super) fn text(certificate_pem: &str, roots: &[CertificateDer<'_>]) -> String {
    let ours = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).ok();
    let mut text = certificate_pem.trim_end().to_owned();
    text.push('\n');
    for root in roots.iter().filter(|root| Some(*root) != ours.as_ref()) {
        push_pem(&mut text, root);
    }
    text
}

fn push_pem(text: &mut String, certificate: &[u8]) {
    text.push_str("-----BEGIN CERTIFICATE-----\n");
    let encoded = STANDARD.encode(certificate);
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
}
