//! Token revocation (RFC 7009).

use http::StatusCode;

use super::super::AuthorizationServer;
use super::super::call::Call;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};
use super::super::store::Store;

impl AuthorizationServer {
    /// RFC 7009 §2.2: a token that is unknown is answered as one that was revoked.
    pub(super) fn revoke(&self, call: &Call) -> Result<Reply, OAuthError> {
        call.form.check_unique()?;
        let client = self.authenticate(call)?;
        let value = call
            .form
            .required("token", "missing required parameter token")?;
        revoke_in(&mut self.store(), value, &client.id);
        Ok(reply::empty(StatusCode::OK))
    }
}

/// A refresh token takes its whole grant along, as RFC 7009 §2.1 recommends; an access token goes alone.
fn revoke_in(store: &mut Store, value: &str, client_id: &str) {
    if let Some(token) = store.refresh_tokens.get(value) {
        let grant = token.grant;
        if store.grant(grant).client_id == client_id {
            store.end_grant(grant);
        }
        return;
    }
    let owner = store.access_tokens.get(value).map(|token| token.grant);
    if owner.is_some_and(|grant| store.grant(grant).client_id == client_id)
        && let Some(token) = store.access_tokens.get_mut(value)
    {
        token.revoked = true;
    }
}
