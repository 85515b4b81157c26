//! Exchanges as text that people write and a fuzzer alters: whatever it holds, it is read as some exchanges.
//!
//! ```text
//! POST https://idp.test/token
//! Content-Type: application/x-www-form-urlencoded
//!
//! grant_type=authorization_code&code=C1
//! ----
//! 400
//! Content-Type: application/json
//!
//! {"error":"invalid_grant"}
//! ====
//! ```

use std::time::Duration;

use grantscope_oauth::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use http::{Method, Version};
use jiff::Timestamp;

/// More exchanges of one input are not read: they take time and show nothing new.
const EXCHANGES_MAX: usize = 12;

/// The exchanges of a text, a second apart. One without a URL is none: no proxy tells of such a one, and no file is read as
/// one.
pub(crate) fn exchanges(bytes: &[u8]) -> Vec<Exchange> {
    let texts = split(bytes, b"\n====\n").into_iter().take(EXCHANGES_MAX);
    texts
        .zip(1..)
        .map(|(text, number)| exchange(text, number))
        .filter(|exchange| !exchange.request.url.as_str().is_empty())
        .collect()
}

fn exchange(text: &[u8], number: u64) -> Exchange {
    let sides = split(text, b"\n----\n");
    let (first, headers, body) = message(sides.first().copied().unwrap_or_default());
    let (method, url) = first.split_once(' ').unwrap_or(("GET", &first));
    let second = i64::try_from(number).unwrap_or_default();
    Exchange {
        id: ExchangeId(number),
        started_at: Timestamp::from_second(1_767_225_600 + second).unwrap_or_default(),
        request: Request {
            method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST),
            url: RequestUrl::new(url),
            version: Version::HTTP_11,
            headers,
            body: Body::whole(body.to_vec()),
        },
        response: sides.get(1).map(|text| response(text)),
        timings: Timings {
            wait: Some(Duration::from_millis(100)),
            ..Timings::default()
        },
        peer: Peer::default(),
    }
}

fn response(text: &[u8]) -> Response {
    let (status, headers, body) = message(text);
    Response {
        status: (status.trim().parse().ok())
            .filter(|status| (100..1000).contains(status))
            .unwrap_or(200),
        version: Version::HTTP_11,
        headers,
        body: Body::whole(body.to_vec()),
    }
}

/// The first line, the header and the content.
fn message(text: &[u8]) -> (String, Headers, &[u8]) {
    let empty_line = text.windows(2).position(|it| it == b"\n\n");
    let (head, body) = match empty_line {
        Some(at) => (&text[..at], &text[at + 2..]),
        None => (text, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let mut headers = Headers::default();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.push(name, value);
    }
    (first, headers, body)
}

/// The pieces of a text between marks.
fn split<'a>(text: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(mark.len()).position(|it| it == mark) {
        pieces.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    pieces.push(rest);
    pieces
}
