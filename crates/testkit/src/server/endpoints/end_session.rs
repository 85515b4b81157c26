//! Logout that the client begins (OpenID Connect RP-Initiated Logout 1.0). It ends what the client was granted.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::Value;

use super::super::AuthorizationServer;
use super::super::call::{Call, Params};
use super::super::reply::{self, Reply};

impl AuthorizationServer {
    pub(super) fn end_session(&self, call: &Call) -> Reply {
        let params = call.params();
        if let Some(client_id) = client_id(params) {
            self.store().end_grants_of(&client_id);
        }
        match (
            params.optional("post_logout_redirect_uri"),
            params.optional("state"),
        ) {
            (Some(uri), None) => reply::redirect(uri),
            (Some(uri), Some(state)) => reply::redirect(&format!("{uri}?state={state}")),
            (None, _) => reply::html(StatusCode::OK, "<!DOCTYPE html><p>Signed out".to_owned()),
        }
    }
}

/// The client, by name or by the audience of the ID token that it was given.
fn client_id(params: &Params) -> Option<String> {
    let named = params.optional("client_id").map(str::to_owned);
    named.or_else(|| {
        let claims = params.optional("id_token_hint")?.split('.').nth(1)?;
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        claims["aud"].as_str().map(str::to_owned)
    })
}
