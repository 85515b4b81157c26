//! A small flow for tests: an authorization and a refused code.

use std::time::Duration;

use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Peer, Request, RequestUrl, Response,
    Timings,
};
use http::{Method, Version};
use jiff::Timestamp;

use crate::redact::{Redacted, Redactor};

/// The flow, redacted by a key that never changes.
pub(crate) fn redacted() -> impl Iterator<Item = Redacted<Exchange>> {
    let redactor = Redactor::new(FingerprintKey::new([7; 32]));
    flow().into_iter().map(move |of| redactor.redact(&of))
}

/// The flow as it was on the wire.
pub(crate) fn flow() -> [Exchange; 2] {
    [authorization(), refusal()]
}

fn authorization() -> Exchange {
    let url = "https://idp.test/authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&state=af0ifjsldkj";
    let location = "https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj";
    let headers = [
        ("Location", location),
        ("Set-Cookie", "sid=31d4d96e407aad42; Path=/; HttpOnly"),
    ];
    exchange(3, (Method::GET, url, &[], ""), (302, &headers, ""))
}

fn refusal() -> Exchange {
    let form = "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fapp.test%2Fcb";
    let error = r#"{"error":"invalid_grant","error_description":"Code not valid"}"#;
    exchange(
        5,
        (
            Method::POST,
            "https://idp.test/token",
            &[
                ("Authorization", "Basic d2ViOmdYMWZCYXQzYlY="),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            form,
        ),
        (400, &[("Content-Type", "application/json")], error),
    )
}

type Asked<'a> = (Method, &'a str, &'a [(&'a str, &'a str)], &'a str);
type Answered<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

fn exchange(id: u64, asked: Asked<'_>, answered: Answered<'_>) -> Exchange {
    let (method, url, headers, body) = asked;
    let (status, answer_headers, answer) = answered;
    let ms = |n: u64| Some(Duration::from_millis(n));
    Exchange {
        id: ExchangeId(id),
        started_at: "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap() + Duration::from_secs(id),
        request: Request {
            method,
            url: RequestUrl::new(url),
            version: Version::HTTP_2,
            headers: fields(headers),
            body: Body::whole(body.to_owned()),
        },
        response: Some(Response {
            status,
            version: Version::HTTP_11,
            headers: fields(answer_headers),
            body: Body::whole(answer.to_owned()),
        }),
        timings: Timings {
            blocked: None,
            dns: ms(1),
            connect: ms(2),
            ssl: ms(4),
            send: ms(0),
            wait: ms(30),
            receive: ms(1),
        },
        peer: Peer {
            client: "127.0.0.1:50123".parse().ok(),
            server: "192.0.2.7:443".parse().ok(),
        },
    }
}

fn fields(of: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}
