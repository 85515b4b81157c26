use std::time::Duration;

use bytes::Bytes;
use grantscope_oauth::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use http::{Method, Version};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{export, import, sample};
use crate::redact::{Redacted, Redactor};

fn exported(exchanges: &[Redacted<Exchange>], extra: Option<&Value>) -> Vec<u8> {
    let mut file = Vec::new();
    export(&mut file, "0.1.0", exchanges, extra).unwrap();
    file
}

#[test]
fn a_redacted_flow_as_har() {
    let flow: Vec<_> = sample::redacted().collect();
    let file = exported(&flow, Some(&json!({"diagnoses": []})));
    let har: Value = serde_json::from_slice(&file).unwrap();
    insta::assert_json_snapshot!(har);
}

#[test]
fn what_had_no_response_is_valid_and_has_none_when_it_is_read() {
    let [mut pending, _] = sample::flow();
    pending.response = None;
    let file = exported(&[Redactor::keep_secrets().redact(&pending)], None);
    let har: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        har["log"]["entries"][0]["response"],
        json!({
            "status": 0, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        })
    );
    assert!(
        import(file.as_slice()).unwrap().exchanges[0]
            .response
            .is_none()
    );
}

#[test]
fn a_flow_without_exchanges_is_a_har_without_entries() {
    let import = import(exported(&[], None).as_slice()).unwrap();
    assert!(import.exchanges.is_empty());
}

fn headers() -> impl Strategy<Value = Headers> {
    vec(("[A-Za-z][A-Za-z-]{0,9}", "[ -~é]{0,20}"), 0..4).prop_map(|fields| {
        let mut headers: Headers = fields.into_iter().collect();
        headers.push("Location", "/x");
        headers
    })
}

fn body() -> impl Strategy<Value = Body> {
    let bytes = prop_oneof![
        "[ -~é]{1,40}".prop_map(String::into_bytes),
        vec(any::<u8>(), 1..40)
    ];
    let coding = option::of(Just("zstd".to_owned()));
    (bytes, any::<bool>(), coding, 1u64..100).prop_map(|(bytes, truncated, coding, size)| Body {
        bytes: Bytes::from(bytes),
        size,
        truncated,
        coding,
    })
}

/// Phases as HAR can carry them: the last three always have a length, and there is no handshake without a connection.
fn timings() -> impl Strategy<Value = Timings> {
    let phase = || (0u64..100_000_000_000).prop_map(Duration::from_nanos);
    let some = move || phase().prop_map(Some);
    (
        option::of(phase()),
        option::of(phase()),
        option::of((phase(), option::of(phase()))),
        some(),
        some(),
        some(),
    )
        .prop_map(|(blocked, dns, connection, send, wait, receive)| Timings {
            blocked,
            dns,
            connect: connection.map(|(connect, _)| connect),
            ssl: connection.and_then(|(_, ssl)| ssl),
            send,
            wait,
            receive,
        })
}

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![
        Version::HTTP_09,
        Version::HTTP_10,
        Version::HTTP_11,
        Version::HTTP_2,
        Version::HTTP_3,
    ])
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop::sample::select(vec![Method::GET, Method::POST, Method::DELETE]);
    let url = "https://[a-z]{1,9}\\.test/[!-~]{0,30}";
    (method, url, version(), headers(), body()).prop_map(|(method, url, version, headers, body)| {
        Request {
            method,
            url: RequestUrl::new(url),
            version,
            headers,
            body,
        }
    })
}

fn response() -> impl Strategy<Value = Response> {
    (100u16..=999, version(), headers(), body()).prop_map(|(status, version, headers, body)| {
        Response {
            status,
            version,
            headers,
            body,
        }
    })
}

fn peer() -> impl Strategy<Value = Peer> {
    let address = || option::of(any::<std::net::SocketAddrV4>().prop_map(Into::into));
    (address(), address()).prop_map(|(client, server)| Peer { client, server })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let time = 0i64..4_000_000_000_000_000_000;
    (
        any::<u64>(),
        time,
        request(),
        option::of(response()),
        timings(),
        peer(),
    )
        .prop_map(|(id, time, request, response, timings, peer)| Exchange {
            id: ExchangeId(id),
            started_at: Timestamp::from_nanosecond(time.into()).unwrap(),
            request,
            response,
            timings,
            peer,
        })
}

proptest! {
    #[test]
    fn what_is_exported_is_imported(exchange in exchange()) {
        let file = exported(&[Redactor::keep_secrets().redact(&exchange)], None);
        let import = import(file.as_slice()).unwrap();
        let [read] = import.exchanges.as_slice() else { panic!("{import:?}") };
        let mut read = read.clone();
        // The split of a connection's time is a difference of two rounded numbers.
        let off = read.timings.connect.unwrap_or_default().abs_diff(exchange.timings.connect.unwrap_or_default());
        prop_assert!(off <= Duration::from_micros(1), "{off:?}");
        read.timings.connect = exchange.timings.connect;
        prop_assert_eq!(format!("{read:?}"), format!("{exchange:?}"));
    }
}
