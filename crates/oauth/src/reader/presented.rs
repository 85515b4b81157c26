//! The secrets of one exchange, wherever they stand in it: none of them may occur in a text of its reading.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Asked;
use super::address::nested;
use super::body::Members;
use super::client;
use super::form_post::hidden_form_of;
use super::notes::Notes;
use super::params::{Param, Params, Source};
use super::secrets::secret_kind;
use crate::exchange::{RequestUrl, Response};

/// A secret with the word in front of its digest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) kind: String,
    pub(super) value: String,
}

/// Credentials in a header that are shorter may be a word that is meant otherwise, and a redaction leaves such words.
const CREDENTIALS_CHARACTERS_MIN: usize = 6;

/// More secrets than this are not looked for elsewhere in the exchange.
const SECRETS_MAX: usize = 512;

/// The secrets of a request: those in its parameters, in URLs and JWTs that these hold, and in its header.
pub(super) fn in_request(asked: &Asked<'_>) -> Vec<Secret> {
    let headers = &asked.request.headers;
    let proofs = headers.all("dpop").map(|proof| ("proof", proof.to_owned()));
    let in_header = client::credentials(headers)
        .chain(proofs)
        .filter(|(_, value)| value.chars().count() >= CREDENTIALS_CHARACTERS_MIN);
    let mut secrets = in_params(&asked.params);
    for (kind, value) in in_header {
        add(&mut secrets, kind, &value);
    }
    secrets
}

/// The secrets of a response: those in the URL that it leads to, in a page that posts them, and in its content.
pub(super) fn in_response(
    asked: &Asked<'_>,
    response: &Response,
    location: Option<&RequestUrl>,
) -> Vec<Secret> {
    let encoded = |text: Option<&str>| {
        Params::encoded(
            text.unwrap_or_default(),
            Source::Query,
            &mut Notes::default(),
        )
    };
    let params = match location {
        Some(url) => encoded(url.query()).and(encoded(url.fragment())),
        None => match asked.members() {
            Some(members) => Params::json(&unwrapped(members), Source::Json),
            None => Params::decoded(
                hidden_form_of(&response.body).map_or_else(Vec::new, |form| form.inputs),
                Source::Form,
            ),
        },
    };
    in_params(&params)
}

/// The members of an object and of the objects that it wraps.
fn unwrapped(members: &Members) -> Cow<'_, Members> {
    let inner = members.iter().filter_map(|(_, value)| value.as_object());
    let inner: Vec<_> = inner.flat_map(Map::clone).collect();
    if inner.is_empty() {
        return Cow::Borrowed(members);
    }
    Cow::Owned(members.iter().cloned().chain(inner).collect())
}

/// The secrets among parameters, and in the URLs and JWTs that they hold.
pub(super) fn in_params(params: &Params) -> Vec<Secret> {
    let mut secrets = Vec::new();
    params.iter().for_each(|param| take(param, &mut secrets));
    secrets
}

fn take(param: &Param, to: &mut Vec<Secret>) {
    if let Some(kind) = secret_kind(&param.name) {
        add(to, kind, &param.value);
    } else if matches!(param.name.as_str(), "request" | "response") {
        let claims = crate::jwt::claims(&param.value);
        let claims = claims.as_ref().and_then(Value::as_object);
        for (name, claim) in claims.into_iter().flatten() {
            if let (Some(kind), Some(value)) = (secret_kind(name), claim.as_str()) {
                add(to, kind, value);
            }
        }
    } else {
        nested(&param.value, &mut |kind, value| add(to, kind, value));
    }
}

fn add(to: &mut Vec<Secret>, kind: &str, value: &str) {
    if !value.is_empty() && to.len() < SECRETS_MAX && to.iter().all(|known| known.value != value) {
        to.push(Secret {
            kind: kind.to_owned(),
            value: value.to_owned(),
        });
    }
}
