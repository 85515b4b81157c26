//! Certificates that are shown to servers in the name of clients (mutual TLS; RFC 8705 for OAuth). A client's own cannot
//! be passed on: it proves the possession of a key that only the client has.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::InconsistentKeys;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::tls;

/// A certificate for some hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Whom it is shown to: `host`, `host:port`, or `*.example.com` for all names below. It is the name by which the server is
    /// verified.
    pub host: String,
    /// A PEM file with the certificate, and behind it those of the authorities between it and a root.
    pub certificate: PathBuf,
    /// A PEM file with its private key, unencrypted.
    pub key: PathBuf,
}

/// Why a client certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientCertificateError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has no certificate.
    #[error("{} is no PEM file with CERTIFICATE sections", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The file has no private key.
    #[error("{} is no PEM file with a PRIVATE KEY section", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// Nobody can be asked for the passphrase.
    #[error(
        "the key {} is encrypted: write it without a passphrase by `openssl pkey -in {} -out plain.key`",
        path.display(),
        path.display()
    )]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// Everybody on this machine can read the key.
    #[error("the key {} can be read or written by every user: `chmod 600 {}`", path.display(), path.display())]
    ExposedKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is of a kind that TLS does not know.
    #[error("the key {} is none that can be used: take RSA, ECDSA on P-256 or P-384, or Ed25519", path.display())]
    UnusableKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// They do not belong together.
    #[error("the key {} does not belong to the first certificate of {}", key.display(), certificate.display())]
    KeyMismatch {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
}

/// Which certificate a connection was opened with, told from others by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity([u8; 32]);

impl ClientCertificate {
    pub(crate) fn load(&self) -> Result<(Identity, Arc<CertifiedKey>), ClientCertificateError> {
        let certificates = certificates(&self.certificate)?;
        let key = key(&self.key)?;
        let unusable = |source| ClientCertificateError::UnusableKey {
            path: self.key.clone(),
            source,
        };
        let signing = tls::provider().key_provider.load_private_key(key);
        let certified = CertifiedKey::new(certificates, signing.map_err(unusable)?);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(_) => {
                return Err(ClientCertificateError::KeyMismatch {
                    key: self.key.clone(),
                    certificate: self.certificate.clone(),
                });
            }
        }
        Ok((Identity::of(&certified), Arc::new(certified)))
    }
}

impl Identity {
    fn of(certified: &CertifiedKey) -> Self {
        let first = certified
            .cert
            .first()
            .map_or(&[][..], |first| first.as_ref());
        let mut identity = [0; 32];
        identity.copy_from_slice(digest(&SHA256, first).as_ref());
        Self(identity)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientCertificateError> {
    let text = read(path)?;
    let none = |source| ClientCertificateError::NoCertificate {
        path: path.to_owned(),
        source,
    };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(none)?;
    if certificates.is_empty() {
        return Err(none(pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, ClientCertificateError> {
    let path = path.to_owned();
    let text = read(&path)?;
    if is_exposed(&path) {
        return Err(ClientCertificateError::ExposedKey { path });
    }
    if is_encrypted(&text) {
        return Err(ClientCertificateError::EncryptedKey { path });
    }
    PrivateKeyDer::from_pem_slice(&text)
        .map_err(|source| ClientCertificateError::NoKey { path, source })
}

fn read(path: &Path) -> Result<Vec<u8>, ClientCertificateError> {
    fs::read(path).map_err(|source| ClientCertificateError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// PKCS #8 (RFC 7468 §11), and OpenSSL's older form.
fn is_encrypted(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with these two files.
    fn error(certificate: &str, key: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        let named = ClientCertificate {
            host: "idp.test".to_owned(),
            certificate: directory.path().join("c.pem"),
            key: directory.path().join("c.key"),
        };
        fs::write(&named.certificate, certificate).unwrap();
        fs::write(&named.key, key).unwrap();
        protect(&named.key, 0o600);
        named
            .load()
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[cfg(unix)]
    fn protect(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(not(unix))]
    fn protect(_: &Path, _: u32) {}

    fn pair() -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn each_thing_that_is_wrong_with_the_files_is_named() {
        let (certificate, key) = pair();
        let (_, other_key) = pair();
        assert_eq!(error(&certificate, &key), "");
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (certificate, key, expected) in [
            ("", key.as_str(), "CERTIFICATE sections"),
            (&key, &key, "CERTIFICATE sections"),
            (&certificate, "", "PRIVATE KEY section"),
            (&certificate, &certificate, "PRIVATE KEY section"),
            (&certificate, encrypted, "is encrypted: write it"),
            (&certificate, &other_key, "does not belong to"),
        ] {
            let said = error(certificate, key);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let nowhere = ClientCertificate {
            host: "idp.test".to_owned(),
            certificate: PathBuf::from("nowhere/c.pem"),
            key: PathBuf::from("nowhere/c.key"),
        };
        let error = nowhere.load().unwrap_err().to_string();
        assert!(error.contains("c.pem"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everybody_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("c.key");
        fs::write(&file, pair().1).unwrap();
        for (mode, expected) in [(0o604, true), (0o602, true), (0o640, false), (0o400, false)] {
            protect(&file, mode);
            let is_refused = matches!(key(&file), Err(ClientCertificateError::ExposedKey { .. }));
            assert_eq!(is_refused, expected, "{mode:o}");
        }
    }
}
