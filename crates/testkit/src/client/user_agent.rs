//! The browser of a user who logs in: it goes where it is sent, up to the app's callback.

use std::net::SocketAddr;

use super::app::Login;
use super::http_client::{HttpClient, Reply};
use crate::Error;

/// A user agent.
#[derive(Clone, Debug)]
pub struct UserAgent(HttpClient);

/// What the authorization server sent to the callback (RFC 6749 §4.1.2). The callback itself is never fetched.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The code.
    pub code: String,
    /// The state, as it came back.
    pub state: Option<String>,
    /// The issuer (RFC 9207).
    pub iss: Option<String>,
}

impl UserAgent {
    /// A user agent that goes through the proxy, or directly where there is none.
    pub fn new(proxy: Option<SocketAddr>, ca_pem: &str) -> Result<Self, Error> {
        Ok(Self(HttpClient::new(proxy, ca_pem)?))
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) -> Result<Reply, Error> {
        self.0.fetch(url).await
    }

    /// Opens the authorization request and takes the code from the redirect to the callback, in its query or its fragment.
    pub async fn log_in(&self, login: &Login) -> Result<Callback, Error> {
        let reply = self.open(&login.url).await?;
        let callback = reply
            .location()
            .and_then(|location| location.strip_prefix(login.redirect_uri.as_str()))
            .and_then(callback);
        callback.ok_or_else(|| Error::NoCallback {
            redirect_uri: login.redirect_uri.clone(),
            status: reply.status,
            body: reply.location().map_or_else(|| reply.text(), str::to_owned),
        })
    }
}

/// Reads what follows the redirect URI.
fn callback(response: &str) -> Option<Callback> {
    let params = response.strip_prefix(['?', '#', '&'])?.as_bytes();
    let param = |wanted: &str| {
        form_urlencoded::parse(params)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    Some(Callback {
        code: param("code")?,
        state: param("state"),
        iss: param("iss"),
    })
}
