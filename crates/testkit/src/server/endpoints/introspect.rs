//! Token introspection (RFC 7662).

use http::StatusCode;
use serde_json::{Value, json};

use super::super::AuthorizationServer;
use super::super::call::Call;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};
use super::super::store::{GrantId, Store};

impl AuthorizationServer {
    pub(super) fn introspect(&self, call: &Call) -> Result<Reply, OAuthError> {
        call.form.check_unique()?;
        self.authenticate(call)?;
        let value = call
            .form
            .required("token", "missing required parameter token")?;
        let store = self.store();
        let active = self.active_grant(&store, value);
        let answer = active.map_or(json!({"active": false}), |id| described(&store, id));
        Ok(reply::json(StatusCode::OK, &answer))
    }

    /// The grant behind a token that could be used now.
    fn active_grant(&self, store: &Store, value: &str) -> Option<GrantId> {
        let now = self.now();
        let access = store.access_tokens.get(value);
        let access = access.filter(|token| !token.revoked && now < token.expires_at);
        let refresh = store.refresh_tokens.get(value);
        let refresh = refresh.filter(|token| !token.replaced && now < token.expires_at);
        let grant = access
            .map(|token| token.grant)
            .or(refresh.map(|token| token.grant));
        grant.filter(|&grant| !store.is_ended(grant))
    }
}

fn described(store: &Store, id: GrantId) -> Value {
    let grant = store.grant(id);
    json!({
        "active": true,
        "client_id": grant.client_id,
        "sub": grant.subject,
        "scope": grant.scope,
    })
}
