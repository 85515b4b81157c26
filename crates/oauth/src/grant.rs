//! What is presented at the token endpoint (RFC 6749 §1.3 and the grants that other RFCs add).

use std::fmt;

use crate::fingerprint::Fingerprint;
use crate::redirect_uri::RedirectUri;

/// A grant as it is presented. A parameter that the request lacks is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// `authorization_code` (RFC 6749 §4.1.3).
    AuthorizationCode {
        /// `code`.
        code: Option<Fingerprint>,
        /// `redirect_uri`.
        redirect_uri: Option<RedirectUri>,
        /// `code_verifier` (RFC 7636 §4.5).
        code_verifier: Option<Fingerprint>,
    },
    /// `refresh_token` (RFC 6749 §6).
    RefreshToken {
        /// `refresh_token`.
        refresh_token: Option<Fingerprint>,
    },
    /// `password` (RFC 6749 §4.3.2).
    Password {
        /// `username`.
        username: Option<Fingerprint>,
        /// `password`.
        password: Option<Fingerprint>,
    },
    /// `client_credentials` (RFC 6749 §4.4.2).
    ClientCredentials,
    /// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).
    DeviceCode {
        /// `device_code`.
        device_code: Option<Fingerprint>,
    },
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1).
    JwtBearer {
        /// `assertion`.
        assertion: Option<Fingerprint>,
    },
    /// `urn:ietf:params:oauth:grant-type:saml2-bearer` (RFC 7522 §2.1).
    Saml2Bearer {
        /// `assertion`.
        assertion: Option<Fingerprint>,
    },
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693 §2.1).
    TokenExchange {
        /// `subject_token`.
        subject_token: Option<Fingerprint>,
        /// `actor_token`.
        actor_token: Option<Fingerprint>,
        /// `audience`.
        audience: Vec<String>,
    },
    /// Another `grant_type`, kept as sent; empty where there was none.
    Unknown(String),
}

impl Grant {
    /// `grant_type` as it is registered.
    pub fn grant_type(&self) -> &str {
        match self {
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::RefreshToken { .. } => "refresh_token",
            Self::Password { .. } => "password",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode { .. } => "urn:ietf:params:oauth:grant-type:device_code",
            Self::JwtBearer { .. } => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::Saml2Bearer { .. } => "urn:ietf:params:oauth:grant-type:saml2-bearer",
            Self::TokenExchange { .. } => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::Unknown(grant_type) => grant_type,
        }
    }

    /// The secret that is presented: the code, the token, the assertion.
    pub fn secret(&self) -> Option<&Fingerprint> {
        match self {
            Self::AuthorizationCode { code: secret, .. }
            | Self::RefreshToken {
                refresh_token: secret,
            }
            | Self::DeviceCode {
                device_code: secret,
            }
            | Self::JwtBearer { assertion: secret }
            | Self::Saml2Bearer { assertion: secret }
            | Self::TokenExchange {
                subject_token: secret,
                ..
            } => secret.as_ref(),
            Self::Password { .. } | Self::ClientCredentials | Self::Unknown(_) => None,
        }
    }

    /// What to call that secret in front of its digest: `code`, `refresh`, `device-code`, `assertion`.
    pub fn secret_kind(&self) -> &'static str {
        match self {
            Self::AuthorizationCode { .. } => "code",
            Self::RefreshToken { .. } => "refresh",
            Self::DeviceCode { .. } => "device-code",
            Self::TokenExchange { .. } => "token",
            Self::JwtBearer { .. } | Self::Saml2Bearer { .. } => "assertion",
            Self::Password { .. } | Self::ClientCredentials | Self::Unknown(_) => "grant",
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.grant_type())
    }
}
