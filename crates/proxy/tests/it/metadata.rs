//! Metadata of a server behind an address that stands for it, byte by byte: they lead the client to the address, and the
//! tap has them as the server sent them.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use grantscope_oauth::Exchange;
use grantscope_proxy::{Notice, Outcome, Reverse, Spoken};
use h2::Reason;
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::peers::{all, next, send_all};
use crate::support::{
    Running, Told, connect, connect_tls, raw_server, read_all, read_head, soon, tls_raw_server,
};

const PATH: &str = "/.well-known/openid-configuration";
/// Longer than what is held back, in bytes.
const LONG: usize = 300 * 1024;

/// Metadata with this origin in them, and with that of the places that they lead to.
fn document(issuer: &str, places: &str) -> String {
    format!(
        "{{ \"issuer\":\"{issuer}\",\n\t\"token_endpoint\" : \"{places}/token\",\"n\":1.0e2,\"jwks_uri\":\"{places}\\/jwks\"}}\n"
    )
}

async fn standing_for(server: &str) -> Running {
    Running::start_with(|config| {
        config.reverse = vec![Reverse {
            listen: "127.0.0.1:0".parse().unwrap(),
            spoken: Spoken::Either,
            server: server.to_owned(),
        }];
    })
    .await
}

/// The exchange and its outcome, and whether and why the metadata in it were left as they are.
async fn tapped(
    proxy: &mut Running,
    is_unchanged: bool,
) -> (Arc<Exchange>, Outcome, Option<&'static str>) {
    let (mut received, mut unchanged) = (None, None);
    proxy.sent().await;
    while received.is_none() || is_unchanged && unchanged.is_none() {
        match proxy.told().await {
            Told::Received(exchange, outcome) => received = Some((exchange, outcome)),
            Told::Notice(Notice::MetadataUnchanged { reason, .. }) => unchanged = Some(reason),
            other => panic!("{other:?}"),
        }
    }
    assert!(!proxy.has_told_more());
    let (exchange, outcome) = received.unwrap();
    (exchange, outcome, unchanged)
}

