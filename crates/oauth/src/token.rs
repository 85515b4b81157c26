//! The token endpoint: request, response and refusal (RFC 6749 §3.2, §5).

use jiff::Timestamp;

use crate::client_auth::Client;
use crate::fingerprint::Fingerprint;
use crate::grant::Grant;
use crate::jwt::JwtFacts;

/// A request to the token endpoint (RFC 6749 §4.1.3 and its like).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The URL without its query.
    pub endpoint: String,
    /// `Host` (RFC 9110 §7.2), where it is not the authority of the URL: the client has another name for the server, behind
    /// an address that stands for it.
    pub called_as: Option<String>,
    /// What is presented.
    pub grant: Grant,
    /// Who presents it.
    pub client: Client,
    /// `scope` (RFC 6749 §3.3).
    pub scope: Option<String>,
    /// `resource` (RFC 8707 §2).
    pub resource: Vec<String>,
    /// The facts of the proof in the `DPoP` header (RFC 9449 §4).
    pub dpop: Option<Box<JwtFacts>>,
    /// Parameters that were sent in the query of the URL, where RFC 6749 §2.3.1 forbids secrets.
    pub secrets_in_query: Vec<String>,
}

/// Tokens that were granted (RFC 6749 §5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenResponse {
    /// `access_token`.
    pub access_token: Option<Fingerprint>,
    /// `refresh_token`.
    pub refresh_token: Option<Fingerprint>,
    /// `id_token` (OpenID Connect Core §3.1.3.3).
    pub id_token: Option<Fingerprint>,
    /// `token_type`.
    pub token_type: Option<String>,
    /// `expires_in`: the life of the access token, in seconds.
    pub expires_in_s: Option<u64>,
    /// The life of the refresh token where the server tells it (`refresh_expires_in`, `refresh_token_expires_in`), in seconds.
    pub refresh_expires_in_s: Option<u64>,
    /// `scope`.
    pub scope: Option<String>,
}

/// A refusal (RFC 6749 §5.2), or what a server means as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    /// The HTTP status.
    pub status: u16,
    /// `error`, or the word that the server uses in its place.
    pub error: String,
    /// `error_description` or its like. Secrets of the exchange that it repeats are replaced by their fingerprints.
    pub description: Option<String>,
    /// `error_uri`.
    pub uri: Option<String>,
    /// Numeric codes and sub-codes that the server adds (`error_codes`, `suberror`, `error_reason`).
    pub codes: Vec<String>,
    /// The names of the members in which they stood. RFC 6749 has none of these, so that some tell the product.
    pub members: Vec<&'static str>,
    /// The server's clock (`Date`, RFC 9110 §6.6.1).
    pub server_time: Option<Timestamp>,
    /// `Retry-After` (RFC 9110 §10.2.3), in seconds.
    pub retry_after_s: Option<u64>,
}

/// Answers that are steps of a protocol: to a client that polls (RFC 8628 §3.5, OpenID Connect CIBA §11), and to a proof
/// without a nonce (RFC 9449 §8).
const STEPS: [&str; 3] = ["authorization_pending", "slow_down", "use_dpop_nonce"];

impl TokenError {
    /// Whether it is no refusal but a step: the client is told to ask again.
    pub fn is_step(&self) -> bool {
        STEPS.contains(&self.error.as_str())
    }
}
