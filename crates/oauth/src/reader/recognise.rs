//! Which message a request carries, told by its parameters first, by what is known of its URL then, and by its path last.

use http::Method;

use super::Asked;
use super::answer::is_reference;
use super::authorize::{Candidate, in_content};
use super::known::{EndpointKind, Known};
use super::notes::Notes;
use super::params::Params;
use super::{authorize, client, endpoints, token};
use crate::message::RequestMessage;

/// Reads the message that a request carries.
pub(super) fn request(
    asked: &Asked<'_>,
    kind: Option<EndpointKind>,
    known: &Known,
    notes: &mut Notes,
) -> RequestMessage {
    let path = asked.request.url.path();
    // A preflight (Fetch §4.8) repeats the URL of the request that it comes before, and presents nothing.
    if asked.request.method == Method::OPTIONS {
        return RequestMessage::Other;
    }
    if is_metadata(path) {
        return RequestMessage::Metadata;
    }
    if is_token_request(asked, kind) {
        return RequestMessage::Token(token::request(asked, notes));
    }
    if is_authorization_request(asked, kind) {
        return authorization(asked, kind, notes);
    }
    of_token(asked, kind, notes)
        .or_else(|| device(asked, kind, notes))
        .or_else(|| end_session(asked, kind))
        .or_else(|| callback(asked, known, notes))
        .unwrap_or(RequestMessage::Other)
}

/// RFC 8414 §3, OpenID Connect Discovery §4.
pub(super) fn is_metadata(path: &str) -> bool {
    // Every path is looked at, and most have few slashes: to search for the whole of a name takes longer.
    path.match_indices('/').any(|(at, _)| {
        let from = &path[at..];
        from.starts_with("/.well-known/oauth-authorization-server")
            || from.starts_with("/.well-known/openid-configuration")
    })
}

/// Parameters that are presented at the token endpoint.
const PRESENTED: [&str; 4] = ["code", "refresh_token", "device_code", "assertion"];

fn is_token_request(asked: &Asked<'_>, kind: Option<EndpointKind>) -> bool {
    let params = &asked.params;
    if params.has("response_type") {
        return false;
    }
    let presents = asked.is_post() || params.any(&PRESENTED);
    let known = kind == Some(EndpointKind::Token) && presents;
    let typed = params.has("grant_type") && (presents || params.has("client_id"));
    typed || known || (kind.is_none() && presents_as_client(asked))
}

/// Whether a client that proves who it is presents a grant: some servers ask for no `grant_type`.
fn presents_as_client(asked: &Asked<'_>) -> bool {
    let params = &asked.params;
    let basic = |value: &str| {
        value
            .get(..6)
            .is_some_and(|s| s.eq_ignore_ascii_case("basic "))
    };
    let proves = params.any(&["client_secret", "client_assertion", "code_verifier"])
        && params.has("client_id");
    let by_header =
        asked.is_post() && (asked.request.headers.first("authorization")).is_some_and(basic);
    params.any(&["code", "refresh_token"])
        && (proves || by_header)
        && !is_logout(asked.request.url.path())
}

fn is_logout(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("logout")
}

fn is_authorization_request(asked: &Asked<'_>, kind: Option<EndpointKind>) -> bool {
    let params = &asked.params;
    let is_jwt = |request: &str| request.matches('.').count() >= 2;
    let names_client = params.has("client_id")
        && (params.any(&["response_type", "request_uri"])
            || params.first("request").is_some_and(is_jwt));
    // A request that forgets its client_id is one all the same.
    let names_redirect = params.has("response_type") && params.has("redirect_uri");
    let by_meaning = (names_client || names_redirect)
        && matches!(asked.request.method, Method::GET | Method::POST);
    let known = matches!(
        kind,
        Some(EndpointKind::Authorization | EndpointKind::PushedAuthorization)
    );
    by_meaning || (known && params.any(&["client_id", "response_type", "request_uri", "request"]))
}

/// An authorization request, or one that is pushed: that comes from the client and not from the user agent.
fn authorization(
    asked: &Asked<'_>,
    kind: Option<EndpointKind>,
    notes: &mut Notes,
) -> RequestMessage {
    let request = authorize::request(asked);
    if !is_pushed(asked, kind) {
        return RequestMessage::Authorization(request);
    }
    RequestMessage::PushedAuthorization(request, client::client(asked, notes))
}

fn is_pushed(asked: &Asked<'_>, kind: Option<EndpointKind>) -> bool {
    let headers = &asked.request.headers;
    let pushes = asked.is_post()
        && asked.params.iter().any(in_content)
        && (asked.params.any(&["client_secret", "client_assertion"])
            || headers.first("authorization").is_some()
            || is_pushed_path(asked.request.url.path())
            || asked.response.is_some_and(is_reference));
    kind == Some(EndpointKind::PushedAuthorization) || pushes
}

