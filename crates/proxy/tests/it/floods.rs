//! Clients and servers that abuse HTTP/2: their connection is ended, or waits for them, and others are served. A stock
//! server that is asked straight does the same for the same frames.

use grantscope_proxy::Outcome;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::frames::{
    ACK, ALTSVC, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR, GOAWAY, HEADERS, PING, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, field, fields, first_of, flood, frame, hello, read_frame,
    read_preface,
};
use crate::support::{Running, clear_server, raw_server, soon, text};
use crate::ways::Way;

/// More than any buffer between two sockets of one machine.
const FLOOD_BYTES: usize = 64 * 1024 * 1024;

/// A connection of HTTP/2 to a stock server, of which nothing was read yet.
async fn open(way: Way, proxy: &Running) -> TcpStream {
    let server = clear_server(|_| text("hello")).await;
    let mut client = way.to(server, proxy).await;
    client.write_all(&hello()).await.unwrap();
    client
}

fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields("GET"))
}

/// Whoever comes next is served.
async fn assert_serves(proxy: &Running) {
    let mut client = open(Way::Through, proxy).await;
    client.write_all(&get(1)).await.unwrap();
    let content = soon(first_of(&mut client, &[DATA])).await.unwrap();
    assert_eq!(content.payload, b"hello");
}

/// The code of the GOAWAY that answers what is sent after the preface.
async fn sent_away(way: Way, proxy: &Running, frames: &[u8]) -> u32 {
    let mut client = open(way, proxy).await;
    let (mut reader, mut writer) = client.split();
    let sending = async {
        writer.write_all(frames).await.ok();
    };
    let ((), away) = soon(async { tokio::join!(sending, first_of(&mut reader, &[GOAWAY])) }).await;
    away.expect("no reason was given").code()
}

#[tokio::test]
async fn a_client_that_resets_what_it_asks_for_at_once_is_sent_away() {
    // CVE-2023-44487.
    let proxy = Running::start().await;
    let frames: Vec<u8> = (0..2000)
        .map(|number| 2 * number + 1)
        .flat_map(|stream| {
            [
                get(stream),
                frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()),
            ]
            .concat()
        })
        .collect();
    for way in Way::BOTH {
        let code = sent_away(way, &proxy, &frames).await;
        assert_eq!(code, ENHANCE_YOUR_CALM, "{way:?}");
    }
    assert_serves(&proxy).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_read_no_more() {
    let proxy = Running::start().await;
    for frame in [frame(PING, 0, 0, &[0; 8]), frame(SETTINGS, 0, 0, &[])] {
        for way in Way::BOTH {
            let client = open(way, &proxy).await;
            let sent = flood(client, &frame, FLOOD_BYTES).await;
            assert!(sent < FLOOD_BYTES, "{way:?}: all {sent} bytes were taken");
        }
        assert_serves(&proxy).await;
    }
}

/// How many bytes of the same went out, and the code of the GOAWAY that answered them.
async fn flooded(mut client: TcpStream, piece: &[u8]) -> (usize, Option<u32>) {
    let (mut reader, writer) = client.split();
    let flooding = flood(writer, piece, FLOOD_BYTES);
    let both = async { tokio::join!(flooding, first_of(&mut reader, &[GOAWAY])) };
    let (sent, away) = soon(both).await;
    (sent, away.map(|away| away.code()))
}

#[tokio::test]
async fn a_header_without_end_ends_the_connection() {
    // CVE-2024-27316 and kin.
    let proxy = Running::start().await;
    let filler = field("x-a", &"a".repeat(100)).repeat(150);
    for piece in [
        frame(CONTINUATION, 0, 1, &[]),
        frame(CONTINUATION, 0, 1, &field("x", "y")),
        frame(CONTINUATION, 0, 1, &filler),
    ] {
        for way in Way::BOTH {
            let mut client = open(way, &proxy).await;
            let begin = frame(HEADERS, END_STREAM, 1, &fields("GET"));
            client.write_all(&begin).await.unwrap();
            let (sent, code) = flooded(client, &piece).await;
            assert!(sent < FLOOD_BYTES, "{way:?}: all {sent} bytes were taken");
            let is_reason = |code| code == ENHANCE_YOUR_CALM || code == PROTOCOL_ERROR;
            assert!(code.is_none_or(is_reason), "{way:?}: {code:?}");
        }
        assert_serves(&proxy).await;
    }
}

