//! Who sends a request, and how it proves that (RFC 6749 §2.3).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Asked;
use super::notes::Notes;
use super::params::form_decoded;
use crate::client_auth::{Client, ClientAuthentication};
use crate::fingerprint::FingerprintKey;

const PLACE: &str = "header Authorization";

/// Base64 as clients write it: with padding or without.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The client of a request.
pub(super) fn client(asked: &Asked<'_>, notes: &mut Notes) -> Client {
    let header = asked.request.headers.first("authorization");
    let (from_header, basic_id) = header.map_or((None, None), |value| {
        let (method, id) = authorization(value, asked.key, notes);
        (Some(method), id)
    });
    let from_body = body_methods(asked);
    let in_body = asked.params.filled("client_id").map(str::to_owned);
    if let (Some(basic), Some(body)) = (&basic_id, &in_body)
        && basic != body
    {
        notes.add(PLACE, "names another client than the parameter client_id");
    }
    let methods: Vec<_> = from_header.into_iter().chain(from_body).collect();
    let id = basic_id.or(in_body).or_else(|| asserted_id(&methods));
    Client {
        id,
        authentication: one_of(methods, notes),
    }
}

fn one_of(mut methods: Vec<ClientAuthentication>, notes: &mut Notes) -> ClientAuthentication {
    if methods.len() > 1 {
        notes.add(
            "request",
            "authenticates the client by more than one method",
        );
        return ClientAuthentication::Several(methods);
    }
    methods.pop().unwrap_or(ClientAuthentication::None)
}

fn body_methods(asked: &Asked<'_>) -> impl Iterator<Item = ClientAuthentication> {
    let secret = |name| asked.params.secret(name, asked.key);
    let post = secret("client_secret").map(ClientAuthentication::SecretPost);
    let assertion = secret("client_assertion").map(ClientAuthentication::Assertion);
    post.into_iter().chain(assertion)
}

/// The issuer of a client assertion is the client (RFC 7523 §3).
fn asserted_id(methods: &[ClientAuthentication]) -> Option<String> {
    methods.iter().find_map(|method| match method {
        ClientAuthentication::Assertion(of) => of.jwt.as_ref()?.iss.clone(),
        _ => None,
    })
}

fn authorization(
    value: &str,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> (ClientAuthentication, Option<String>) {
    let (scheme, credentials) = value.trim().split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(credentials.trim(), key, notes);
    }
    let is_scheme = scheme.len() <= 20 && scheme.bytes().all(|b| b.is_ascii_alphabetic());
    if !is_scheme {
        // It may be the secret itself, sent without a scheme.
        notes.add(PLACE, "has no scheme");
        return (ClientAuthentication::Other(String::new()), None);
    }
    (ClientAuthentication::Other(scheme.to_owned()), None)
}

/// Reads the credentials of `Basic` (RFC 6749 §2.3.1).
///
/// What cannot be taken apart is kept as one secret.
fn basic(
    credentials: &str,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> (ClientAuthentication, Option<String>) {
    let whole = |text: &str| (ClientAuthentication::SecretBasic(key.read(text)), None);
    let Ok(bytes) = TOLERANT.decode(credentials) else {
        notes.add(PLACE, "is Basic, but its credentials are not base64");
        return whole(credentials);
    };
    let text = String::from_utf8_lossy(&bytes);
    let Some((id, secret)) = text.split_once(':') else {
        notes.add(PLACE, "is Basic, but its credentials have no colon");
        return whole(&text);
    };
    let secret = key.read(&form_decoded(secret));
    if secret.length == 0 {
        notes.add(PLACE, "is Basic with an empty secret");
    }
    let id = form_decoded(id);
    (
        ClientAuthentication::SecretBasic(secret),
        (!id.is_empty()).then_some(id),
    )
}