fn recorded(exchange: &Exchange) -> String {
    let response = exchange.response.as_ref().unwrap();
    response.body.text().into_owned()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// What a server answers, which it makes of its own origin.
type Answer = fn(&str) -> Vec<u8>;

/// What a client is told over HTTP/1 of a server that answers so.
async fn told_http1(answer: Answer) -> (String, SocketAddr, Running) {
    let server = raw_server(move |mut stream| async move {
        let own = format!("http://{}", stream.local_addr().unwrap());
        read_head(&mut stream).await;
        stream.write_all(&answer(&own)).await.ok();
    })
    .await;
    let proxy = standing_for(&format!("http://{server}")).await;
    let mut client = connect(proxy.reverse[0]).await;
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: idp.local\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    (read_all(&mut client).await, server, proxy)
}

#[tokio::test]
async fn over_http1_places_are_at_the_address_and_the_rest_is_as_it_was_sent() {
    let (told, server, mut proxy) = told_http1(|own| {
        let content = document(own, own);
        let length = content.len();
        format!(
            "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: {length}\r\nContent-Type: application/json\r\nETag: \"a\"\r\n\
             Content-Digest: sha-256=:x:\r\nConnection: close\r\n\r\n{content}"
        )
        .into_bytes()
    })
    .await;
    let own = format!("http://{server}");
    let content = document(&own, "http://idp.local");
    let length = content.len();
    let expected = format!(
        "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: {length}\r\nContent-Type: application/json\r\nETag: W/\"a\"\r\n\
         Connection: close\r\n\r\n{content}"
    );
    assert_eq!(told, expected);
    let (exchange, outcome, _) = tapped(&mut proxy, false).await;
    assert_eq!(recorded(&exchange), document(&own, &own));
    let headers = &exchange.response.as_ref().unwrap().headers;
    assert_eq!(headers.first("etag"), Some("\"a\""));
    assert_eq!(outcome, Outcome::Answered);
}

#[tokio::test]
async fn over_http1_chunks_and_codings_are_read() {
    let (told, server, mut proxy) = told_http1(|own| {
        let content = gzip(&document(own, own));
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
        let chunks = content.chunks(7).flat_map(|chunk| {
            [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
        });
        let chunks: Vec<u8> = chunks.collect();
        [head.as_bytes(), &chunks, b"0\r\n\r\n"].concat()
    })
    .await;
    let own = format!("http://{server}");
    let content = document(&own, "http://idp.local");
    let (head, told) = told.split_once("\r\n\r\n").unwrap();
    assert_eq!(told, content);
    let head = head.to_ascii_lowercase();
    assert!(head.contains(&format!("content-length: {}", content.len())));
    assert!(
        !head.contains("content-encoding") && !head.contains("chunked"),
        "{head}"
    );
    let (exchange, _, _) = tapped(&mut proxy, false).await;
    assert_eq!(recorded(&exchange), document(&own, &own));
}

#[tokio::test]
async fn over_http1_what_cannot_be_read_passes_as_it_is_and_is_told_of() {
    let cases: [(Answer, &str); 4] = [
        (|_| answered("<html>"), "no JSON object"),
        (
            |_| answered("{\"token_endpoint\":\"https://idp.internal/token\"}"),
            "by another origin",
        ),
        (
            |own| answered(&format!("{{{}\"a\":\"{own}/\"}}", " ".repeat(LONG))),
            "longer than",
        ),
        (
            |_| {
                let head =
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
                format!("{head}{LONG:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(LONG)).into_bytes()
            },
            "longer than",
        ),
    ];
    for (answer, expected) in cases {
        let (told, server, mut proxy) = told_http1(answer).await;
        let sent = String::from_utf8(answer(&format!("http://{server}"))).unwrap();
        if sent.contains("chunked") {
            assert_eq!(told.matches('x').count(), LONG, "{expected}");
        } else {
            assert_eq!(told, sent, "{expected}");
        }
        let (exchange, outcome, reason) = tapped(&mut proxy, true).await;
        assert!(reason.unwrap().contains(expected), "{reason:?}");
        assert_eq!(outcome, Outcome::Answered);
        assert_eq!(exchange.response.as_ref().unwrap().status, 200);
    }
}

/// An answer with this content.
fn answered(content: &str) -> Vec<u8> {
    let length = content.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nETag: \"a\"\r\nConnection: close\r\n\r\n{content}")
        .into_bytes()
}

#[tokio::test]
async fn over_http1_a_document_that_breaks_off_breaks_off_for_the_client() {
    let (told, _, mut proxy) = told_http1(|_| {
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"token_endpoint\"".to_vec()
    })
    .await;
    assert!(told.ends_with("\r\n\r\n{\"token_endpoint\""), "{told}");
    assert!(told.contains("Content-Length: 100\r\n"), "{told}");
    assert_eq!(tapped(&mut proxy, false).await.1, Outcome::Interrupted);
}

#[tokio::test]
async fn other_answers_at_the_address_are_not_read() {
    let (told, server, _) = told_http1(|own| {
        let content = document(own, own);
        let length = content.len();
        format!("HTTP/1.1 404 Not Found\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{content}").into_bytes()
    })
    .await;
    let own = format!("http://{server}");
    assert!(told.ends_with(&document(&own, &own)), "{told}");
}

/// A client of HTTP/2 at an address that stands for a server, and what that server is asked.
struct Http2 {
    client: h2::client::SendRequest<Bytes>,
    asked: mpsc::UnboundedReceiver<h2::server::SendResponse<Bytes>>,
    /// The names of the server: its own, and the client's.
    own: String,
    local: String,
    proxy: Running,
}

async fn http2() -> Http2 {
    let (told, asked) = mpsc::unbounded_channel();
    let server = tls_raw_server(&[b"h2"], move |stream| {
        let told = told.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, respond))) = connection.accept().await {
                told.send(respond).ok();
            }
        }
    })
    .await;
    let own = format!("https://localhost:{}", server.port());
    let proxy = standing_for(&own).await;
    let stream = connect(proxy.reverse[0]).await;
    let connecting = connect_tls(stream, "idp.local", proxy.root(), &[b"h2"]);
    let stream = soon(connecting).await.unwrap();
    let (client, connection) = soon(h2::client::handshake(stream)).await.unwrap();
    tokio::spawn(connection);
    Http2 {
        client,
        asked,
        own,
        local: format!("https://idp.local:{}", proxy.reverse[0].port()),
        proxy,
    }
}

