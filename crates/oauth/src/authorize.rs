//! The authorization endpoint: request and response (RFC 6749 §4.1.1–4.1.2, RFC 9101, RFC 9126, RFC 9207).

use crate::fingerprint::Fingerprint;
use crate::pkce::CodeChallenge;
use crate::redirect_uri::RedirectUri;

/// An authorization request (RFC 6749 §4.1.1), from the query, a form, a request object (RFC 9101) or a pushed request (RFC 9126).
///
/// Where parameters came by reference, `request_uri` is set and the others are those of the front channel alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The URL without its query: the authorization endpoint, or the pushed authorization request endpoint.
    pub endpoint: String,
    /// `client_id` (RFC 6749 §2.2).
    pub client_id: Option<String>,
    /// `response_type` (RFC 6749 §3.1.1).
    pub response_type: Option<String>,
    /// `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    pub response_mode: Option<String>,
    /// `redirect_uri` (RFC 6749 §3.1.2).
    pub redirect_uri: Option<RedirectUri>,
    /// `scope` (RFC 6749 §3.3).
    pub scope: Option<String>,
    /// `state` (RFC 6749 §4.1.1).
    pub state: Option<Fingerprint>,
    /// `nonce` (OpenID Connect Core §3.1.2.1).
    pub nonce: Option<Fingerprint>,
    /// `code_challenge` and `code_challenge_method` (RFC 7636 §4.3).
    pub code_challenge: Option<CodeChallenge>,
    /// `request_uri` (RFC 9126 §4).
    pub request_uri: Option<Fingerprint>,
    /// Whether the parameters came in a request object (RFC 9101 §4).
    pub request_object: bool,
    /// `resource` (RFC 8707 §2).
    pub resource: Vec<String>,
    /// `dpop_jkt` (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
}

/// What the pushed authorization request endpoint answered (RFC 9126 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedAuthorizationResponse {
    /// `request_uri`, which the authorization request then refers to.
    pub request_uri: Fingerprint,
    /// `expires_in`, in seconds.
    pub expires_in_s: Option<u64>,
}

/// An authorization response (RFC 6749 §4.1.2), where it is issued (a `Location`, a `form_post` page) or where it arrives (the callback).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where it is sent: the redirection URI without the parameters of the response.
    pub redirect_uri: RedirectUri,
    /// How it is carried.
    pub mode: ResponseMode,
    /// `code`, where access was granted.
    pub code: Option<Fingerprint>,
    /// `state`, as the request had it.
    pub state: Option<Fingerprint>,
    /// `iss` (RFC 9207 §2).
    pub iss: Option<String>,
    /// `error`, where it was not (RFC 6749 §4.1.2.1).
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
}

/// How an authorization response is carried (OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirection URI.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the user agent posts.
    FormPost,
}
