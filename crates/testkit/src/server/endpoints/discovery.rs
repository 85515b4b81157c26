//! Authorization server metadata (RFC 8414; OpenID Connect Discovery 1.0).

use http::StatusCode;
use serde_json::json;

use super::super::AuthorizationServer;
use super::super::client::GrantType;
use super::super::reply::{self, Reply};
use super::super::settings::PushedAuthorization;

impl AuthorizationServer {
    pub(super) fn discovery(&self) -> Reply {
        let pushed_only = self.settings.pushed_authorization == PushedAuthorization::Required;
        let metadata = json!({
            "issuer": self.issuer,
            "authorization_endpoint": self.url(super::AUTHORIZE),
            "token_endpoint": self.url(super::TOKEN),
            "jwks_uri": self.url(super::JWKS),
            "revocation_endpoint": self.url(super::REVOKE),
            "introspection_endpoint": self.url(super::INTROSPECT),
            "device_authorization_endpoint": self.url(super::DEVICE_AUTHORIZATION),
            "end_session_endpoint": self.url(super::END_SESSION),
            "pushed_authorization_request_endpoint": self.url(super::PAR),
            "require_pushed_authorization_requests": pushed_only,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": GrantType::ALL.map(GrantType::name),
            "code_challenge_methods_supported": ["S256", "plain"],
            "token_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "profile", "offline_access"],
            "authorization_response_iss_parameter_supported": true,
        });
        reply::json(StatusCode::OK, &metadata)
    }
}
