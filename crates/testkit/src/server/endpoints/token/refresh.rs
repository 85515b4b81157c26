//! Refresh (RFC 6749 §6), with rotation and the detection of reuse (RFC 9700 §4.14.2).

use serde_json::Value;

use super::super::super::AuthorizationServer;
use super::super::super::call::Params;
use super::super::super::client::Client;
use super::super::super::oauth_error::OAuthError;
use super::super::super::settings::Rotation;
use super::super::super::store::{RefreshToken, Store};

const INVALID: OAuthError = OAuthError::invalid_grant("Invalid refresh token");

impl AuthorizationServer {
    pub(super) fn refresh(&self, client: &Client, form: &Params) -> Result<Value, OAuthError> {
        let value = form.required("refresh_token", "missing required parameter refresh_token")?;
        let mut store = self.store();
        let token = store.refresh_tokens.get(value).cloned().ok_or(INVALID)?;
        self.check_refresh_token(&mut store, &token, client)?;
        check_scope(&store.grant(token.grant).scope, form.optional("scope"))?;
        match self.settings.rotation {
            Rotation::Off => Ok(self.issue_access_token(&mut store, token.grant)),
            Rotation::On => {
                if let Some(token) = store.refresh_tokens.get_mut(value) {
                    token.replaced = true;
                }
                Ok(self.issue(&mut store, client, token.grant, None))
            }
        }
    }

    fn check_refresh_token(
        &self,
        store: &mut Store,
        token: &RefreshToken,
        client: &Client,
    ) -> Result<(), OAuthError> {
        if store.grant(token.grant).client_id != client.id {
            return Err(OAuthError::invalid_grant(
                "Invalid refresh token. Token client and authorized client don't match",
            ));
        }
        if store.is_ended(token.grant) {
            return Err(OAuthError::invalid_grant("Session not active"));
        }
        if token.replaced {
            store.end_grant(token.grant);
            return Err(OAuthError::invalid_grant(
                "Maximum allowed refresh token reuse exceeded",
            ));
        }
        if self.now() >= token.expires_at {
            return Err(OAuthError::invalid_grant("Token is not active"));
        }
        Ok(())
    }
}

/// RFC 6749 §6: "MUST NOT include any scope not originally granted by the resource owner".
fn check_scope(granted: &str, asked: Option<&str>) -> Result<(), OAuthError> {
    let granted: Vec<_> = granted.split(' ').collect();
    let mut asked = asked.unwrap_or_default().split(' ');
    if asked.all(|token| token.is_empty() || granted.contains(&token)) {
        return Ok(());
    }
    Err(OAuthError::new(
        "invalid_scope",
        "refresh token missing requested scope",
    ))
}
