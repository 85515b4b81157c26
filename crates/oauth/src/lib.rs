//! The vocabulary of grantscope: an HTTP exchange, read into OAuth messages.
//!
//! Parsing alone: this crate does no I/O, has no clock and judges nothing.

mod alphabet;
mod alteration;
mod authorize;
mod client_auth;
pub mod coding;
mod endpoints;
mod exchange;
mod fingerprint;
mod form;
mod grant;
mod hex;
mod jwt;
mod mask;
mod message;
mod needles;
mod peel;
mod pkce;
pub mod placeholder;
mod provider;
mod reader;
mod redirect_uri;
mod shape;
mod token;

pub use alphabet::Alphabet;
pub use alteration::Alteration;
pub use authorize::{
    AuthorizationRequest, AuthorizationResponse, PushedAuthorizationResponse, ResponseMode,
};
pub use client_auth::{Client, ClientAuthentication};
pub use endpoints::{
    AuthorizationServerMetadata, DeviceAuthorizationRequest, DeviceAuthorizationResponse,
    EndSessionRequest, IntrospectionRequest, IntrospectionResponse, RevocationRequest,
};
pub use exchange::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
pub use fingerprint::{Digest, Fingerprint, FingerprintKey};
pub use form::Form;
pub use grant::Grant;
pub use jwt::{JwtFacts, with_claims};
pub use mask::is_mask;
pub use message::{Malformation, Reading, RequestMessage, ResponseMessage};
pub use needles::{Match, Needles, TooCostly};
pub use pkce::{CodeChallenge, CodeChallengeMethod};
pub use provider::{
    Endpoints, Lifetime, Lifetimes, Link, Provider, ProviderError, ProviderId, Providers,
    Recognised, Recognition, Remedy, Reuse, Rotation, RotationMode, Sighting, StatedCause,
    StatedVerdict, Statement, Wording,
};
pub use reader::{
    AUTHENTICATION_SCHEMES, ERROR_OBJECTS, EndpointKind, HiddenForm, Reader, Relevance,
    SECRET_PARAMETERS, hidden_form, is_error_member, is_opaque, is_secret_segment,
    is_token_character, looks_encoded, may_be_name, scrub, secret_kind, spelled_like, trimmed,
};
pub use redirect_uri::RedirectUri;
pub use shape::Shape;
pub use token::{TokenError, TokenRequest, TokenResponse};
