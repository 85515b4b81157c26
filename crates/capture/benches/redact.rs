//! What redaction costs: `cargo bench -p grantscope-capture --bench redact`.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use grantscope_capture::redact::Redactor;
use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Peer, Request, RequestUrl, Response,
    Timings,
};
use http::{Method, Version};
use jiff::Timestamp;

const SAMPLES_MAX: usize = 10_000;
const TIME_MAX: Duration = Duration::from_secs(2);

fn main() {
    println!(
        "{:<34} {:>9} {:>10} {:>8}",
        "exchange", "bytes", "median µs", "MB/s"
    );
    for (name, exchange) in [
        ("token request, granted", granted()),
        ("token request, refused", refused()),
        ("authorization request, redirect", authorization()),
        ("page that posts a response", form_post()),
        ("HTML page of 1 MiB", page(1024 * 1024)),
        ("JSON of 1 MiB", json(1024 * 1024)),
        ("JSON of 250 KiB", json(250 * 1024)),
    ] {
        let bytes = length(&exchange);
        let median = measure(&exchange);
        let micros = median.as_secs_f64() * 1e6;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = bytes as f64 / micros;
        println!("{name:<34} {bytes:>9} {micros:>10.1} {rate:>8.0}");
    }
}

/// The median of single redactions, which others that compute on the machine do not lengthen.
fn measure(exchange: &Exchange) -> Duration {
    let redactor = Redactor::new(FingerprintKey::new([42; 32]));
    let begun = now();
    let mut times = Vec::with_capacity(SAMPLES_MAX);
    while times.len() < SAMPLES_MAX && now() - begun < TIME_MAX {
        let start = now();
        black_box(redactor.redact(black_box(exchange)));
        times.push(now() - start);
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The bytes that have to be looked at: URL, fields and contents.
fn length(of: &Exchange) -> usize {
    let fields = |of: &Headers| -> usize { of.iter().map(|(n, v)| n.len() + v.len()).sum() };
    let request = &of.request;
    let response = of.response.as_ref();
    request.url.as_str().len()
        + fields(&request.headers)
        + request.body.bytes.len()
        + response.map_or(0, |it| fields(&it.headers) + it.body.bytes.len())
}

fn headers(of: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

fn exchange(
    request: (Method, &str, &[(&str, &str)], &str),
    response: (u16, &[(&str, &str)], String),
) -> Exchange {
    Exchange {
        id: ExchangeId(1),
        started_at: Timestamp::UNIX_EPOCH,
        request: Request {
            method: request.0,
            url: RequestUrl::new(request.1),
            version: Version::HTTP_11,
            headers: headers(request.2),
            body: Body::whole(request.3.to_owned()),
        },
        response: Some(Response {
            status: response.0,
            version: Version::HTTP_11,
            headers: headers(response.1),
            body: Body::whole(response.2),
        }),
        timings: Timings::default(),
        peer: Peer::default(),
    }
}

/// The secrets are those of RFC 6749 §4.1.3 and RFC 7636 appendix B.
const TOKEN_REQUEST: (Method, &str, &[(&str, &str)], &str) = (
    Method::POST,
    "https://idp.test/oauth2/token",
    &[
        ("Host", "idp.test"),
        (
            "User-Agent",
            "openid-client/6.8.1 (https://github.com/panva/openid-client)",
        ),
        ("Accept", "application/json"),
        ("Authorization", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", "209"),
    ],
    "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fclient.test%2Fcb\
     &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
);

const ANSWERED: &[(&str, &str)] = &[
    ("Content-Type", "application/json; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Date", "Tue, 15 Nov 1994 08:12:31 GMT"),
];

fn granted() -> Exchange {
    let body = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"openid profile"}"#;
    exchange(TOKEN_REQUEST, (200, ANSWERED, body.to_owned()))
}

fn refused() -> Exchange {
    let body = r#"{"error":"invalid_grant","error_description":"The code SplxlOBeZQQYbYS6WxSbIA was redeemed already"}"#;
    exchange(TOKEN_REQUEST, (400, ANSWERED, body.to_owned()))
}

fn authorization() -> Exchange {
    exchange(
        (
            Method::GET,
            "https://idp.test/authorize?response_type=code&client_id=s6BhdRkqt3&state=xyz-1a2b3c4d5e6f&scope=openid\
             &redirect_uri=https%3A%2F%2Fclient.test%2Fcb&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
             &code_challenge_method=S256&nonce=n-0S6_WzA2Mj",
            &[
                ("Host", "idp.test"),
                (
                    "User-Agent",
                    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                ),
                (
                    "Accept",
                    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                ),
                ("Cookie", "sid=31d4d96e407aad42; lang=en"),
            ],
            "",
        ),
        (
            303,
            &[(
                "Location",
                "https://client.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz-1a2b3c4d5e6f&iss=https%3A%2F%2Fidp.test",
            )],
            String::new(),
        ),
    )
}

fn form_post() -> Exchange {
    let mut exchange = authorization();
    let page = "<html><body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"https://client.test/cb\">\
        <input type=\"hidden\" name=\"code\" value=\"SplxlOBeZQQYbYS6WxSbIA\"/>\
        <input type=\"hidden\" name=\"state\" value=\"xyz-1a2b3c4d5e6f\"/></form></body></html>";
    exchange.response = Some(Response {
        status: 200,
        version: Version::HTTP_11,
        headers: headers(&[("Content-Type", "text/html")]),
        body: Body::whole(page),
    });
    exchange
}

fn page(bytes: usize) -> Exchange {
    let row = "<tr><td class=\"name\">The quick brown fox</td><td><a href=\"/items?id=42\">jumps</a></td></tr>\n";
    let page = row.repeat(bytes / row.len());
    let request = (Method::GET, "https://api.test/page", ANSWERED, "");
    exchange(request, (200, &[("Content-Type", "text/html")], page))
}

/// An answer that names a token and a list of other things.
fn json(bytes: usize) -> Exchange {
    let mut text = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","items":[{"id":0}"#.to_owned();
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        let title = format!("The quick brown fox no. {number}");
        let note = "jumps over the lazy dog, and then over it again";
        let item =
            serde_json::json!({"id": number, "title": title, "tags": ["a", "b"], "note": note});
        text.push(',');
        text.push_str(&item.to_string());
    }
    let request = (Method::GET, "https://api.test/items", ANSWERED, "");
    exchange(request, (200, ANSWERED, text + "]}"))
}
