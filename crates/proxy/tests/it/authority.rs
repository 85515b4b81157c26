//! The files of the certificate authority.

use std::fs;
use std::sync::{Arc, Barrier};

use grantscope_proxy::{CertificateAuthority, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

fn open(dir: &tempfile::TempDir) -> Result<CertificateAuthority, Error> {
    CertificateAuthority::open(dir.path())
}

#[test]
fn an_authority_is_made_once_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(&dir).unwrap();
    let second = open(&dir).unwrap();
    assert_eq!(first.ca_pem(), second.ca_pem());
    let der = CertificateDer::from_pem_slice(first.ca_pem().as_bytes()).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let name = certificate.subject().to_string();
    assert!(name.starts_with("CN=grantscope CA ("), "{name}");
    let constraints = certificate.basic_constraints().unwrap().unwrap().value;
    assert!(constraints.ca);
    assert_eq!(constraints.path_len_constraint, Some(0));
    assert!(
        certificate
            .key_usage()
            .unwrap()
            .unwrap()
            .value
            .key_cert_sign()
    );
    let has_ski = certificate.extensions().iter().any(|extension| {
        extension.oid == x509_parser::oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER
    });
    assert!(has_ski);
}

#[test]
fn authorities_can_be_told_apart_by_name() {
    let name = |authority: CertificateAuthority| {
        let der = CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap();
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        certificate.subject().to_string()
    };
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    assert_ne!(name(open(&dirs[0]).unwrap()), name(open(&dirs[1]).unwrap()));
}

#[test]
fn the_bundle_holds_our_certificate_and_is_renewed() {
    let dir = tempfile::tempdir().unwrap();
    let authority = open(&dir).unwrap();
    let bundle = fs::read_to_string(authority.bundle_path()).unwrap();
    assert!(bundle.contains(authority.ca_pem().trim_end()));
    fs::write(authority.bundle_path(), "old").unwrap();
    open(&dir).unwrap();
    assert_eq!(fs::read_to_string(authority.bundle_path()).unwrap(), bundle);
    for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        certificate.unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let authority = open(&dir).unwrap();
    let mode = fs::metadata(authority.key_path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn two_that_open_at_the_same_time_get_one_authority() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("made/on/the/way");
    let barrier = Arc::new(Barrier::new(4));
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let (path, barrier) = (path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                CertificateAuthority::open(&path)
                    .unwrap()
                    .ca_pem()
                    .to_owned()
            })
        })
        .collect();
    let mut texts: Vec<_> = openers
        .into_iter()
        .map(|opener| opener.join().unwrap())
        .collect();
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = CertificateAuthority::open(&file.join("ca")).unwrap_err();
    assert!(
        matches!(error, Error::AuthorityUnwritable { .. }),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(
        message.contains("file") && message.contains("--ca-dir"),
        "{message}"
    );
}

#[test]
fn broken_files_are_named_and_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let authority = open(&dir).unwrap();
    let (key_path, certificate_path) = (authority.key_path(), authority.certificate_path());
    let key = fs::read_to_string(&key_path).unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();

    fs::write(
        &key_path,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    )
    .unwrap();
    let error = open(&dir).unwrap_err();
    assert!(matches!(&error, Error::AuthorityKeyCorrupt { path, .. } if *path == key_path));

    fs::write(&key_path, other).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(matches!(&error, Error::AuthorityKeyMismatch { key, .. } if *key == key_path));

    fs::remove_file(&key_path).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(matches!(&error, Error::AuthorityKeyMissing { key, .. } if *key == key_path));

    fs::write(&key_path, key).unwrap();
    fs::write(&certificate_path, "nothing").unwrap();
    let error = open(&dir).unwrap_err();
    let is_named = matches!(
        &error,
        Error::AuthorityCertificateCorrupt { path } if *path == certificate_path
    );
    assert!(is_named, "{error:?}");
}

#[test]
fn an_expired_certificate_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    fs::write(dir.path().join("ca.pem"), certificate.pem()).unwrap();
    fs::write(dir.path().join("ca.key"), key.serialize_pem()).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(
        matches!(&error, Error::AuthorityExpired { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("2020-01-01"), "{error}");
}
