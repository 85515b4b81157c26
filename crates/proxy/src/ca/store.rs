//! The files of the certificate authority, and how two processes that start at the same time agree on them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::facts::CertificateFacts;
use super::{bundle, truststore};
use crate::clock;
use crate::error::Error;

/// The certificate that clients trust.
pub(super) const CERTIFICATE: &str = "ca.pem";
/// Its key.
pub(super) const KEY: &str = "ca.key";
/// The system's roots and the certificate.
pub(super) const BUNDLE: &str = "bundle.pem";
/// The same for Java.
pub(super) const TRUSTSTORE: &str = "bundle.jks";
/// Holds certificates that were rotated out.
const RETIRED: &str = "retired";
/// Held while files are made.
const LOCK: &str = "ca.lock";

/// Seconds in a day.
pub(super) const DAY: u64 = 24 * 60 * 60;
/// How far before now the certificate becomes valid: more than its leaves, for the same reason.
const BACKDATED: Duration = Duration::from_secs(2 * DAY);
/// The user trusts it once; renewing means trusting again.
const VALIDITY: Duration = Duration::from_secs(3650 * DAY);

/// What the directory held.
pub(super) struct Files {
    pub(super) certificate_pem: String,
    pub(super) issuer: Issuer<'static, KeyPair>,
    pub(super) expires_at: Timestamp,
    pub(super) system_roots: Vec<CertificateDer<'static>>,
}

/// Reads the directory, and first makes what it lacks.
pub(super) fn open(dir: &Path) -> Result<Files, Error> {
    make_dir(dir).map_err(unwritable(dir))?;
    // The certificate is written last: where it is, the pair is complete.
    if !dir.join(CERTIFICATE).exists() {
        make_pair(dir)?;
    }
    let (certificate_pem, issuer, expires_at) = read_pair(dir)?;
    let system_roots = bundle::system_roots();
    let text = bundle::text(&certificate_pem, &system_roots);
    refresh(dir, BUNDLE, text.as_bytes())?;
    refresh(dir, TRUSTSTORE, &truststore::bytes(&text))?;
    Ok(Files {
        certificate_pem,
        issuer,
        expires_at,
        system_roots,
    })
}

/// Sets the certificate aside and deletes its key, so that the next `open` makes a new pair. Nothing is done where there is none.
pub(super) fn retire(dir: &Path) -> Result<(), Error> {
    let certificate = dir.join(CERTIFICATE);
    if !certificate.exists() {
        return Ok(());
    }
    let _lock = lock(dir)?;
    let pem = read(&certificate)?;
    let facts = CertificateFacts::of(&pem).ok_or_else(|| Error::AuthorityCertificateCorrupt {
        path: certificate.clone(),
    })?;
    let aside = dir.join(RETIRED);
    make_dir(&aside).map_err(unwritable(&aside))?;
    publish(&aside, &format!("{}.pem", facts.id()), pem.as_bytes())?;
    // The certificate goes first: where it is, the pair is complete.
    fs::remove_file(&certificate).map_err(unwritable(&certificate))?;
    let key = dir.join(KEY);
    match fs::remove_file(&key) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(&key)(error)),
        _ => Ok(()),
    }
}

/// The certificates that were set aside, in the order of their names.
pub(super) fn retired(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join(RETIRED)).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "pem"))
        .collect();
    paths.sort();
    paths
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn make_pair(dir: &Path) -> Result<(), Error> {
    let _lock = lock(dir)?;
    if dir.join(CERTIFICATE).exists() {
        return Ok(());
    }
    let (certificate, key) = generate().map_err(|source| Error::Certificate {
        host: "the CA itself".to_owned(),
        source,
    })?;
    publish(dir, KEY, key.as_bytes())?;
    publish(dir, CERTIFICATE, certificate.as_bytes())
}

