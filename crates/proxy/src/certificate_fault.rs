//! What can be wrong with the certificate of a server, in words, each with the mend.

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// How many of the names in a certificate are told.
const NAMES_MAX: usize = 5;
/// How many characters of a name are told.
const NAME_LEN_MAX: usize = 200;

/// Why the certificate of a server does not verify (RFC 5280 §6, RFC 9525).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// The server showed none.
    #[error("the server showed no certificate")]
    Missing,
    /// Its time is over, or that of one above it.
    #[error("it, or one above it, was valid until {not_after}")]
    Expired {
        /// Until when it was valid.
        not_after: Timestamp,
    },
    /// Its time has not come.
    #[error("it, or one above it, is not valid before {not_before}")]
    NotYetValid {
        /// From when on it is valid.
        not_before: Timestamp,
    },
    /// It is for another host.
    #[error("it is for {names}, and not for {wanted}")]
    OtherName {
        /// The host that is connected to.
        wanted: String,
        /// The hosts that it is for.
        names: String,
    },
    /// Nobody but itself vouches for it.
    #[error("it is signed by itself, as \"{subject}\"")]
    SelfSigned {
        /// Whom it names.
        subject: String,
    },
    /// It is one of an authority, and no server may show such a one as its own.
    #[error("it is one of a certificate authority, \"{subject}\", and not one of a server")]
    Authority {
        /// Whom it names.
        subject: String,
    },
    /// The server showed its own alone, and who signed it is not known.
    #[error(
        "it is signed by \"{issuer}\", of which the server shows no certificate and none is trusted"
    )]
    Alone {
        /// Who signed it.
        issuer: String,
    },
    /// The chain that the server showed leads to somebody unknown.
    #[error("its chain leads to \"{issuer}\", which is not trusted")]
    UnknownIssuer {
        /// Who signed the last of the chain.
        issuer: String,
    },
    /// The signature on it does not fit who is named as its issuer.
    #[error("its signature is not one of \"{issuer}\", which it names as its issuer")]
    BadSignature {
        /// Who is said to have signed it.
        issuer: String,
    },
    /// Anything else.
    #[error("{reason}")]
    Unusable {
        /// What the TLS library says.
        reason: String,
    },
}

impl CertificateFault {
    /// What is wrong with a certificate that did not verify for this reason.
    pub(crate) fn of(
        error: CertificateError,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Self {
        match error {
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired {
                not_after: timestamp(not_after),
            },
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid {
                not_before: timestamp(not_before),
            },
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => Self::OtherName {
                wanted: expected.to_str().into_owned(),
                names: listed(&presented),
            },
            CertificateError::BadSignature => Self::BadSignature {
                issuer: names_of(end_entity).issuer,
            },
            CertificateError::UnknownIssuer => unknown_issuer(end_entity, intermediates),
            _ if is_authority(end_entity) => Self::Authority {
                subject: names_of(end_entity).subject,
            },
            other => Self::Unusable {
                reason: other.to_string(),
            },
        }
    }

    /// What the reader can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Missing => {
                "Let the server show a certificate; grantscope speaks no TLS without one."
            }
            Self::Expired { .. } => {
                "Renew the certificate of the server. If it is valid still, set the clock of this machine."
            }
            Self::NotYetValid { .. } => {
                "Check the clock of this machine, and that of the one that made the certificate."
            }
            Self::OtherName { .. } => {
                "Use a host that the certificate is for, or have one made that has this host as a subjectAltName."
            }
            Self::SelfSigned { .. } => {
                "Give this certificate to grantscope with --upstream-ca FILE.pem, or have the server use one of a CA."
            }
            Self::Authority { .. } => {
                "Have one made for the server (`openssl req -x509` makes one of an authority unless told -addext basicConstraints=CA:FALSE), or pass the host on unread with --passthrough."
            }
            Self::Alone { .. } => {
                "If that is a private CA, give its certificate to grantscope with --upstream-ca FILE.pem. If it is a public one, let the server show its whole chain."
            }
            Self::UnknownIssuer { .. } => {
                "If the server has a private CA, give its certificate to grantscope with --upstream-ca FILE.pem."
            }
            Self::BadSignature { .. } => {
                "Let the server show the certificates that belong to its own, in their order; if --upstream-ca names the CA, check that the file is of the key in use."
            }
            Self::Unusable { .. } => "Have another certificate made for the server.",
        }
    }
}

/// Whom a certificate names.
struct Names {
    subject: String,
    issuer: String,
    is_self_signed: bool,
}

fn names_of(certificate: &CertificateDer<'_>) -> Names {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        let unreadable = || "a name that cannot be read".to_owned();
        return Names {
            subject: unreadable(),
            issuer: unreadable(),
            is_self_signed: false,
        };
    };
    Names {
        subject: shortened(&parsed.subject().to_string()),
        issuer: shortened(&parsed.issuer().to_string()),
        is_self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
    }
}

fn is_authority(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, parsed)| parsed.is_ca())
}

fn unknown_issuer(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> CertificateFault {
    let own = names_of(end_entity);
    if own.is_self_signed {
        let subject = own.subject;
        return CertificateFault::SelfSigned { subject };
    }
    match intermediates.last() {
        None => CertificateFault::Alone { issuer: own.issuer },
        Some(last) => CertificateFault::UnknownIssuer {
            issuer: names_of(last).issuer,
        },
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMES_MAX)
        .map(|name| shortened(name))
        .collect();
    match names.len() {
        0 => "no host".to_owned(),
        count if count > NAMES_MAX => {
            format!("{} and {} more", shown.join(", "), count - NAMES_MAX)
        }
        _ => shown.join(", "),
    }
}

/// A name is as long as its maker wants.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_LEN_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A time beyond what can be told is as good as the last one that can.
fn timestamp(time: UnixTime) -> Timestamp {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