#[tokio::test]
async fn a_content_of_nothing_ends_the_connection() {
    // CVE-2019-9518.
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = open(way, &proxy).await;
        let begin = frame(HEADERS, END_HEADERS, 1, &fields("POST"));
        client.write_all(&begin).await.unwrap();
        let (sent, code) = flooded(client, &frame(DATA, 0, 1, &[])).await;
        assert!(sent < FLOOD_BYTES, "{way:?}: all {sent} bytes were taken");
        assert_eq!(code, Some(ENHANCE_YOUR_CALM), "{way:?}");
    }
    assert_serves(&proxy).await;
}

#[tokio::test]
async fn windows_that_make_no_sense_are_errors() {
    let proxy = Running::start().await;
    for (frames, code) in [
        (
            frame(WINDOW_UPDATE, 0, 0, &0u32.to_be_bytes()),
            PROTOCOL_ERROR,
        ),
        (
            frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes()),
            FLOW_CONTROL_ERROR,
        ),
        // RFC 9113 §6.5.2: the initial window has at most 31 bits; the library gives another reason than it says.
        (
            frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff]),
            PROTOCOL_ERROR,
        ),
    ] {
        for way in Way::BOTH {
            assert_eq!(sent_away(way, &proxy, &frames).await, code, "{way:?}");
        }
        assert_serves(&proxy).await;
    }
}

#[tokio::test]
async fn a_server_that_sends_more_than_it_may_is_told_so() {
    let proxy = Running::start().await;
    let (told, mut tells) = mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let told = told.clone();
        async move {
            read_preface(&mut stream).await;
            first_of(&mut stream, &[HEADERS]).await.unwrap();
            let settings = frame(SETTINGS, 0, 0, &[]);
            let head = frame(HEADERS, END_HEADERS, 1, &[0x88]);
            stream.write_all(&[settings, head].concat()).await.unwrap();
            let (mut reader, writer) = stream.split();
            let piece = frame(DATA, 0, 1, &[b'x'; 16 * 1024]);
            let flooding = flood(writer, &piece, FLOOD_BYTES);
            let ends = first_of(&mut reader, &[RST_STREAM, GOAWAY]);
            let (_, end) = tokio::join!(flooding, ends);
            told.send(end.unwrap().code()).unwrap();
        }
    })
    .await;
    for way in Way::BOTH {
        // A stock client, which takes nothing of the answer: its window stays as it is.
        let stream = way.to(server, &proxy).await;
        let (client, connection) = soon(h2::client::handshake(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut client = soon(client.ready()).await.unwrap();
        let request = http::Request::get("http://localhost/").body(()).unwrap();
        let (_answer, _) = client.send_request(request, true).unwrap();
        assert_eq!(
            soon(tells.recv()).await,
            Some(FLOW_CONTROL_ERROR),
            "{way:?}"
        );
    }
    assert_serves(&proxy).await;
}

/// A server that answers nothing and takes 200 requests at a time over a connection, as the proxy does; and what is asked of
/// it.
async fn patient_server() -> (std::net::SocketAddr, mpsc::UnboundedReceiver<()>) {
    let (got, gets) = mpsc::unbounded_channel();
    let server = raw_server(move |stream| {
        let got = got.clone();
        async move {
            let mut builder = h2::server::Builder::new();
            builder.max_concurrent_streams(200);
            let mut connection = builder.handshake::<_, bytes::Bytes>(stream).await.unwrap();
            let mut asked = Vec::new();
            while let Some(Ok(more)) = connection.accept().await {
                asked.push(more);
                got.send(()).unwrap();
            }
        }
    });
    (server.await, gets)
}

#[tokio::test]
async fn more_requests_than_are_served_at_a_time_are_refused() {
    let (server, mut gets) = patient_server().await;
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = way.to(server, &proxy).await;
        client.write_all(&hello()).await.unwrap();
        // The client knows the limit when it has agreed to the settings.
        client
            .write_all(&frame(SETTINGS, ACK, 0, &[]))
            .await
            .unwrap();
        let requests: Vec<u8> = (0..220).flat_map(|number| get(2 * number + 1)).collect();
        client.write_all(&requests).await.unwrap();
        for _ in 0..20 {
            let refused = soon(first_of(&mut client, &[RST_STREAM])).await.unwrap();
            assert_eq!(refused.code(), REFUSED_STREAM, "{way:?}");
            assert!(refused.stream > 400, "{way:?}: {refused:?}");
        }
        for _ in 0..200 {
            soon(gets.recv()).await.unwrap();
        }
        assert!(gets.try_recv().is_err(), "{way:?}");
    }
}