impl Http2 {
    /// Asks for the metadata, and lets the server answer.
    async fn ask<F: Future<Output = ()>>(
        &mut self,
        answer: impl FnOnce(h2::server::SendResponse<Bytes>) -> F,
    ) -> Result<Response<h2::RecvStream>, h2::Error> {
        let request = Request::get(format!("{}{PATH}", self.local));
        let mut client = soon(self.client.clone().ready()).await.unwrap();
        let sent = client.send_request(request.body(()).unwrap(), true);
        let answering = async { answer(soon(self.asked.recv()).await.unwrap()).await };
        let (response, ()) = soon(async { tokio::join!(sent.unwrap().0, answering) }).await;
        response
    }
}

#[tokio::test]
async fn over_http2_places_are_at_the_address() {
    let mut http2 = http2().await;
    let own = http2.own.clone();
    let response = http2.ask(async |mut respond| {
        let content = document(&own, &own);
        let head = Response::builder().header("content-length", content.len());
        let head = head.header("x-one", "1").body(()).unwrap();
        let mut stream = respond.send_response(head, false).unwrap();
        let (first, second) = content.split_at(20);
        stream.send_data(first.to_owned().into(), false).unwrap();
        stream.send_data(second.to_owned().into(), true).unwrap();
    });
    let response = response.await.unwrap();
    let expected = document(&http2.own, &http2.local);
    assert_eq!(
        response.headers()["content-length"],
        expected.len().to_string()
    );
    assert_eq!(response.headers()["x-one"], "1");
    let (content, trailers) = all(&mut response.into_body()).await;
    assert_eq!(String::from_utf8(content).unwrap(), expected);
    assert_eq!(trailers, None);
    let (exchange, _, _) = tapped(&mut http2.proxy, false).await;
    assert_eq!(recorded(&exchange), document(&http2.own, &http2.own));
}

#[tokio::test]
async fn over_http2_what_cannot_be_read_passes_as_it_is_and_is_told_of() {
    let mut http2 = http2().await;
    for long in [false, true] {
        let content = Bytes::from("x".repeat(if long { LONG } else { 9 }));
        let sent = content.clone();
        let response = http2.ask(async |mut respond| {
            let stream = respond.send_response(Response::new(()), false).unwrap();
            tokio::spawn(send_all(stream, sent));
        });
        let (told, _) = all(&mut response.await.unwrap().into_body()).await;
        assert!(told == content, "{} bytes", told.len());
        let (_, _, reason) = tapped(&mut http2.proxy, true).await;
        assert_eq!(reason.unwrap().contains("longer"), long, "{reason:?}");
    }
}

