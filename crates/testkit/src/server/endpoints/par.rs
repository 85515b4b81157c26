//! Pushed authorization requests (RFC 9126).

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::super::AuthorizationServer;
use super::super::call::Call;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};
use super::super::store::PushedRequest;
use crate::clock::after;
use crate::random::unguessable;

const LIFETIME: Duration = Duration::from_mins(1);

impl AuthorizationServer {
    pub(super) fn push(&self, call: &Call) -> Result<Reply, OAuthError> {
        call.form.check_unique()?;
        let client = self.authenticate(call)?;
        if call.form.optional("request_uri").is_some() {
            return Err(OAuthError::invalid_request(
                "request_uri must not be pushed",
            ));
        }
        let destination = self.destination(&call.form)?;
        if destination.client_id != client.id {
            return Err(OAuthError::invalid_request("mismatch in client_id"));
        }
        self.check_authorization(&client.id, &call.form)?;
        let request_uri = format!("urn:ietf:params:oauth:request_uri:{}", unguessable());
        let request = PushedRequest {
            client_id: client.id.clone(),
            params: call.form.clone(),
            expires_at: after(self.now(), LIFETIME),
        };
        self.store().pushed.insert(request_uri.clone(), request);
        let answer = json!({"request_uri": request_uri, "expires_in": LIFETIME.as_secs()});
        Ok(reply::json(StatusCode::CREATED, &answer))
    }
}
