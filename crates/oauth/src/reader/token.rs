//! The token endpoint: what is asked (RFC 6749 §4.1.3 and its like) and what is granted (RFC 6749 §5.1).

use std::borrow::Cow;

use serde_json::Value;

use super::Asked;
use super::body::{FORM, Members};
use super::client::client;
use super::notes::Notes;
use super::params::{Params, Source};
use super::secrets::secret_kind;
use crate::exchange::Request;
use crate::fingerprint::FingerprintKey;
use crate::grant::Grant;
use crate::jwt::JwtFacts;
use crate::message::CONTENT_TYPE;
use crate::redirect_uri::RedirectUri;
use crate::token::{TokenRequest, TokenResponse};

/// Reads a request to the token endpoint.
pub(super) fn request(asked: &Asked<'_>, notes: &mut Notes) -> TokenRequest {
    if asked.request.method != http::Method::POST {
        notes.add("method", "is not POST, which RFC 6749 §3.2 asks for");
    }
    let is_json = asked.params.iter().any(|it| it.source == Source::Json);
    // That it is labelled as a form is noted already.
    if is_json && asked.request.headers.media_type().as_deref() != Some(FORM) {
        notes.add(CONTENT_TYPE, "is JSON, not a form of RFC 6749");
    }
    TokenRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        called_as: called_as(asked.request),
        grant: grant(&asked.params, asked.key, notes),
        client: client(asked, notes),
        scope: asked.params.text("scope"),
        resource: asked.params.texts("resource"),
        dpop: dpop(asked, notes),
        secrets_in_query: secrets_in_query(&asked.params),
    }
}

fn called_as(request: &Request) -> Option<String> {
    let host = request.headers.first("host")?;
    let url = &request.url;
    let default_port = if url.scheme() == "http" {
        ":80"
    } else {
        ":443"
    };
    let [called, own] =
        [host, url.authority()].map(|name| name.strip_suffix(default_port).unwrap_or(name));
    (!called.eq_ignore_ascii_case(own)).then(|| host.to_owned())
}

/// The proof in the `DPoP` header (RFC 9449 §4.2); `None` where it is none that can be read.
fn dpop(asked: &Asked<'_>, notes: &mut Notes) -> Option<Box<JwtFacts>> {
    const PLACE: &str = "header DPoP";
    let mut proofs = asked.request.headers.all("dpop");
    let facts = asked.key.read(proofs.next()?.trim()).jwt;
    if facts.is_none() {
        notes.add(PLACE, "is not a JWT that can be read");
    }
    // RFC 9449 §4.3: "There is not more than one DPoP HTTP request header field."
    if proofs.next().is_some() {
        notes.add(PLACE, "is sent more than once");
    }
    facts
}

/// The names of the secrets that stand in the URL.
fn secrets_in_query(params: &Params) -> Vec<String> {
    let mut names: Vec<String> = params
        .iter()
        .filter(|param| param.source == Source::Query && secret_kind(&param.name).is_some())
        .map(|param| param.name.clone())
        .collect();
    names.dedup();
    names
}

fn grant(params: &Params, key: &FingerprintKey, notes: &mut Notes) -> Grant {
    let secret = |name| params.secret(name, key);
    let grant_type = params.filled("grant_type").unwrap_or_else(|| {
        notes.add("form grant_type", "is missing");
        implied_grant_type(params)
    });
    match grant_type.trim_start_matches("urn:ietf:params:oauth:grant-type:") {
        "authorization_code" => Grant::AuthorizationCode {
            code: secret("code"),
            redirect_uri: params.text("redirect_uri").map(RedirectUri),
            code_verifier: secret("code_verifier"),
        },
        "refresh_token" => Grant::RefreshToken {
            refresh_token: secret("refresh_token"),
        },
        "password" => Grant::Password {
            username: secret("username"),
            password: secret("password"),
        },
        "client_credentials" => Grant::ClientCredentials,
        "device_code" if is_urn(grant_type) => Grant::DeviceCode {
            device_code: secret("device_code"),
        },
        "jwt-bearer" if is_urn(grant_type) => Grant::JwtBearer {
            assertion: secret("assertion"),
        },
        "saml2-bearer" if is_urn(grant_type) => Grant::Saml2Bearer {
            assertion: secret("assertion"),
        },
        "token-exchange" if is_urn(grant_type) => Grant::TokenExchange {
            subject_token: secret("subject_token"),
            actor_token: secret("actor_token"),
            audience: params.texts("audience"),
        },
        _ => Grant::Unknown(grant_type.to_owned()),
    }
}

fn is_urn(grant_type: &str) -> bool {
    grant_type.starts_with("urn:ietf:params:oauth:grant-type:")
}

/// The grant type that a request without one means, by what it presents.
fn implied_grant_type(params: &Params) -> &'static str {
    let implied = [
        ("code", "authorization_code"),
        ("refresh_token", "refresh_token"),
        (
            "device_code",
            "urn:ietf:params:oauth:grant-type:device_code",
        ),
    ];
    implied
        .iter()
        .find(|(name, _)| params.has(name))
        .map_or("", |(_, grant_type)| grant_type)
}

/// Reads the tokens that were granted; `None` where there are none.
pub(super) fn response(
    members: &Members,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> Option<TokenResponse> {
    let members = with_tokens(members)?;
    let params = Params::json(&members, Source::Json);
    params.note_departures(notes);
    let secret = |name| params.filled(name).map(|value| key.read(value));
    if !params.has("token_type") {
        notes.add("response body token_type", "is missing");
    }
    Some(TokenResponse {
        access_token: secret("access_token"),
        refresh_token: secret("refresh_token"),
        id_token: secret("id_token"),
        token_type: params.text("token_type"),
        expires_in_s: seconds(&params, &["expires_in"], notes),
        refresh_expires_in_s: seconds(&params, &REFRESH_EXPIRES_IN, notes),
        scope: params.text("scope"),
    })
}

/// The words by which servers tell the life of a refresh token; OAuth has none.
const REFRESH_EXPIRES_IN: [&str; 3] = [
    "refresh_expires_in",
    "refresh_token_expires_in",
    "x_refresh_token_expires_in",
];

const TOKENS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// The object that holds tokens: the answer itself, or one in it where a server wraps them.
fn with_tokens(members: &Members) -> Option<Cow<'_, Members>> {
    let holds = |members: &Members| {
        members.iter().any(|(name, value)| {
            TOKENS.contains(&name.as_str()) && value.as_str().is_some_and(|text| !text.is_empty())
        })
    };
    if holds(members) {
        return Some(Cow::Borrowed(members));
    }
    members
        .iter()
        .filter_map(|(_, value)| value.as_object())
        .map(|object| object.clone().into_iter().collect())
        .find(holds)
        .map(Cow::Owned)
}

/// A number of seconds, written as a number or as text.
pub(super) fn seconds(params: &Params, names: &[&str], notes: &mut Notes) -> Option<u64> {
    let name = names.iter().find(|name| params.has(name))?;
    let read = params.first(name).and_then(whole_seconds);
    if read.is_none() {
        notes.add(
            format!("response body {name}"),
            "is not a number of seconds",
        );
    }
    read
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction of a second is cut off, and negative lives are no lives"
)]
fn whole_seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let fraction = || text.parse::<f64>().ok().filter(|s| s.is_finite());
    text.parse().ok().or_else(|| Some(fraction()? as u64))
}

/// A truth value, written as one or as text.
pub(super) fn truth(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}
