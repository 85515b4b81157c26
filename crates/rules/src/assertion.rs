//! The assertion of a request: a grant (RFC 7523 §2.1, RFC 7522, RFC 8693), or the proof of the client (RFC 7523 §2.2).

use grantscope_oauth::{ClientAuthentication, Fingerprint, Grant, JwtFacts, TokenRequest};

/// The assertion that a request presents.
pub(crate) fn of(request: &TokenRequest) -> Option<&Fingerprint> {
    match &request.grant {
        Grant::JwtBearer { .. } | Grant::Saml2Bearer { .. } | Grant::TokenExchange { .. } => {
            request.grant.secret()
        }
        _ => of_client(request),
    }
}

/// The assertion by which the client authenticates.
pub(crate) fn of_client(request: &TokenRequest) -> Option<&Fingerprint> {
    match &request.client.authentication {
        ClientAuthentication::Assertion(assertion) => Some(assertion),
        _ => None,
    }
}

/// Its claims, where it is a JWT.
pub(crate) fn claims(request: &TokenRequest) -> Option<&JwtFacts> {
    of(request)?.jwt.as_deref()
}

/// The parameter that carries it.
pub(crate) fn place(request: &TokenRequest) -> &'static str {
    match request.grant {
        Grant::TokenExchange { .. } => "form subject_token",
        Grant::JwtBearer { .. } | Grant::Saml2Bearer { .. } => "form assertion",
        _ => "form client_assertion",
    }
}

/// Whether it is meant for the authorization server. The subject token of an exchange is meant for an API (RFC 8693 §2.1).
pub(crate) fn is_for_the_server(request: &TokenRequest) -> bool {
    !matches!(
        request.grant,
        Grant::TokenExchange { .. } | Grant::Saml2Bearer { .. }
    )
}
