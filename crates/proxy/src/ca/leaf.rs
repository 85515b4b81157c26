//! Certificates for the hosts that clients ask for, all over one key of this process.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _, SanType, SerialNumber,
};
use ring::rand::SecureRandom;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use super::store::{DAY, set_validity};
use crate::clock;
use crate::error::Error;

/// How many certificates are kept.
const LEAVES_MAX: usize = 1024;
/// The validity of a certificate, from its start. Browsers refuse more than 397 days from any authority they cap.
const VALIDITY: Duration = Duration::from_secs(90 * DAY);
/// How far before now a certificate becomes valid, for clients whose clock is behind.
const BACKDATED: Duration = Duration::from_secs(DAY);
/// A kept certificate is not used in its last days.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(7 * DAY);
/// The upper bound of a common name (RFC 5280 appendix A.1, `ub-common-name`).
const COMMON_NAME_LEN_MAX: usize = 64;

/// Makes and keeps certificates.
pub(super) struct LeafCache {
    key: KeyPair,
    signing_key: Arc<dyn rustls::sign::SigningKey>,
    authority_expires_at: Timestamp,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    leaves: HashMap<Box<str>, Leaf>,
    oldest_first: VecDeque<Box<str>>,
}

#[derive(Clone)]
struct Leaf {
    certified: Arc<CertifiedKey>,
    renew_at: Timestamp,
}

impl LeafCache {
    pub(super) fn new(authority_expires_at: Timestamp) -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(|source| Error::Certificate {
            host: "any host".to_owned(),
            source,
        })?;
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing_key = rustls::crypto::ring::sign::any_ecdsa_type(&der)?;
        Ok(Self {
            key,
            signing_key,
            authority_expires_at,
            kept: Mutex::default(),
        })
    }

    /// The key of all certificates, as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    pub(super) fn public_key(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    /// The certificate for `host`. It is made without the lock, so that no other host waits for it;
    /// two connections to a new host may both make one, and the later one is kept.
    pub(super) fn certify(
        &self,
        host: &str,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Result<Arc<CertifiedKey>, Error> {
        let host = host.to_ascii_lowercase();
        let now = clock::timestamp();
        if let Some(kept) = self.kept(&host, now) {
            return Ok(kept);
        }
        let leaf = self.make(&host, issuer, now)?;
        let certified = Arc::clone(&leaf.certified);
        self.keep(host.into_boxed_str(), leaf);
        Ok(certified)
    }

    fn kept(&self, host: &str, now: Timestamp) -> Option<Arc<CertifiedKey>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let leaf = kept.leaves.get(host)?;
        (now < leaf.renew_at).then(|| Arc::clone(&leaf.certified))
    }

    fn keep(&self, host: Box<str>, leaf: Leaf) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.leaves.insert(host.clone(), leaf).is_some() {
            return;
        }
        kept.oldest_first.push_back(host);
        if kept.oldest_first.len() > LEAVES_MAX
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.leaves.remove(&oldest);
        }
    }

    fn make(
        &self,
        host: &str,
        issuer: &Issuer<'_, KeyPair>,
        now: Timestamp,
    ) -> Result<Leaf, Error> {
        let refused = |source| Error::Certificate {
            host: host.to_owned(),
            source,
        };
        let not_before = now - BACKDATED;
        let not_after = (not_before + VALIDITY).min(self.authority_expires_at);
        let mut params = parameters(host).map_err(refused)?;
        set_validity(&mut params, not_before, not_after);
        let certificate = params.signed_by(&self.key, issuer).map_err(refused)?;
        Ok(Leaf {
            certified: Arc::new(CertifiedKey::new(
                vec![certificate.der().clone()],
                Arc::clone(&self.signing_key),
            )),
            renew_at: not_after - RENEWED_BEFORE_END,
        })
    }
}

fn parameters(host: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let name = if host.len() <= COMMON_NAME_LEN_MAX {
        host
    } else {
        "grantscope"
    };
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = vec![subject(host)?];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial());
    Ok(params)
}

fn subject(host: &str) -> Result<SanType, rcgen::Error> {
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(host.trim_end_matches('.').try_into()?)),
    }
}

/// All leaves share a key, and clients refuse two certificates of one issuer and one serial number,
/// so that a number made of the key would not do.
fn serial() -> SerialNumber {
    let mut bytes = [0; 16];
    let filled = ring::rand::SystemRandom::new().fill(&mut bytes);
    debug_assert!(filled.is_ok(), "the system has no random bytes");
    // A serial number is positive (RFC 5280 §4.1.2.2) and here not zero.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> (LeafCache, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(CertificateParams::default(), key);
        let expires_at = clock::timestamp() + Duration::from_secs(1000 * DAY);
        (LeafCache::new(expires_at).unwrap(), issuer)
    }

    #[test]
    fn a_certificate_is_kept_and_found_without_regard_to_case() {
        let (leaves, issuer) = authority();
        let first = leaves.certify("IdP.test", &issuer).unwrap();
        let second = leaves.certify("idp.test", &issuer).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn an_address_is_certified_as_an_address() {
        let (leaves, issuer) = authority();
        for host in ["127.0.0.1", "::1"] {
            let leaf = leaves.certify(host, &issuer).unwrap();
            let (_, parsed) = x509_parser::parse_x509_certificate(&leaf.cert[0]).unwrap();
            let names = parsed.subject_alternative_name().unwrap().unwrap();
            let name = &names.value.general_names[0];
            assert!(
                matches!(name, x509_parser::extensions::GeneralName::IPAddress(_)),
                "{name}"
            );
        }
    }

    #[test]
    fn hosts_of_any_length_are_certified_or_refused() {
        let (leaves, issuer) = authority();
        let long = format!("{}.test", ["a"; 30].join("."));
        assert!(long.len() > 60);
        leaves.certify(&long, &issuer).unwrap();
        leaves.certify(&format!("{long}{long}"), &issuer).unwrap();
        assert!(leaves.certify("b\u{fc}ro.test", &issuer).is_err());
    }

    #[test]
    fn the_oldest_certificate_gives_way() {
        let (leaves, issuer) = authority();
        let leaf = leaves
            .make("first.test", &issuer, clock::timestamp())
            .unwrap();
        for number in 0..=LEAVES_MAX {
            leaves.keep(format!("{number}.test").into(), leaf.clone());
        }
        let now = clock::timestamp();
        assert!(leaves.kept("0.test", now).is_none());
        assert!(leaves.kept("1.test", now).is_some());
        assert_eq!(leaves.kept.lock().unwrap().leaves.len(), LEAVES_MAX);
    }

    #[test]
    fn a_certificate_is_not_used_in_its_last_days() {
        let (leaves, issuer) = authority();
        leaves.certify("idp.test", &issuer).unwrap();
        let late = clock::timestamp() + Duration::from_secs(85 * DAY);
        assert!(leaves.kept("idp.test", late).is_none());
    }
}
