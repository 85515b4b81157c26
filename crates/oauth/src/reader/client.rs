//! Who sends a request, and how it proves that (RFC 6749 §2.3).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Asked;
use super::notes::Notes;
use super::params::form_decoded;
use crate::client_auth::{Client, ClientAuthentication};
use crate::exchange::Headers;
use crate::fingerprint::FingerprintKey;
use crate::mask;

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
    let in_body = asked.params.unmasked("client_id").map(str::to_owned);
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

/// The schemes of HTTP authentication that are told from credentials without a scheme.
pub const AUTHENTICATION_SCHEMES: [&str; 7] = [
    "basic",
    "bearer",
    "digest",
    "dpop",
    "mutual",
    "negotiate",
    "ntlm",
];

/// Takes `Authorization` apart: a scheme and what follows it (RFC 9110 §11.4). Without a scheme, all of it may be a secret.
fn scheme(value: &str) -> Option<(&str, &str)> {
    let (scheme, credentials) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    let is_known = AUTHENTICATION_SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let is_word = scheme.len() <= 20 && scheme.bytes().all(|b| b.is_ascii_alphabetic());
    let is_scheme = is_known || (is_word && !credentials.is_empty());
    is_scheme.then_some((scheme, credentials.trim()))
}

/// The secrets in `Authorization`, of which there should be one, with the word in front of their digests.
pub(super) fn credentials(headers: &Headers) -> impl Iterator<Item = (&'static str, String)> {
    headers.all("authorization").flat_map(credentials_in)
}

fn credentials_in(value: &str) -> Vec<(&'static str, String)> {
    let Some((scheme, credentials)) = scheme(value) else {
        return vec![("credentials", value.to_owned())];
    };
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "basic" => return basic_secrets(credentials),
        "bearer" | "dpop" => "access",
        _ => "credentials",
    };
    vec![(kind, credentials.to_owned())]
}

/// The secret of `Basic`, decoded and as it was sent: clients forget the form encoding, and servers repeat either.
fn basic_secrets(credentials: &str) -> Vec<(&'static str, String)> {
    let Some(text) = decoded(credentials) else {
        return vec![("secret", credentials.to_owned())];
    };
    let secret = text.split_once(':').map_or(&*text, |(_, secret)| secret);
    [form_decoded(secret), secret.to_owned()]
        .map(|secret| ("secret", secret))
        .to_vec()
}

fn decoded(credentials: &str) -> Option<String> {
    let bytes = TOLERANT.decode(credentials).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn authorization(
    value: &str,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> (ClientAuthentication, Option<String>) {
    let Some((scheme, credentials)) = scheme(value) else {
        notes.add(PLACE, "has no scheme");
        return (ClientAuthentication::Other(String::new()), None);
    };
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(credentials, key, notes);
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
    let Some(text) = decoded(credentials) else {
        notes.add(PLACE, "is Basic, but its credentials are not base64");
        return whole(credentials);
    };
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
        (!id.is_empty() && !mask::is_mask(&id)).then_some(id),
    )
}
