//! HTTP/2 at the edges of what RFC 9113 allows, as frames and as streams, with the proxy between and without.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, Response};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::frames::{
    DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PADDED, PRIORITY, PRIORITY_FRAME,
    PROTOCOL_ERROR, PUSH_PROMISE, REFUSED_STREAM, RST_STREAM, SETTINGS, field, fields, first_of,
    frame, hello, read_frame, read_preface,
};
use crate::peers::{Peers, all, fine, get, next, post, send_all};
use crate::support::{Running, clear_server, raw_server, soon};
use crate::ways::Way;

const LARGE: usize = 1_000_000;

/// A stock server that answers with what it was sent.
async fn echoing() -> SocketAddr {
    clear_server(|request| Response::new(request.into_body().into())).await
}

async fn open(way: Way, server: SocketAddr, proxy: &Running) -> TcpStream {
    let mut client = way.to(server, proxy).await;
    client.write_all(&hello()).await.unwrap();
    client
}

#[tokio::test]
async fn padding_and_priorities_are_understood() {
    // RFC 9113 §6.1 to 6.3: the length of the padding before, the padding behind, and what a stream depends on.
    let depends = [0, 0, 0, 0, 15];
    let head = [&[3][..], &depends, &fields("POST"), &[0; 3]].concat();
    let flags = END_HEADERS | PADDED | PRIORITY;
    let frames = [
        frame(PRIORITY_FRAME, 0, 5, &depends),
        frame(HEADERS, flags, 1, &head),
        frame(DATA, PADDED, 1, &[&[9][..], b"he", &[0; 9]].concat()),
        frame(DATA, PADDED, 1, &[200; 201]),
        frame(DATA, PADDED | END_STREAM, 1, b"\0llo"),
    ];
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = open(way, echoing().await, &proxy).await;
        client.write_all(&frames.concat()).await.unwrap();
        let mut content = Vec::new();
        while content.len() < b"hello".len() {
            let data = soon(first_of(&mut client, &[DATA])).await.unwrap();
            content.extend(data.payload);
        }
        assert_eq!(content, b"hello", "{way:?}");
    }
}

#[tokio::test]
async fn pseudo_fields_among_the_trailers_go_nowhere() {
    // RFC 9113 §8.1: they "MUST NOT" be there; the library leaves them out, whoever uses it.
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = open(way, echoing().await, &proxy).await;
        let trailers = [field(":path", "/other"), field("x-sum", "1")].concat();
        let frames = [
            frame(HEADERS, END_HEADERS, 1, &fields("POST")),
            frame(DATA, 0, 1, b"hello"),
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &trailers),
        ];
        client.write_all(&frames.concat()).await.unwrap();
        let answer = soon(first_of(&mut client, &[DATA, RST_STREAM, GOAWAY]))
            .await
            .unwrap();
        assert_eq!(
            (answer.kind, &answer.payload[..]),
            (DATA, &b"hello"[..]),
            "{way:?}"
        );
    }
}

/// What a server is told that answers the first request by these frames.
async fn told(way: Way, proxy: &Running, frames: Vec<u8>) -> Frame {
    let (told, mut tells) = mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let (told, frames) = (told.clone(), frames.clone());
        async move {
            read_preface(&mut stream).await;
            stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
            first_of(&mut stream, &[HEADERS]).await.unwrap();
            stream.write_all(&frames).await.unwrap();
            if let Some(end) = first_of(&mut stream, &[RST_STREAM, GOAWAY]).await {
                told.send(end).unwrap();
            }
        }
    })
    .await;
    let stream = way.to(server, proxy).await;
    let builder = hyper::client::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut client, connection) = soon(builder.handshake(io)).await.unwrap();
    tokio::spawn(connection);
    let request = get("/").map(|()| http_body_util::Empty::<Bytes>::new());
    let answer = tokio::spawn(async move { client.send_request(request).await });
    let told = soon(tells.recv()).await.unwrap();
    answer.abort();
    told
}

#[tokio::test]
async fn a_server_that_pushes_unasked_is_told_that_it_may_not() {
    let proxy = Running::start().await;
    let promise = [&2u32.to_be_bytes()[..], &fields("GET")].concat();
    let promise = frame(PUSH_PROMISE, END_HEADERS, 1, &promise);
    for way in Way::BOTH {
        let end = told(way, &proxy, promise.clone()).await;
        assert_eq!((end.kind, end.code()), (GOAWAY, PROTOCOL_ERROR), "{way:?}");
    }
}

