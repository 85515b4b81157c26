//! Exchanges written as plain HTTP.

use std::sync::Arc;

use grantscope_oauth::{
    Body, Exchange, ExchangeId, Fingerprint, FingerprintKey, Headers, Peer, Providers, Reader,
    Reading, Request, RequestMessage, RequestUrl, Response, Timings, TokenRequest,
};
use http::{Method, Version};
use jiff::Timestamp;

/// The key of all fingerprints in tests.
pub(crate) const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

/// A reader that has learned nothing yet.
pub(crate) fn reader() -> Reader {
    Reader::new(KEY, Arc::new(Providers::embedded()))
}

/// Reads one exchange.
pub(crate) fn read(request: &str, response: &str) -> Reading {
    reader().read(&exchange(request, response))
}

/// The fingerprint of a secret.
pub(crate) fn fp(secret: &str) -> Fingerprint {
    KEY.read(secret)
}

/// An exchange out of two messages in plain HTTP/1.1; the response may be empty. Lines of a message may be indented.
pub(crate) fn exchange(request: &str, response: &str) -> Exchange {
    Exchange {
        id: ExchangeId(1),
        started_at: Timestamp::UNIX_EPOCH,
        request: read_request(request),
        response: (!response.trim().is_empty()).then(|| read_response(response)),
        timings: Timings::default(),
        peer: Peer::default(),
    }
}

fn read_request(text: &str) -> Request {
    let (first, headers, body) = message(text);
    let mut words = first.split(' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let url = match headers.first("host") {
        Some(host) if target.starts_with('/') => format!("https://{host}{target}"),
        _ => target.to_owned(),
    };
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap_or_default(),
        url: RequestUrl::new(url),
        version: Version::HTTP_11,
        headers,
        body: Body::whole(body),
    }
}

fn read_response(text: &str) -> Response {
    let (first, headers, body) = message(text);
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Response {
        status: status.unwrap_or_default(),
        version: Version::HTTP_11,
        headers,
        body: Body::whole(body),
    }
}

fn message(text: &str) -> (String, Headers, String) {
    let mut lines = text.trim().lines().map(str::trim);
    let first = lines.next().unwrap_or_default().to_owned();
    let fields = lines.by_ref().take_while(|line| !line.is_empty());
    let headers = fields
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    (first, headers, lines.collect())
}

/// Reads the message of a request that is not answered yet.
pub(crate) fn request(text: &str) -> RequestMessage {
    read(text, "").request
}

/// Reads a token request that is not answered yet.
pub(crate) fn token_request(text: &str) -> TokenRequest {
    match request(text) {
        RequestMessage::Token(request) => request,
        other => panic!("{other:?}"),
    }
}
