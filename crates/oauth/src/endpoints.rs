//! The other endpoints of an authorization server: revocation, introspection, device authorization, metadata, end of session.

use crate::client_auth::Client;
use crate::fingerprint::Fingerprint;

/// A revocation request (RFC 7009 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRequest {
    /// The URL without its query.
    pub endpoint: String,
    /// `token`.
    pub token: Fingerprint,
    /// `token_type_hint`.
    pub token_type_hint: Option<String>,
    /// Who revokes.
    pub client: Client,
}

/// An introspection request (RFC 7662 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionRequest {
    /// The URL without its query.
    pub endpoint: String,
    /// `token`.
    pub token: Fingerprint,
    /// Who asks.
    pub client: Client,
}

/// An introspection response (RFC 7662 §2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntrospectionResponse {
    /// `active`.
    pub active: bool,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `exp`, in seconds since 1970.
    pub exp: Option<i64>,
}

/// A device authorization request (RFC 8628 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorizationRequest {
    /// The URL without its query.
    pub endpoint: String,
    /// Who asks.
    pub client: Client,
}

/// A device authorization response (RFC 8628 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorizationResponse {
    /// `device_code`.
    pub device_code: Fingerprint,
    /// `user_code`.
    pub user_code: Option<Fingerprint>,
    /// `expires_in`, in seconds.
    pub expires_in_s: Option<u64>,
    /// `interval`, in seconds.
    pub interval_s: Option<u64>,
}

/// The metadata of an authorization server (RFC 8414 §2, OpenID Connect Discovery §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationServerMetadata {
    /// `issuer`.
    pub issuer: String,
    /// `authorization_endpoint`.
    pub authorization_endpoint: Option<String>,
    /// `token_endpoint`.
    pub token_endpoint: Option<String>,
    /// `pushed_authorization_request_endpoint` (RFC 9126 §5).
    pub pushed_authorization_request_endpoint: Option<String>,
    /// `revocation_endpoint` (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// `introspection_endpoint` (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// `device_authorization_endpoint` (RFC 8628 §4).
    pub device_authorization_endpoint: Option<String>,
    /// `end_session_endpoint` (OpenID Connect RP-Initiated Logout §2.1).
    pub end_session_endpoint: Option<String>,
    /// `token_endpoint_auth_methods_supported`.
    pub token_endpoint_auth_methods: Vec<String>,
}

/// A logout request (OpenID Connect RP-Initiated Logout §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndSessionRequest {
    /// The URL without its query.
    pub endpoint: String,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `id_token_hint`.
    pub id_token_hint: Option<Fingerprint>,
    /// `refresh_token`, which some servers take for a logout over the back channel.
    pub refresh_token: Option<Fingerprint>,
}