fn is_pushed_path(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.is_some_and(|last| matches!(last, "par" | "par_request" | "request" | "pushed"))
}

/// Revocation and introspection: both present a `token`.
fn of_token(
    asked: &Asked<'_>,
    kind: Option<EndpointKind>,
    notes: &mut Notes,
) -> Option<RequestMessage> {
    let last = asked.request.url.path().trim_end_matches('/');
    let last = last.rsplit('/').next().unwrap_or_default();
    let ends = |words: &[&str]| words.iter().any(|word| last.ends_with(word));
    match kind {
        Some(EndpointKind::Revocation) => revocation(asked, notes),
        Some(EndpointKind::Introspection) => introspection(asked, notes),
        _ if !asked.is_post() => None,
        _ if ends(&["revoke", "revocation"]) => revocation(asked, notes),
        _ if ends(&["introspect", "introspection"]) => introspection(asked, notes),
        _ => None,
    }
}

fn revocation(asked: &Asked<'_>, notes: &mut Notes) -> Option<RequestMessage> {
    endpoints::revocation(asked, notes).map(RequestMessage::Revocation)
}

fn introspection(asked: &Asked<'_>, notes: &mut Notes) -> Option<RequestMessage> {
    endpoints::introspection(asked, notes).map(RequestMessage::Introspection)
}

fn device(
    asked: &Asked<'_>,
    kind: Option<EndpointKind>,
    notes: &mut Notes,
) -> Option<RequestMessage> {
    let by_path = asked.request.url.path().contains("device")
        && asked.params.has("client_id")
        // With a user code it is the page on which the user enters it (RFC 8628 §3.3).
        && !asked.params.has("user_code");
    let is_device = kind == Some(EndpointKind::DeviceAuthorization) || by_path;
    (asked.is_post() && is_device)
        .then(|| RequestMessage::DeviceAuthorization(endpoints::device_authorization(asked, notes)))
}

fn end_session(asked: &Asked<'_>, kind: Option<EndpointKind>) -> Option<RequestMessage> {
    let params = &asked.params;
    let by_refresh_token = asked.is_post()
        && params.has("refresh_token")
        && params.has("client_id")
        && is_logout(asked.request.url.path());
    let is_end = kind == Some(EndpointKind::EndSession)
        || params.any(&["id_token_hint", "post_logout_redirect_uri"])
        || by_refresh_token;
    is_end.then(|| RequestMessage::EndSession(endpoints::end_session(asked)))
}

/// The authorization response as it arrives at the client.
fn callback(asked: &Asked<'_>, known: &Known, notes: &mut Notes) -> Option<RequestMessage> {
    let url = &asked.request.url;
    let by_query = Candidate::of_url(url, &mut Notes::default());
    let candidate = match asked.request.method {
        Method::GET => by_query,
        Method::POST if asked.is_form() => Candidate::of_post(url, &asked.params),
        _ => return None,
    };
    let arrives = candidate.speaks_for_itself()
        || (candidate.carries_anything()
            && (is_callback(url.path()) || known.is_redirect_uri(&candidate.redirect_uri().0)));
    arrives.then(|| RequestMessage::Callback(candidate.into_response(asked.key, notes)))
}

/// Whether a path is called as apps call their redirection endpoint.
fn is_callback(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.split(['/', '-', '_', '.']).any(|part| {
        matches!(
            part,
            "callback" | "cb" | "oauth" | "oauth2" | "oidc" | "authorized"
        )
    })
}

/// Parameters one of which every OAuth message in a URL has.
const TELLING: [&str; 14] = [
    "access_token",
    "client_id",
    "code",
    "error",
    "grant_type",
    "id_token_hint",
    "post_logout_redirect_uri",
    "refresh_token",
    "request_uri",
    "response",
    "response_type",
    "state",
    "token",
    "device_code",
];

/// Whether an exchange may be of OAuth, by the head of its request. In doubt it may.
pub(super) fn concerns<'a>(
    method: &Method,
    params: &Params,
    path: &str,
    field: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    if is_metadata(path) || params.any(&TELLING) {
        return true;
    }
    if *method == Method::POST {
        let label = field("content-type").unwrap_or_default();
        let label = label.trim_start().to_ascii_lowercase();
        // A body without a label may be a form; so may a text.
        let unlike = ["image/", "video/", "audio/", "font/", "application/grpc"];
        return !unlike.iter().any(|start| label.starts_with(start));
    }
    // A page that the user goes to may answer with a redirect to the client.
    let navigates = field("sec-fetch-mode") == Some("navigate");
    let page = field("accept").is_some_and(|accept| accept.contains("text/html"));
    *method == Method::GET && (navigates || page)
}
