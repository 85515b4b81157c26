//! Client authentication (RFC 6749 §2.3).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::AuthorizationServer;
use super::call::Call;
use super::client::Client;
use super::oauth_error::OAuthError;

/// What a client sent to prove who it is.
struct Credentials {
    id: String,
    secret: Option<String>,
}

impl AuthorizationServer {
    /// The client that the call comes from, by the one method that it used.
    pub(super) fn authenticate(&self, call: &Call) -> Result<&Client, OAuthError> {
        let credentials = credentials(call)?;
        let client = self
            .client(&credentials.id)
            .ok_or(OAuthError::invalid_client("client is invalid"))?;
        if client.secret != credentials.secret {
            return Err(OAuthError::invalid_client("invalid client credentials"));
        }
        Ok(client)
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.settings.clients.iter().find(|client| client.id == id)
    }
}

fn credentials(call: &Call) -> Result<Credentials, OAuthError> {
    let id = call.form.optional("client_id");
    let secret = call.form.optional("client_secret");
    match (&call.authorization, id, secret) {
        (Some(_), _, Some(_)) => Err(OAuthError::invalid_request(
            "client authentication must only be provided using one mechanism",
        )),
        (Some(value), _, None) => basic(value).ok_or(OAuthError::invalid_client(
            "invalid authorization header value format",
        )),
        (None, Some(id), secret) => Ok(Credentials {
            id: id.to_owned(),
            secret: secret.map(str::to_owned),
        }),
        (None, None, _) => Err(OAuthError::invalid_client(
            "no client authentication mechanism provided",
        )),
    }
}

/// Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials {
        id: form_decode(id),
        secret: Some(form_decode(secret)),
    })
}

fn form_decode(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
