//! The local certificate authority: what clients have to trust so that grantscope can read their traffic.

mod bundle;
mod facts;
mod leaf;
mod store;
mod truststore;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{Issuer, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;

use crate::error::Error;
use leaf::LeafCache;

pub use facts::CertificateFacts;

/// A certificate authority of this machine, kept in a directory. Cloning is cheap.
#[derive(Clone)]
pub struct CertificateAuthority(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
    system_roots: Vec<CertificateDer<'static>>,
    leaves: LeafCache,
}

impl CertificateAuthority {
    /// Opens the authority in `dir`, which is made on first use.
    ///
    /// The directory holds `ca.pem`, the certificate to trust; `ca.key`, its key, readable by its owner alone;
    /// and `bundle.pem` and `bundle.jks`, the system's roots and ours, for clients that take one file for all.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let files = store::open(dir)?;
        Ok(Self(Arc::new(Inner {
            dir: dir.to_path_buf(),
            leaves: LeafCache::new(files.expires_at)?,
            certificate_pem: files.certificate_pem,
            issuer: files.issuer,
            system_roots: files.system_roots,
        })))
    }

    /// Puts a new authority in the place of the one in `dir`. The old certificate is kept in `retired/`, so that it can be taken
    /// out of stores; its key is deleted. A proxy that runs goes on with the old one.
    pub fn rotate(dir: &Path) -> Result<Self, Error> {
        store::retire(dir)?;
        Self::open(dir)
    }

    /// Where the certificates are kept that were rotated out.
    pub fn retired(&self) -> Vec<PathBuf> {
        store::retired(&self.0.dir)
    }

    /// Whether a certificate (PEM) is among the roots that this system trusts.
    pub fn system_trusts(&self, pem: &str) -> bool {
        CertificateDer::from_pem_slice(pem.as_bytes())
            .is_ok_and(|certificate| self.0.system_roots.contains(&certificate))
    }

    /// The certificate, as PEM text.
    pub fn ca_pem(&self) -> &str {
        &self.0.certificate_pem
    }

    /// Where the certificate is kept.
    pub fn certificate_path(&self) -> PathBuf {
        self.0.dir.join(store::CERTIFICATE)
    }

    /// Where the key is kept.
    pub fn key_path(&self) -> PathBuf {
        self.0.dir.join(store::KEY)
    }

    /// Where the system's roots and ours are kept in one file.
    pub fn bundle_path(&self) -> PathBuf {
        self.0.dir.join(store::BUNDLE)
    }

    /// Where the same roots are kept in the form that Java reads (JKS, with Java's default password).
    pub fn truststore_path(&self) -> PathBuf {
        self.0.dir.join(store::TRUSTSTORE)
    }

    /// The pin of the key of all certificates that this process shows: the SHA-256 digest of its `SubjectPublicKeyInfo`, in
    /// Base64, as RFC 7469 §2.4 has it. A browser that is told of it takes them without trusting the authority.
    pub fn leaf_key_pin(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.0.leaves.public_key());
        BASE64_STANDARD.encode(digest)
    }

    /// The roots of the system, which were read for the bundle.
    pub(crate) fn system_roots(&self) -> &[CertificateDer<'static>] {
        &self.0.system_roots
    }

    /// A certificate, with its key, that says the server is `host`: a DNS name or an IP address.
    pub(crate) fn certify(&self, host: &str) -> Result<Arc<CertifiedKey>, Error> {
        self.0.leaves.certify(host, &self.0.issuer)
    }
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateAuthority")
            .field("dir", &self.0.dir)
            .finish_non_exhaustive()
    }
}