#[tokio::test]
async fn a_server_that_goes_away_before_a_request_has_refused_it() {
    let server = raw_server(|mut stream| async move {
        read_preface(&mut stream).await;
        first_of(&mut stream, &[HEADERS]).await.unwrap();
        // RFC 9113 §6.8: no stream up to number 0 was dealt with, and for no error.
        let away = frame(GOAWAY, 0, 0, &[0; 8]);
        let settings = frame(SETTINGS, 0, 0, &[]);
        stream.write_all(&[settings, away].concat()).await.unwrap();
        while read_frame(&mut stream).await.is_some() {}
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    client.write_all(&[hello(), get(1)].concat()).await.unwrap();
    let reset = soon(first_of(&mut client, &[RST_STREAM])).await.unwrap();
    assert_eq!((reset.stream, reset.code()), (1, REFUSED_STREAM));
    proxy.sent().await;
    assert_eq!(proxy.received().await.1, Outcome::Refused);
}

#[tokio::test]
async fn a_header_that_is_too_large_is_answered_in_our_name() {
    let proxy = Running::start().await;
    let filler = field("x-a", &"a".repeat(100)).repeat(150);
    let mut request = frame(HEADERS, END_STREAM, 1, &fields("GET"));
    for _ in 0..40 {
        request.extend(frame(CONTINUATION, 0, 1, &filler));
    }
    request.extend(frame(CONTINUATION, END_HEADERS, 1, &[]));
    for way in Way::BOTH {
        let mut client = open(way, &proxy).await;
        let (mut reader, mut writer) = client.split();
        let sending = async { writer.write_all(&request).await.ok() };
        let answer = first_of(&mut reader, &[HEADERS, DATA, GOAWAY]);
        let (_, first) = soon(async { tokio::join!(sending, answer) }).await;
        let first = first.unwrap();
        match way {
            // The stock server, which takes much less, ends the whole connection.
            Way::Straight => assert_eq!((first.kind, first.code()), (GOAWAY, ENHANCE_YOUR_CALM)),
            Way::Through => {
                let said = soon(first_of(&mut reader, &[DATA])).await.unwrap();
                let said = String::from_utf8(said.payload).unwrap();
                assert!(
                    said.contains("urn:grantscope:request-header-too-large"),
                    "{said}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_server_may_send_its_settings_before_the_client_speaks() {
    let (told, mut tells) = mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let told = told.clone();
        async move {
            let settings = frame(SETTINGS, 0, 0, &[]);
            stream.write_all(&settings).await.unwrap();
            told.send(()).unwrap();
            read_preface(&mut stream).await;
            first_of(&mut stream, &[HEADERS]).await.unwrap();
            let answer = frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x88]);
            stream.write_all(&answer).await.unwrap();
            first_of(&mut stream, &[GOAWAY]).await;
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    soon(tells.recv()).await.unwrap();
    client.write_all(&[hello(), get(1)].concat()).await.unwrap();
    soon(first_of(&mut client, &[HEADERS])).await.unwrap();
    // It was read as HTTP/2, and not passed on as something unknown.
    assert_eq!(
        proxy.exchange().await.response.as_ref().unwrap().status,
        200
    );
}

#[tokio::test]
async fn frames_of_other_kinds_stay_on_their_leg() {
    // A path past the proxy, of which the browser would learn by a frame.
    let server = raw_server(|mut stream| async move {
        read_preface(&mut stream).await;
        let answer = [
            frame(SETTINGS, 0, 0, &[]),
            frame(ALTSVC, 0, 0, b"\0\x08http://ah3=\":443\""),
            frame(0xee, 0, 0, b"grease"),
        ];
        stream.write_all(&answer.concat()).await.unwrap();
        let asked = first_of(&mut stream, &[HEADERS]).await.unwrap();
        let answer = [
            frame(ALTSVC, 0, asked.stream, b"\0\0h3=\":443\""),
            frame(HEADERS, END_HEADERS | END_STREAM, asked.stream, &[0x88]),
        ];
        stream.write_all(&answer.concat()).await.unwrap();
        first_of(&mut stream, &[GOAWAY]).await;
    })
    .await;
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = way.to(server, &proxy).await;
        client.write_all(&[hello(), get(1)].concat()).await.unwrap();
        let mut kinds = Vec::new();
        loop {
            let frame = soon(read_frame(&mut client)).await.unwrap();
            kinds.push(frame.kind);
            if frame.kind == HEADERS {
                break;
            }
        }
        let has_others = kinds.contains(&ALTSVC) || kinds.contains(&0xee);
        assert_eq!(has_others, way == Way::Straight, "{kinds:?}");
    }
}
