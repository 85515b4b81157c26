//! `secret-in-url`: a secret was sent in the query of a URL.
//!
//! RFC 9700 §4.3.2: "Clients MUST NOT pass access tokens in a URI query parameter". RFC 6749 §2.3.1: the client's secret
//! "MUST NOT be included in the request URI".

use grantscope_correlation::{History, Role};
use grantscope_oauth::{Digest, Reading, RequestMessage};
use percent_encoding::percent_decode_str;

use super::Concern;
use super::sight::Sight;
use super::warning::Warning;
use crate::finding::Evidence;

/// What belongs into the content of a token request.
const OF_TOKEN_REQUESTS: [&str; 11] = [
    "access_token",
    "actor_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "password",
    "refresh_token",
    "subject_token",
];

/// What may be a secret of OAuth in any other URL. There is no telling from the name alone: keys that are meant to be public
/// are called so as well.
const ELSEWHERE: [&str; 4] = ["access_token", "client_secret", "refresh_token", "token"];

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let in_token_request = sight.presented.as_ref().and_then(|presented| {
        let names = &presented.request().secrets_in_query;
        let name = OF_TOKEN_REQUESTS
            .into_iter()
            .find(|known| names.iter().any(|name| name == known))?;
        Some((presented.place(), name))
    });
    let (place, name) = in_token_request.or_else(|| {
        let name = known_secret(sight)?;
        let unread = Reading::of_nothing(sight.exchange, Digest(0));
        let reading = sight.reading.as_deref().unwrap_or(&unread);
        Some((sight.place(reading, None), name))
    })?;
    let text = format!("the query of the URL carries {name}");
    let shown = Evidence::of(place.exchange, "query", text);
    let summary = format!("{name} was sent in the query of a URL");
    Some(Warning::of(Concern::SecretInUrl, place, shown).because(summary))
}

/// A parameter of the query that holds a secret which was seen before: it was issued, or a client proved itself by it.
fn known_secret(sight: &Sight<'_>) -> Option<&'static str> {
    if matches!(
        sight.reading.as_deref().map(|reading| &reading.request),
        Some(RequestMessage::Token(_))
    ) {
        return None;
    }
    let query = sight.exchange.request.url.query()?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter_map(|(name, value)| {
            let name = ELSEWHERE.into_iter().find(|known| *known == name)?;
            Some((name, sight.reader.key().read_digest(&decoded(value))))
        })
        .find(|(_, digest)| is_known(sight.history, *digest))
        .map(|(name, _)| name)
}

fn is_known(history: History<'_>, digest: Digest) -> bool {
    history.mentions(digest).iter().any(|mention| {
        matches!(
            mention.role,
            Role::IssuedAccessToken
                | Role::IssuedRefreshToken
                | Role::PresentedRefreshToken
                | Role::ClientSecret
        )
    })
}

fn decoded(value: &str) -> String {
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
