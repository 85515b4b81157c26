//! The password grant (RFC 6749 §4.3), which RFC 9700 §2.4 rules out and which is met all the same.

use serde_json::Value;

use super::super::super::AuthorizationServer;
use super::super::super::call::Params;
use super::super::super::client::Client;
use super::super::super::oauth_error::OAuthError;

impl AuthorizationServer {
    pub(super) fn redeem_password(
        &self,
        client: &Client,
        form: &Params,
    ) -> Result<Value, OAuthError> {
        let name = form.required("username", "missing required parameter username")?;
        let password = form.required("password", "missing required parameter password")?;
        let mut users = self.settings.users.iter();
        if !users.any(|user| user.name == name && user.password == password) {
            return Err(OAuthError::invalid_grant("Invalid user credentials"));
        }
        let scope = form.optional("scope").unwrap_or_default();
        let mut store = self.store();
        let grant = store.begin_grant(&client.id, name, scope);
        Ok(self.issue(&mut store, client, grant, None))
    }
}