#[tokio::test]
async fn over_http2_trailers_and_the_reason_of_a_reset_pass() {
    let mut http2 = http2().await;
    let own = http2.own.clone();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-last", HeaderValue::from_static("1"));
    let sent = trailers.clone();
    let response = http2.ask(async |mut respond| {
        let mut stream = respond.send_response(Response::new(()), false).unwrap();
        stream
            .send_data(document(&own, &own).into(), false)
            .unwrap();
        stream.send_trailers(sent).unwrap();
    });
    let (content, last) = all(&mut response.await.unwrap().into_body()).await;
    assert_eq!(content, document(&http2.own, &http2.local).as_bytes());
    assert_eq!(last, Some(trailers));
    tapped(&mut http2.proxy, false).await;

    let response = http2.ask(async |mut respond| {
        let mut stream = respond.send_response(Response::new(()), false).unwrap();
        stream.send_data("{\"half".into(), false).unwrap();
        stream.send_reset(Reason::ENHANCE_YOUR_CALM);
    });
    // Whether the client has the beginning before the end is a matter of time.
    let reason = match response.await {
        Ok(response) => {
            let mut content = response.into_body();
            match next(&mut content).await {
                Some(Ok(_)) => next(&mut content).await.unwrap().unwrap_err(),
                broken => broken.unwrap().unwrap_err(),
            }
        }
        Err(error) => error.reason().unwrap(),
    };
    assert_eq!(reason, Reason::ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn over_http2_a_client_that_cancels_while_the_document_comes_cancels_at_the_server() {
    let mut http2 = http2().await;
    let request = Request::get(format!("{}{PATH}", http2.local));
    let mut client = soon(http2.client.clone().ready()).await.unwrap();
    let sent = client.send_request(request.body(()).unwrap(), true);
    let (response, mut content) = sent.unwrap();
    let mut respond = soon(http2.asked.recv()).await.unwrap();
    let mut stream = respond.send_response(Response::new(()), false).unwrap();
    stream.send_data("{".into(), false).unwrap();
    http2.proxy.sent().await;
    content.send_reset(Reason::CANCEL);
    drop(response);
    let reset = soon(std::future::poll_fn(|cx| stream.poll_reset(cx))).await;
    assert_eq!(reset.unwrap(), Reason::CANCEL);
}

/// What is asked of the server, and what the client is told, where it sends these beginnings of requests.
async fn asked_for(requests: &[&str], answer: &'static str) -> Vec<(String, String)> {
    let (got, mut gets) = mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let got = got.clone();
        async move {
            got.send(read_head(&mut stream).await).unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let proxy = standing_for(&format!("http://{server}")).await;
    let mut all = Vec::new();
    for request in requests {
        let mut client = connect(proxy.reverse[0]).await;
        let request = format!("{request}Host: idp.local\r\nConnection: close\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let told = read_all(&mut client).await;
        all.push((soon(gets.recv()).await.unwrap(), told));
    }
    all
}

#[tokio::test]
async fn a_part_of_a_document_is_not_asked_for() {
    let range = "Range: bytes=0-9\r\nIf-Range: \"a\"\r\n";
    let [metadata, other] =
        [PATH, "/logo.png"].map(|path| format!("GET {path} HTTP/1.1\r\n{range}"));
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let asked = asked_for(&[&metadata, &other], answer).await;
    assert!(!asked[0].0.contains("ange:"), "{}", asked[0].0);
    assert!(asked[1].0.contains(range), "{}", asked[1].0);
}

#[tokio::test]
async fn a_head_tells_nothing_of_bytes_that_the_client_does_not_get() {
    let of_bytes =
        "Content-Length: 5\r\nAccept-Ranges: bytes\r\nDigest: x\r\nContent-Encoding: gzip\r\n";
    let kept = "Content-Type: application/json\r\n";
    let answer: &'static str =
        format!("HTTP/1.1 200 OK\r\n{of_bytes}{kept}ETag: \"a\"\r\n\r\n").leak();
    let [metadata, other] = [PATH, "/logo.png"].map(|path| format!("HEAD {path} HTTP/1.1\r\n"));
    let told = asked_for(&[&metadata, &other], answer).await;
    let fields = |at: usize| {
        let lines = told[at].1.lines().filter(|line| line.contains(": "));
        let mut lines: Vec<_> = lines.map(str::to_owned).collect();
        lines.retain(|line| !line.starts_with("connection") && !line.starts_with("date"));
        lines.sort();
        lines
    };
    assert_eq!(
        fields(0),
        ["Content-Type: application/json", "ETag: W/\"a\""]
    );
    assert_eq!(fields(1).len(), 6, "{:?}", fields(1));
}
