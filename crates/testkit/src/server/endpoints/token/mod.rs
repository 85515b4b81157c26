//! The token endpoint (RFC 6749 §3.2). The client comes first, then the grant.

mod code;
mod device_code;
mod issue;
mod password;
mod refresh;

use http::StatusCode;
use serde_json::Value;
use tokio::time::sleep;

use super::super::AuthorizationServer;
use super::super::call::Call;
use super::super::client::{Client, GrantType};
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};

impl AuthorizationServer {
    pub(super) async fn token(&self, call: &Call) -> Reply {
        match self.redeem(call) {
            Ok(tokens) => {
                sleep(self.settings.grant_delay).await;
                reply::json(StatusCode::OK, &tokens)
            }
            Err(error) => self.refuse(call, error),
        }
    }

    fn redeem(&self, call: &Call) -> Result<Value, OAuthError> {
        call.form.check_unique()?;
        let client = self.authenticate(call)?;
        let grant_type = call
            .form
            .required("grant_type", "missing required parameter grant_type")?;
        let grant_type = GrantType::named(grant_type).ok_or(OAuthError::new(
            "unsupported_grant_type",
            "unsupported grant_type requested",
        ))?;
        if !client.grants.contains(&grant_type) {
            let description = "requested grant type is not allowed for this client";
            return Err(OAuthError::new("unauthorized_client", description));
        }
        match grant_type {
            GrantType::AuthorizationCode => self.redeem_code(client, &call.form),
            GrantType::RefreshToken => self.refresh(client, &call.form),
            GrantType::ClientCredentials => Ok(self.grant_to_client(client, &call.form)),
            GrantType::Password => self.redeem_password(client, &call.form),
            GrantType::DeviceCode => self.redeem_device_code(client, &call.form),
        }
    }

    /// RFC 6749 §4.4: the client acts for itself, so that there is no user and no refresh token.
    fn grant_to_client(&self, client: &Client, form: &super::super::call::Params) -> Value {
        let scope = form.optional("scope").unwrap_or_default();
        let mut store = self.store();
        let grant = store.begin_grant(&client.id, &client.id, scope);
        self.issue_access_token(&mut store, grant)
    }
}
