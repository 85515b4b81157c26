//! The other endpoints: revocation, introspection, device authorization, metadata and end of session.

use serde_json::Value;

use super::Asked;
use super::body::Members;
use super::client::client;
use super::notes::Notes;
use super::params::Params;
use super::token::{seconds, truth};
use crate::endpoints::{
    AuthorizationServerMetadata, DeviceAuthorizationRequest, DeviceAuthorizationResponse,
    EndSessionRequest, IntrospectionRequest, IntrospectionResponse, RevocationRequest,
};
use crate::fingerprint::FingerprintKey;

/// RFC 7009 §2.1; `None` where there is no token.
pub(super) fn revocation(asked: &Asked<'_>, notes: &mut Notes) -> Option<RevocationRequest> {
    Some(RevocationRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        token: asked.params.secret("token", asked.key)?,
        token_type_hint: asked.params.text("token_type_hint"),
        client: client(asked, notes),
    })
}

/// RFC 7662 §2.1; `None` where there is no token.
pub(super) fn introspection(asked: &Asked<'_>, notes: &mut Notes) -> Option<IntrospectionRequest> {
    Some(IntrospectionRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        token: asked.params.secret("token", asked.key)?,
        client: client(asked, notes),
    })
}

/// RFC 7662 §2.2.
pub(super) fn introspected(members: &Members) -> Option<IntrospectionResponse> {
    let member = |name: &str| members.iter().find(|(of, _)| of == name).map(|(_, v)| v);
    Some(IntrospectionResponse {
        active: truth(member("active")?),
        client_id: member("client_id")
            .and_then(Value::as_str)
            .map(str::to_owned),
        exp: member("exp").and_then(|exp| exp.as_i64().or_else(|| exp.as_str()?.parse().ok())),
    })
}

/// RFC 8628 §3.1.
pub(super) fn device_authorization(
    asked: &Asked<'_>,
    notes: &mut Notes,
) -> DeviceAuthorizationRequest {
    DeviceAuthorizationRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        client: client(asked, notes),
    }
}

/// RFC 8628 §3.2.
pub(super) fn device_code(
    params: &Params,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> Option<DeviceAuthorizationResponse> {
    let secret = |name| params.filled(name).map(|value| key.read(value));
    Some(DeviceAuthorizationResponse {
        device_code: secret("device_code")?,
        user_code: secret("user_code"),
        expires_in_s: seconds(params, &["expires_in"], notes),
        interval_s: seconds(params, &["interval"], notes),
    })
}

/// OpenID Connect RP-Initiated Logout §2.
pub(super) fn end_session(asked: &Asked<'_>) -> EndSessionRequest {
    EndSessionRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        client_id: asked.params.text("client_id"),
        id_token_hint: asked.params.secret("id_token_hint", asked.key),
        refresh_token: asked.params.secret("refresh_token", asked.key),
    }
}

/// RFC 8414 §2; `None` where there is no issuer.
pub(super) fn metadata(members: &Members) -> Option<AuthorizationServerMetadata> {
    let member = |name: &str| members.iter().find(|(of, _)| of == name).map(|(_, v)| v);
    let text = |name| member(name).and_then(Value::as_str).map(str::to_owned);
    let texts = |name| {
        let many = member(name).and_then(Value::as_array);
        let each = many.into_iter().flatten().filter_map(Value::as_str);
        each.map(str::to_owned).collect()
    };
    Some(AuthorizationServerMetadata {
        issuer: text("issuer")?,
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        pushed_authorization_request_endpoint: text("pushed_authorization_request_endpoint"),
        revocation_endpoint: text("revocation_endpoint"),
        introspection_endpoint: text("introspection_endpoint"),
        device_authorization_endpoint: text("device_authorization_endpoint"),
        end_session_endpoint: text("end_session_endpoint"),
        token_endpoint_auth_methods: texts("token_endpoint_auth_methods_supported"),
    })
}
