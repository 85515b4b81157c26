//! The endpoints, and which path leads to which.

mod authorize;
mod destination;
mod device;
mod discovery;
mod end_session;
mod introspect;
mod par;
mod revoke;
mod token;

use http::{Method, Request, StatusCode};
use hyper::body::Incoming;

use super::AuthorizationServer;
use super::call::Call;
use super::oauth_error::OAuthError;
use super::reply::{self, Reply};

pub(super) const AUTHORIZE: &str = "/authorize";
pub(super) const PAR: &str = "/par";
pub(super) const TOKEN: &str = "/token";
pub(super) const REVOKE: &str = "/revoke";
pub(super) const INTROSPECT: &str = "/introspect";
pub(super) const DEVICE_AUTHORIZATION: &str = "/device_authorization";
pub(super) const DEVICE: &str = "/device";
pub(super) const END_SESSION: &str = "/end_session";
pub(super) const JWKS: &str = "/jwks";

impl AuthorizationServer {
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Reply {
        let Some(call) = Call::read(request).await else {
            return reply::empty(StatusCode::PAYLOAD_TOO_LARGE);
        };
        if call.path == TOKEN && call.method == Method::POST {
            return self.token(&call).await;
        }
        self.route(&call)
    }

    fn route(&self, call: &Call) -> Reply {
        let is_post = call.method == Method::POST;
        let is_get = call.method == Method::GET;
        match call.path.as_str() {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server"
                if is_get =>
            {
                self.discovery()
            }
            JWKS if is_get => reply::json(StatusCode::OK, &self.key.jwks()),
            AUTHORIZE if is_get || is_post => self.authorize(call),
            DEVICE if is_get => self.approve_device(call),
            END_SESSION if is_get || is_post => self.end_session(call),
            PAR if is_post => self
                .push(call)
                .unwrap_or_else(|error| self.refuse(call, error)),
            REVOKE if is_post => self
                .revoke(call)
                .unwrap_or_else(|error| self.refuse(call, error)),
            INTROSPECT if is_post => self
                .introspect(call)
                .unwrap_or_else(|error| self.refuse(call, error)),
            DEVICE_AUTHORIZATION if is_post => self
                .authorize_device(call)
                .unwrap_or_else(|error| self.refuse(call, error)),
            TOKEN | AUTHORIZE | DEVICE | END_SESSION | PAR | REVOKE | INTROSPECT | JWKS
            | DEVICE_AUTHORIZATION => reply::empty(StatusCode::METHOD_NOT_ALLOWED),
            _ => reply::empty(StatusCode::NOT_FOUND),
        }
    }

    /// The error response of a back-channel endpoint (RFC 6749 §5.2).
    fn refuse(&self, call: &Call, error: OAuthError) -> Reply {
        let reply = reply::json(error.status(), &error.json(self.settings.wording));
        if error.status() == StatusCode::UNAUTHORIZED && call.authorization.is_some() {
            return reply::challenged(reply);
        }
        reply
    }
}
