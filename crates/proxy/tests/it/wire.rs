//! What goes over the wire, byte by byte. What is said here of a connection through the proxy holds of one straight to
//! the server too: each test runs both ways, so that a difference is ours.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{Running, raw_server, read_all, read_head, soon};

/// A server that gives what it got up to the end of its client's side, and answers with these bytes once it has the head.
async fn scripted(answer: &'static [u8]) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (got, gets) = mpsc::unbounded_channel();
    let address = raw_server(move |mut stream| {
        let got = got.clone();
        async move {
            let mut request = read_head(&mut stream).await;
            stream.write_all(answer).await.ok();
            stream.shutdown().await.ok();
            request.push_str(&read_all(&mut stream).await);
            got.send(request).ok();
        }
    })
    .await;
    (address, gets)
}

/// Connections to the server: straight, and through a tunnel of the proxy.
async fn both_ways(proxy: &Running, server: SocketAddr) -> [TcpStream; 2] {
    [
        TcpStream::connect(server).await.unwrap(),
        proxy.tunnel(&server.to_string()).await,
    ]
}

/// Sends a request, ends our side, and gives what the client and what the server got, both ways.
async fn exchanged(request: &str, answer: &'static [u8]) -> [(String, String); 2] {
    let proxy = Running::start().await;
    let (server, mut gets) = scripted(answer).await;
    let mut seen = Vec::new();
    for mut client in both_ways(&proxy, server).await {
        client.write_all(request.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let answered = read_all(&mut client).await;
        seen.push((answered, soon(gets.recv()).await.unwrap()));
    }
    seen.try_into().unwrap()
}

#[tokio::test]
async fn a_client_that_closes_its_side_still_reads_the_answer() {
    let proxy = Running::start().await;
    let server = raw_server(|mut stream| async move {
        let got = read_all(&mut stream).await;
        assert!(got.ends_with("\r\n\r\nhi"), "{got}");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    for mut client in both_ways(&proxy, server).await {
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        client.write_all(request).await.unwrap();
        client.shutdown().await.unwrap();
        let answer = read_all(&mut client).await;
        assert!(answer.ends_with("\r\n\r\nafter"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_within_its_request_is_gone_for_the_server_too() {
    let proxy = Running::start().await;
    let (server, mut gets) = scripted(b"").await;
    for mut client in both_ways(&proxy, server).await {
        let half = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhi";
        client.write_all(half).await.unwrap();
        client.shutdown().await.unwrap();
        let got = soon(gets.recv()).await.unwrap();
        assert!(got.ends_with("\r\n\r\nhi"), "{got}");
    }
}

#[tokio::test]
async fn the_spelling_and_the_order_of_different_fields_stay() {
    let request = "GET /a%2Fb?q=%20 HTTP/1.1\r\nX-One: 1\r\nhOsT: idp.test\r\nACCEPT: */*\r\nX-Empty:\r\n\r\n";
    let answer = b"HTTP/1.1 200 Very Fine\r\nX-b: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\nok";
    let [straight, through] = exchanged(request, answer).await;
    assert_eq!(straight, through);
}

#[tokio::test]
async fn answers_without_content_pass_as_they_are() {
    for (method, answer) in [
        (
            "HEAD",
            &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-a: b\r\n\r\n"[..],
        ),
        ("GET", b"HTTP/1.1 204 No Content\r\nX-a: b\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"),
    ] {
        let request = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        let [straight, through] = exchanged(&request, answer).await;
        assert_eq!(straight, through, "{method}");
    }
}

#[tokio::test]
async fn a_content_that_ends_with_the_connection_passes() {
    let answer = b"HTTP/1.1 200 OK\r\nX-a: b\r\n\r\nuntil the end";
    let [straight, through] = exchanged("GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer).await;
    assert_eq!(straight.1, through.1);
    // hyper frames such a content for a client of HTTP/1.1 in chunks.
    assert!(through.0.contains("until the end"), "{}", through.0);
}

#[tokio::test]
async fn interim_responses_pass() {
    let answer =
        b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                   HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let [straight, through] = exchanged("GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer).await;
    assert_eq!(straight, through);
}

#[tokio::test]
async fn an_interim_response_does_not_wait_for_the_final_one() {
    let proxy = Running::start().await;
    let server = raw_server(|mut stream| async move {
        read_head(&mut stream).await;
        let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n";
        stream.write_all(interim).await.unwrap();
        // The client answers to the hint; only then the server goes on.
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        read_all(&mut stream).await;
    })
    .await;
    for mut client in both_ways(&proxy, server).await {
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
        client.write_all(request).await.unwrap();
        let interim = read_head(&mut client).await;
        assert!(
            interim.starts_with("HTTP/1.1 103 Early Hints\r\n"),
            "{interim}"
        );
        client.write_all(b"x").await.unwrap();
        let answer = read_head(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn requests_may_come_before_the_answers_to_those_before_them() {
    let proxy = Running::start().await;
    let server = raw_server(|mut stream| async move {
        for number in 1..=3 {
            let head = read_head(&mut stream).await;
            assert!(head.starts_with(&format!("GET /{number} ")), "{head}");
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    for mut client in both_ways(&proxy, server).await {
        let requests =
            ["1", "2", "3"].map(|path| format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        client
            .write_all(requests.concat().as_bytes())
            .await
            .unwrap();
        let answers = read_all(&mut client).await;
        let numbers: Vec<_> = answers
            .split("\r\n\r\n")
            .skip(1)
            .map(|it| &it[..1])
            .collect();
        assert_eq!(numbers, ["1", "2", "3"], "{answers}");
    }
}

#[tokio::test]
async fn each_piece_of_a_stream_passes_when_it_comes() {
    let proxy = Running::start().await;
    let server = raw_server(|mut stream| async move {
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).await.unwrap();
        for _ in 0..3 {
            stream.write_all(b"9\r\ndata: x\n\n\r\n").await.unwrap();
            // Nothing more comes until the client has told of this piece.
            stream.read_u8().await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
    })
    .await;
    for mut client in both_ways(&proxy, server).await {
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
        client.write_all(request).await.unwrap();
        read_head(&mut client).await;
        for _ in 0..3 {
            let mut piece = [0; 14];
            soon(client.read_exact(&mut piece)).await.unwrap();
            assert_eq!(&piece, b"9\r\ndata: x\n\n\r\n");
            client.write_all(b".").await.unwrap();
        }
        assert_eq!(read_all(&mut client).await, "0\r\n\r\n");
    }
}

#[tokio::test]
async fn alt_svc_is_left_out_and_nothing_else() {
    let answer = b"HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n";
    let [straight, through] = exchanged("GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer).await;
    assert_eq!(
        straight.0.replace("Alt-Svc: h3=\":443\"\r\n", ""),
        through.0
    );
}

#[tokio::test]
async fn what_hyper_cannot_parse_is_answered_in_our_name() {
    let proxy = Running::start().await;
    let many = "a: b\r\n".repeat(101);
    let long = "x".repeat(70_000);
    for (head, status, id) in [
        (
            "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
            400,
            "request-malformed",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            "request-malformed",
        ),
        (
            &format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
            431,
            "request-header-too-large",
        ),
        (
            &format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
            414,
            "request-target-too-long",
        ),
    ] {
        let server = raw_server(|stream| async move { drop(stream) }).await;
        let mut client = proxy.tunnel(&server.to_string()).await;
        client.write_all(head.as_bytes()).await.unwrap();
        let answer = read_all(&mut client).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{head:.80}: {answer}"
        );
        assert!(
            answer.contains(&format!("x-grantscope-error: {id}\r\n")),
            "{answer}"
        );
        assert!(
            answer.contains("\"answered_by\": \"grantscope\""),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_header_that_does_not_come_to_its_end_is_answered_and_ended() {
    let mut proxy = Running::start().await;
    let server = raw_server(|mut stream| async move {
        read_all(&mut stream).await;
    })
    .await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        .await
        .unwrap();
    // All wait for what does not come, so that time runs to the next timer as soon as the proxy has read what there is.
    tokio::time::pause();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("x-grantscope-error: request-timeout"),
        "{answer}"
    );
    proxy.notice().await;
}
