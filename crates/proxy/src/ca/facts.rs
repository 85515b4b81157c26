//! What a certificate says of itself, by which it is found again in the stores of other programs.

use std::fmt::Write as _;

use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// What a certificate of an authority says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Its common name: `grantscope CA (88b1b2)`, with digits of its key.
    pub name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The SHA-1 digest of the certificate in hexadecimal digits, by which stores of macOS and Windows name it.
    pub thumbprint: String,
}

impl CertificateFacts {
    /// Those of a certificate in PEM; `None` where it is none.
    pub fn of(pem: &str) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
        let name = parsed.subject().iter_common_name().next()?;
        let ends = parsed.validity().not_after.timestamp();
        Some(Self {
            name: name.as_str().ok()?.to_owned(),
            expires_at: Timestamp::from_second(ends).unwrap_or(Timestamp::MAX),
            thumbprint: hexadecimal(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref()),
        })
    }

    /// The digits in its name, which no two authorities share.
    pub fn id(&self) -> &str {
        let digits = self.name.split_once('(').map(|(_, rest)| rest);
        digits.map_or(&self.thumbprint, |rest| rest.trim_end_matches(')'))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Nothing can go wrong where a text is written to.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
