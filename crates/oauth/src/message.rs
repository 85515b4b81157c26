//! What an exchange means in OAuth: the messages that its request and its response carry.

use jiff::Timestamp;

use crate::authorize::{AuthorizationRequest, AuthorizationResponse, PushedAuthorizationResponse};
use crate::endpoints::{
    AuthorizationServerMetadata, DeviceAuthorizationRequest, DeviceAuthorizationResponse,
    EndSessionRequest, IntrospectionRequest, IntrospectionResponse, RevocationRequest,
};
use crate::exchange::{Exchange, ExchangeId};
use crate::token::{TokenError, TokenRequest, TokenResponse};

/// An exchange, read: its OAuth messages and what is left to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The exchange that was read.
    pub exchange: ExchangeId,
    /// When the client began to send the request.
    pub started_at: Timestamp,
    /// When the last byte of the request was sent.
    pub sent_at: Timestamp,
    /// When the response was complete; `None` while there is none.
    pub answered_at: Option<Timestamp>,
    /// The method.
    pub method: String,
    /// The URL without query and fragment.
    pub endpoint: String,
    /// The fingerprint of the whole URL, by which a redirect is followed to the request that it leads to.
    pub url: crate::fingerprint::Digest,
    /// The fingerprint of the absolute URL in `Location`, without its fragment.
    pub location: Option<crate::fingerprint::Digest>,
    /// The fingerprint of the client's `User-Agent` (RFC 9110 §10.1.5), by which programs are told apart.
    pub agent: Option<crate::fingerprint::Digest>,
    /// The names of the response's headers by which some provider file recognises its product, in lower case. Their values,
    /// which may be secret, are not kept.
    pub marks: Vec<String>,
    /// The status, once there is a response.
    pub status: Option<u16>,
    /// What the request carries.
    pub request: RequestMessage,
    /// What the response carries, once there is one.
    pub response: Option<ResponseMessage>,
    /// Where the messages depart from their specification. They are data, and never stop the reading.
    pub malformations: Vec<Malformation>,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestMessage {
    /// To the authorization endpoint.
    Authorization(AuthorizationRequest),
    /// To the pushed authorization request endpoint (RFC 9126 §2.1), with the client that pushes.
    PushedAuthorization(AuthorizationRequest, crate::client_auth::Client),
    /// To the redirection endpoint of the client: the authorization response as it arrives.
    Callback(AuthorizationResponse),
    /// To the token endpoint.
    Token(TokenRequest),
    /// To the revocation endpoint.
    Revocation(RevocationRequest),
    /// To the introspection endpoint.
    Introspection(IntrospectionRequest),
    /// To the device authorization endpoint.
    DeviceAuthorization(DeviceAuthorizationRequest),
    /// To a metadata document.
    Metadata,
    /// To the end-session endpoint.
    EndSession(EndSessionRequest),
    /// Nothing of OAuth.
    Other,
}

/// What a response carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseMessage {
    /// An authorization response on its way: in `Location` or in a page that posts it.
    Authorization(AuthorizationResponse),
    /// The reference to a pushed authorization request.
    PushedAuthorization(PushedAuthorizationResponse),
    /// Tokens.
    Token(TokenResponse),
    /// A refusal, of the token endpoint or of one that answers in its way (RFC 7009 §2.2.1, RFC 9126 §2.3, RFC 8628 §3.5).
    Error(TokenError),
    /// What the server knows of a token.
    Introspection(IntrospectionResponse),
    /// A device code.
    DeviceAuthorization(DeviceAuthorizationResponse),
    /// The metadata of a server.
    Metadata(AuthorizationServerMetadata),
    /// Nothing of OAuth, or nothing but the status.
    Other,
}

impl Reading {
    /// Whether the exchange has anything to do with OAuth.
    pub fn is_oauth(&self) -> bool {
        !matches!(
            (&self.request, &self.response),
            (RequestMessage::Other, None | Some(ResponseMessage::Other))
        )
    }

    /// The token request and the refusal that it met. A [step](TokenError::is_step) on the way to a grant is none.
    pub fn refusal(&self) -> Option<(&TokenRequest, &TokenError)> {
        match (&self.request, &self.response) {
            (RequestMessage::Token(request), Some(ResponseMessage::Error(error))) => {
                (!error.is_step()).then_some((request, error))
            }
            _ => None,
        }
    }

    /// A reading of an exchange that carries nothing of OAuth.
    pub fn of_nothing(exchange: &Exchange, url: crate::fingerprint::Digest) -> Self {
        Self {
            exchange: exchange.id,
            started_at: exchange.started_at,
            sent_at: exchange.sent_at(),
            answered_at: exchange.answered_at(),
            method: exchange.request.method.to_string(),
            endpoint: exchange.request.url.endpoint().to_owned(),
            url,
            location: None,
            agent: None,
            marks: Vec::new(),
            status: exchange.response.as_ref().map(|response| response.status),
            request: RequestMessage::Other,
            response: None,
            malformations: Vec::new(),
        }
    }
}

/// The place of what is wrong with the form in which a request's content is sent.
pub(crate) const CONTENT_TYPE: &str = "header Content-Type";

impl Reading {
    /// Why the content of the request is no form (RFC 6749, appendix B) for a server that reads nothing else: as the object of
    /// “the content …”.
    pub fn why_no_form(&self) -> Option<&str> {
        let mut departures = self.malformations.iter();
        let departure = departures.find(|it| it.place == CONTENT_TYPE)?;
        Some(&departure.text)
    }
}

/// A departure from the specification, with the place where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformation {
    /// Where: `form grant_type`, `header Authorization`, `response body`.
    pub place: String,
    /// What: one sentence in lower case without a full stop, and without a secret.
    pub text: String,
}