#[tokio::test]
async fn a_server_that_goes_away_among_requests_ends_those_that_it_took() {
    let server = raw_server(|mut stream| async move {
        read_preface(&mut stream).await;
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        for _ in 0..2 {
            first_of(&mut stream, &[HEADERS]).await.unwrap();
        }
        // RFC 9113 §6.8: stream 1 is dealt with, and no other, for no error.
        let away = frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
        let answer = [
            frame(HEADERS, END_HEADERS, 1, &[0x88]),
            frame(DATA, 0, 1, b"half "),
            away,
            frame(DATA, END_STREAM, 1, b"whole"),
        ];
        stream.write_all(&answer.concat()).await.unwrap();
        while read_frame(&mut stream).await.is_some() {}
    })
    .await;
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let stream = way.to(server, &proxy).await;
        let (client, connection) = soon(h2::client::handshake(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut client = soon(client.ready()).await.unwrap();
        let (taken, _) = client.send_request(get("/1"), true).unwrap();
        let mut client = soon(client.ready()).await.unwrap();
        let (refused, _) = client.send_request(get("/2"), true).unwrap();
        let mut content = soon(taken).await.unwrap().into_body();
        assert_eq!(all(&mut content).await.0, b"half whole", "{way:?}");
        let error = soon(refused).await.unwrap_err();
        let told = (error.is_go_away(), error.reason());
        let expected = match way {
            Way::Straight => (true, Some(Reason::NO_ERROR)),
            // Of this request alone: the client's connection may have others that were sent to nobody yet.
            Way::Through => (false, Some(Reason::from(REFUSED_STREAM))),
        };
        assert_eq!(told, expected, "{way:?}");
    }
}

#[tokio::test]
async fn a_server_that_takes_one_request_at_a_time_gets_one_after_the_other() {
    let proxy = Running::start().await;
    let mut one = h2::server::Builder::new();
    one.max_concurrent_streams(1);
    for mut peers in Peers::both_ways_with(&proxy, &one).await {
        // The client knows the limit when it has been answered once.
        let (answer, _) = peers.ask(get("/0"), true).await;
        peers.asked().await.1.send_response(fine(), true).unwrap();
        soon(answer).await.unwrap();
        let mut client = peers.client.clone();
        let asking = tokio::spawn(async move {
            let mut answers = Vec::new();
            for number in 1..=3 {
                client = client.ready().await.unwrap();
                let path = format!("/{number}");
                answers.push(client.send_request(get(&path), true).unwrap().0);
            }
            for answer in answers {
                assert_eq!(answer.await.unwrap().status(), 200);
            }
        });
        for number in 1..=3 {
            let (asked, mut respond) = peers.asked().await;
            assert_eq!(asked.uri().path(), format!("/{number}"), "{}", peers.way);
            respond.send_response(fine(), true).unwrap();
        }
        soon(asking).await.unwrap();
    }
}

#[tokio::test]
async fn windows_may_be_as_small_and_as_large_as_they_get() {
    let proxy = Running::start().await;
    for (window, frame_len, length) in [(1, 16 * 1024, 100), ((1 << 31) - 1, (1 << 24) - 1, LARGE)]
    {
        let mut server = h2::server::Builder::new();
        server.initial_window_size(window);
        server.initial_connection_window_size(((1 << 31) - 1).min(window.max(65_535)));
        server.max_frame_size(frame_len);
        for mut peers in Peers::both_ways_with(&proxy, &server).await {
            let (answer, to_server) = peers.ask(post("/"), false).await;
            let content = Bytes::from(vec![b'x'; length]);
            let sending = tokio::spawn(send_all(to_server, content.clone()));
            let (asked, mut respond) = peers.asked().await;
            let (got, _) = all(&mut asked.into_body()).await;
            assert!(got == content, "{}", peers.way);
            soon(sending).await.unwrap();
            let back = respond.send_response(fine(), false).unwrap();
            let sending = tokio::spawn(send_all(back, content.clone()));
            let mut answer = soon(answer).await.unwrap().into_body();
            assert!(all(&mut answer).await.0 == content, "{}", peers.way);
            soon(sending).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_call_of_grpc_that_fails_at_once_is_answered_by_its_trailers_alone() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (answer, mut to_server) = peers.ask(post("/idp.Tokens/Watch"), false).await;
        to_server
            .send_data(Bytes::from_static(b"\0\0\0\0\0"), false)
            .unwrap();
        let (asked, mut respond) = peers.asked().await;
        let mut content = asked.into_body();
        assert_eq!(
            next(&mut content).await.unwrap().unwrap(),
            &b"\0\0\0\0\0"[..]
        );
        let failed = Response::builder()
            .header("content-type", "application/grpc")
            .header("grpc-status", "16")
            .header("grpc-message", "token%20expired");
        respond
            .send_response(failed.body(()).unwrap(), true)
            .unwrap();
        // The library resets the stream then, for no error.
        drop((content, respond));
        let answer = soon(answer).await.expect(peers.way);
        assert!(answer.body().is_end_stream(), "{}", peers.way);
        let names: Vec<_> = answer
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        assert_eq!(
            names,
            ["content-type", "grpc-status", "grpc-message"],
            "{}",
            peers.way
        );
    }
}

#[tokio::test]
async fn trailers_may_come_without_a_content() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (answer, mut to_server) = peers.ask(post("/"), false).await;
        to_server.send_trailers(trailers("asked")).unwrap();
        let (asked, mut respond) = peers.asked().await;
        let (content, got) = all(&mut asked.into_body()).await;
        assert_eq!(
            (content, got),
            (vec![], Some(trailers("asked"))),
            "{}",
            peers.way
        );
        let mut back = respond.send_response(fine(), false).unwrap();
        back.send_trailers(trailers("answered")).unwrap();
        let (content, got) = all(&mut soon(answer).await.unwrap().into_body()).await;
        assert_eq!(
            (content, got),
            (vec![], Some(trailers("answered"))),
            "{}",
            peers.way
        );
    }
}

fn trailers(value: &'static str) -> HeaderMap {
    let value = http::HeaderValue::from_static(value);
    HeaderMap::from_iter([(http::HeaderName::from_static("x-sum"), value)])
}
