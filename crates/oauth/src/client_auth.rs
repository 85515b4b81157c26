//! Who calls the token endpoint, and how it proves that (RFC 6749 §2.3).

use crate::fingerprint::Fingerprint;

/// The client of a request to the token endpoint and its like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// `client_id`, from wherever it was given (RFC 6749 §2.2).
    pub id: Option<String>,
    /// How the client authenticates.
    pub authentication: ClientAuthentication,
}

/// How a client authenticates: the methods of `token_endpoint_auth_method` (RFC 7591 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// It does not: a public client (`none`), or one that authenticates by its TLS certificate (RFC 8705 §2), which a proxy cannot tell apart.
    None,
    /// `client_secret_basic`: HTTP Basic, both parts form-encoded (RFC 6749 §2.3.1).
    SecretBasic(Fingerprint),
    /// `client_secret_post`: `client_secret` in the body (RFC 6749 §2.3.1).
    SecretPost(Fingerprint),
    /// `client_secret_jwt` or `private_key_jwt`: `client_assertion` (RFC 7523 §2.2).
    Assertion(Fingerprint),
    /// An `Authorization` header that is none of these: its scheme.
    Other(String),
    /// More than one method in one request, which RFC 6749 §2.3 forbids.
    Several(Vec<Self>),
}

impl ClientAuthentication {
    /// The method's name in the registry of RFC 7591 §2.
    pub fn method(&self) -> &str {
        match self {
            Self::None => "none",
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::Assertion(of) => match of.jwt.as_ref().and_then(|jwt| jwt.alg.as_deref()) {
                Some(alg) if alg.starts_with("HS") => "client_secret_jwt",
                _ => "private_key_jwt",
            },
            Self::Other(scheme) => scheme,
            Self::Several(_) => "several methods",
        }
    }

    /// The shared secret, where the method sends one.
    pub fn secret(&self) -> Option<&Fingerprint> {
        match self {
            Self::SecretBasic(secret) | Self::SecretPost(secret) => Some(secret),
            _ => None,
        }
    }
}