/// Writes a file of roots anew where it is not as it should be.
fn refresh(dir: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = dir.join(name);
    let current = fs::read(&path).ok();
    if current.as_deref() == Some(content) {
        return Ok(());
    }
    let written = lock(dir).and_then(|_lock| publish(dir, name, content));
    match written {
        // An installation that may not be written to still works with the roots of yesterday.
        Err(error) if current.is_some() => {
            tracing::warn!(path = %path.display(), %error, "the bundle of roots is not up to date");
            Ok(())
        }
        other => other,
    }
}

/// An exclusive lock between threads and processes, which the system lets go of with the file.
fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(unwritable(&path))?;
    file.lock().map_err(unwritable(&path))?;
    Ok(file)
}

/// Writes a file under another name and then gives it its own, so that nobody reads half of it. Needs the lock.
fn publish(dir: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = dir.join(name);
    let unfinished = dir.join(format!("{name}.unfinished"));
    write_new(&unfinished, content, name == KEY)
        .and_then(|()| fs::rename(&unfinished, &path))
        .map_err(unwritable(&path))
}

fn write_new(path: &Path, content: &[u8], secret: bool) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A certificate and its key, as PEM.
fn generate() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let now = clock::timestamp();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(
        DnType::CommonName,
        format!("grantscope CA ({})", short_id(&key)),
    );
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now - BACKDATED, now + VALIDITY);
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// The key is random, and so is what is made of it; two installations can be told apart in a trust store.
fn short_id(key: &KeyPair) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.public_key_raw());
    let [first, second, third, ..] = digest.as_ref() else {
        return String::new();
    };
    format!("{first:02x}{second:02x}{third:02x}")
}

/// Writes the two times into the parameters of a certificate.
pub(super) fn set_validity(
    params: &mut CertificateParams,
    not_before: Timestamp,
    not_after: Timestamp,
) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let seconds = |at: Timestamp| Duration::from_secs(at.as_second().try_into().unwrap_or(0));
    params.not_before = epoch + seconds(not_before);
    params.not_after = epoch + seconds(not_after);
}

fn read_pair(dir: &Path) -> Result<(String, Issuer<'static, KeyPair>, Timestamp), Error> {
    let certificate_path = dir.join(CERTIFICATE);
    let key_path = dir.join(KEY);
    let certificate_pem = read(&certificate_path)?;
    if !key_path.exists() {
        return Err(Error::AuthorityKeyMissing {
            key: key_path,
            certificate: certificate_path,
        });
    }
    let key = read_key(&key_path)?;
    let (issuer, expires_at) = pair(&certificate_path, &certificate_pem, &key_path, key)?;
    Ok((certificate_pem, issuer, expires_at))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::AuthorityUnreadable {
        path: path.to_path_buf(),
        source,
    })
}

fn read_key(path: &Path) -> Result<KeyPair, Error> {
    KeyPair::from_pem(&read(path)?).map_err(|source| Error::AuthorityKeyCorrupt {
        path: path.to_path_buf(),
        source,
    })
}

/// Checks that the certificate is one, that it has not expired, and that the key is its key.
fn pair(
    certificate_path: &Path,
    certificate_pem: &str,
    key_path: &Path,
    key: KeyPair,
) -> Result<(Issuer<'static, KeyPair>, Timestamp), Error> {
    let corrupt = || Error::AuthorityCertificateCorrupt {
        path: certificate_path.to_path_buf(),
    };
    let der =
        CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_error| corrupt())?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|_error| corrupt())?;
    if parsed.public_key().raw != key.subject_public_key_info() {
        return Err(Error::AuthorityKeyMismatch {
            key: key_path.to_path_buf(),
            certificate: certificate_path.to_path_buf(),
        });
    }
    let expires_at =
        Timestamp::from_second(parsed.validity().not_after.timestamp()).unwrap_or(Timestamp::MAX);
    if expires_at <= clock::timestamp() {
        return Err(Error::AuthorityExpired {
            path: certificate_path.to_path_buf(),
            expired_at: expires_at,
        });
    }
    let issuer = Issuer::from_ca_cert_der(&der, key).map_err(|_error| corrupt())?;
    Ok((issuer, expires_at))
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path: PathBuf = path.to_path_buf();
    move |source| Error::AuthorityUnwritable { path, source }
}
