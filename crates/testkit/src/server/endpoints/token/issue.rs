//! Token responses (RFC 6749 §5.1).

use serde_json::{Value, json};

use super::super::super::AuthorizationServer;
use super::super::super::client::{Client, GrantType};
use super::super::super::store::{AccessToken, GrantId, RefreshToken, Store};
use crate::clock::after;
use crate::random::unguessable;

impl AuthorizationServer {
    /// An access token, a refresh token where the client may use one, and an ID token where the scope asks for it.
    pub(super) fn issue(
        &self,
        store: &mut Store,
        client: &Client,
        grant: GrantId,
        nonce: Option<&str>,
    ) -> Value {
        let mut tokens = self.issue_access_token(store, grant);
        if client.grants.contains(&GrantType::RefreshToken) {
            tokens["refresh_token"] = self.issue_refresh_token(store, grant).into();
            let lifetime = self.settings.refresh_token_lifetime;
            tokens["refresh_expires_in"] = lifetime.as_secs().into();
        }
        if asks_for_identity(&store.grant(grant).scope) {
            let id_token = self.id_token(store, grant, nonce);
            store.id_tokens.push(id_token.clone());
            tokens["id_token"] = id_token.into();
        }
        tokens
    }

    pub(super) fn issue_access_token(&self, store: &mut Store, grant: GrantId) -> Value {
        let lifetime = self.settings.access_token_lifetime;
        let value = unguessable();
        let token = AccessToken {
            grant,
            expires_at: after(self.now(), lifetime),
            revoked: false,
        };
        store.access_tokens.insert(value.clone(), token);
        json!({
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": lifetime.as_secs(),
            "scope": store.grant(grant).scope,
        })
    }

    pub(super) fn issue_refresh_token(&self, store: &mut Store, grant: GrantId) -> String {
        let value = unguessable();
        let token = RefreshToken {
            grant,
            expires_at: after(self.now(), self.settings.refresh_token_lifetime),
            replaced: false,
        };
        store.refresh_tokens.insert(value.clone(), token);
        value
    }

    /// OpenID Connect Core §2.
    fn id_token(&self, store: &Store, grant: GrantId, nonce: Option<&str>) -> String {
        let grant = store.grant(grant);
        let now = self.now();
        let mut claims = json!({
            "iss": self.issuer,
            "sub": grant.subject,
            "aud": grant.client_id,
            "iat": now.as_second(),
            "exp": after(now, self.settings.access_token_lifetime).as_second(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        self.key.sign(&claims)
    }
}

fn asks_for_identity(scope: &str) -> bool {
    scope.split(' ').any(|token| token == "openid")
}
