//! Where an authorization response goes, and in which form (RFC 6749 §3.1.2; OAuth 2.0 Multiple Response Type Encoding, and
//! Form Post Response Mode).

use form_urlencoded::Serializer;
use http::StatusCode;

use super::super::AuthorizationServer;
use super::super::call::Params;
use super::super::client::Client;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};

/// A redirect URI that the client registered, and what goes back with every response.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
}

#[derive(Clone, Copy, Debug)]
enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl AuthorizationServer {
    /// As long as this fails, nothing may be sent to the redirect URI (RFC 6749 §4.1.2.1).
    pub(super) fn destination(&self, params: &Params) -> Result<Destination, OAuthError> {
        let id = params.required("client_id", "missing required parameter client_id")?;
        let client = self
            .client(id)
            .ok_or(OAuthError::invalid_client("client is invalid"))?;
        Ok(Destination {
            client_id: id.to_owned(),
            redirect_uri: redirect_uri(client, params.optional("redirect_uri"))?.to_owned(),
            state: params.optional("state").map(str::to_owned),
            mode: response_mode(params.optional("response_mode"))?,
        })
    }
}

fn redirect_uri<'a>(client: &'a Client, sent: Option<&str>) -> Result<&'a str, OAuthError> {
    match (sent, &client.redirect_uris[..]) {
        (None, [only]) => Ok(only),
        (None, _) => Err(OAuthError::invalid_request(
            "missing required parameter redirect_uri",
        )),
        (Some(sent), registered) => registered
            .iter()
            .find(|uri| *uri == sent)
            .map(String::as_str)
            .ok_or(OAuthError::invalid_request(
                "redirect_uri did not match any of the client's registered redirect_uris",
            )),
    }
}

fn response_mode(name: Option<&str>) -> Result<ResponseMode, OAuthError> {
    match name {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(OAuthError::invalid_request(
            "unsupported response_mode requested",
        )),
    }
}

impl Destination {
    /// Sends the user agent back with these parameters, the state and the issuer (RFC 9207).
    pub(super) fn respond(&self, issuer: &str, params: &[(&str, &str)]) -> Reply {
        let mut params = params.to_vec();
        params.extend(self.state.as_deref().map(|state| ("state", state)));
        params.push(("iss", issuer));
        let text = Serializer::new(String::new())
            .extend_pairs(&params)
            .finish();
        let uri = &self.redirect_uri;
        match self.mode {
            ResponseMode::Query if uri.contains('?') => reply::redirect(&format!("{uri}&{text}")),
            ResponseMode::Query => reply::redirect(&format!("{uri}?{text}")),
            ResponseMode::Fragment => reply::redirect(&format!("{uri}#{text}")),
            ResponseMode::FormPost => reply::html(StatusCode::OK, form(uri, &params)),
        }
    }
}

/// A page that posts itself.
fn form(uri: &str, params: &[(&str, &str)]) -> String {
    let fields: Vec<_> = params
        .iter()
        .map(|(name, value)| {
            let value = escape(value);
            format!(r#"<input type="hidden" name="{name}" value="{value}"/>"#)
        })
        .collect();
    let fields = fields.concat();
    let uri = escape(uri);
    format!(
        r#"<!DOCTYPE html><body onload="document.forms[0].submit()"><form method="post" action="{uri}">{fields}</form></body>"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
