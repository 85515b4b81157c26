//! Verifies servers as rustls does, and where one fails says why while its certificates are at hand.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use crate::certificate_fault::CertificateFault;
use crate::error::Error;
use crate::tls;

/// Verifies servers by the roots that it is given.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// `None` without any root, by which no server verifies.
    inner: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(crate) fn new(roots: RootCertStore) -> Result<Self, Error> {
        let provider = tls::provider();
        let algorithms = provider.signature_verification_algorithms;
        // The builder takes it for a mistake where there is no root, and here it is a machine without any.
        let inner = (!roots.is_empty())
            .then(|| WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build())
            .transpose()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        Ok(Self { inner, algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = match &self.inner {
            Some(inner) => {
                inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        verified.map_err(|error| match error {
            rustls::Error::InvalidCertificate(error) => {
                let fault = CertificateFault::of(error, end_entity, intermediates);
                CertificateError::Other(OtherError(Arc::new(fault))).into()
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What is wrong with a server's certificate, where that is why a handshake failed.
pub(crate) fn fault_of(error: &rustls::Error) -> Option<CertificateFault> {
    match error {
        rustls::Error::NoCertificatesPresented => Some(CertificateFault::Missing),
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            let fault = other.0.downcast_ref::<CertificateFault>();
            Some(fault.cloned().unwrap_or_else(|| unexplained(error)))
        }
        rustls::Error::InvalidCertificate(_) => Some(unexplained(error)),
        _ => None,
    }
}

fn unexplained(error: &rustls::Error) -> CertificateFault {
    CertificateFault::Unusable {
        reason: error.to_string(),
    }
}
