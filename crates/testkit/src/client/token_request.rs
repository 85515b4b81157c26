//! A token request that can be bent in any way before it is sent.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::app::ClientAuthentication;

/// The form of a request to a back-channel endpoint, and how the client authenticates with it.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    fields: Vec<(String, String)>,
    client_id: String,
    authentication: ClientAuthentication,
}

impl TokenRequest {
    pub(super) fn new(client_id: &str, authentication: &ClientAuthentication) -> Self {
        Self {
            fields: Vec::new(),
            client_id: client_id.to_owned(),
            authentication: authentication.clone(),
        }
    }

    /// Sets a parameter, in the place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// Authenticates in another way, or with another secret.
    #[must_use]
    pub fn authenticated(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    pub(super) fn form(&self) -> String {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(&self.fields);
        if self.lacks_client_id() {
            form.append_pair("client_id", &self.client_id);
        }
        if let ClientAuthentication::SecretPost(secret) = &self.authentication {
            form.append_pair("client_secret", secret);
        }
        form.finish()
    }

    /// Without the `Authorization` field the form says who the client is. A pushed request says so in any case.
    fn lacks_client_id(&self) -> bool {
        let is_in_header = matches!(self.authentication, ClientAuthentication::SecretBasic(_));
        !is_in_header && self.fields.iter().all(|(name, _)| name != "client_id")
    }

    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let ClientAuthentication::SecretBasic(secret) = &self.authentication
            && let Ok(value) = HeaderValue::from_str(&basic(&self.client_id, secret))
        {
            headers.insert(AUTHORIZATION, value);
        }
        headers
    }
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encode(client_id), encode(secret));
    format!("Basic {}", BASE64_STANDARD.encode(credentials))
}
