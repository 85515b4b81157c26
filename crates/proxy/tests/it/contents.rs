//! What the tap gets of the messages, and that both sides get them unchanged.

use std::io::Write;

use bytes::Bytes;
use grantscope_proxy::{Interest, Notice, Outcome};
use http::{Request, Response, header};
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    DULL, Running, Told, ask, ask_http2, clear_server, raw_server, read_all, read_head, soon, text,
    tls_raw_server, tls_server,
};

fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().into()
}

/// A server that sends these bytes after the head of a request.
async fn canned(answer: &'static str) -> std::net::SocketAddr {
    raw_server(move |mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn a_content_coding_is_undone_in_the_copy_alone() {
    let encoded = gzip(b"{\"error\":\"invalid_grant\"}");
    let answer = encoded.clone();
    let server = tls_server(&[b"h2"], move |_| {
        Response::builder()
            .header(header::CONTENT_ENCODING, "gzip")
            .body(Full::from(answer.clone()))
            .unwrap()
    })
    .await;
    let mut proxy = Running::start().await;
    let client = proxy.tls(&server.to_string(), "localhost", &[b"h2"]).await;
    let request = Request::get("https://localhost/")
        .body(Full::default())
        .unwrap();
    let response = ask_http2(client, request).await;
    assert_eq!(response.body(), &encoded);
    let exchange = proxy.exchange().await;
    let body = &exchange.response.as_ref().unwrap().body;
    assert_eq!(body.text(), "{\"error\":\"invalid_grant\"}");
    assert_eq!(body.size, encoded.len() as u64);
    assert!(!body.truncated && body.coding.is_none());
}

#[tokio::test]
async fn a_content_beyond_the_bound_is_cut_in_the_copy_alone() {
    let server = clear_server(|request| Response::new(Full::from(request.into_body()))).await;
    let mut proxy = Running::start_with(|config| config.body_bytes_max = 1000).await;
    let content = "x".repeat(300_000);
    let request = format!(
        "POST http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n{content}"
    );
    let (mut reader, mut writer) = proxy.connect().await.into_split();
    let writing = tokio::spawn(async move {
        writer.write_all(request.as_bytes()).await.unwrap();
        writer
    });
    let answer = read_all(&mut reader).await;
    assert!(answer.ends_with(&content), "{answer:.300}");
    soon(writing).await.unwrap();
    let exchange = proxy.exchange().await;
    let response = exchange.response.as_ref().unwrap();
    for body in [&exchange.request.body, &response.body] {
        assert_eq!(
            (body.bytes.len(), body.size, body.truncated),
            (1000, 300_000, true)
        );
    }
}

#[tokio::test]
async fn a_large_encoded_content_is_decoded_too() {
    let noise: Vec<u8> = (0..60_000u32)
        .flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    let encoded = gzip(&noise);
    assert!(encoded.len() > 100_000);
    let server = clear_server(move |_| {
        Response::builder()
            .header(header::CONTENT_ENCODING, "gzip")
            .body(Full::from(encoded.clone()))
            .unwrap()
    })
    .await;
    let mut proxy = Running::start().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ask(&mut proxy.connect().await, &request).await;
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.response.as_ref().unwrap().body.bytes, noise);
}

#[tokio::test]
async fn heads_alone_are_copied_where_that_is_enough() {
    let server = clear_server(|_| text("content")).await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut proxy = Running::start_interested(Interest::HeadOnly, |_| {}).await;
    assert!(
        ask(&mut proxy.connect().await, &request)
            .await
            .ends_with("content")
    );
    let exchange = proxy.exchange().await;
    let body = &exchange.response.as_ref().unwrap().body;
    assert_eq!((body.bytes.len(), body.size, body.truncated), (0, 7, true));
    let mut proxy = Running::start_interested(Interest::Ignore, |_| {}).await;
    assert!(
        ask(&mut proxy.connect().await, &request)
            .await
            .ends_with("content")
    );
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn where_heads_are_enough_the_answer_decides_whether_an_exchange_is_told() {
    let server = clear_server(|request| {
        let mut answer = text("content");
        if request.uri().path() == "/dull" {
            let dull = http::HeaderValue::from_static("1");
            answer.headers_mut().insert(DULL, dull);
        }
        answer
    })
    .await;
    let mut proxy = Running::start_interested(Interest::HeadOnly, |_| {}).await;
    for path in ["/dull", "/told"] {
        let request = format!(
            "POST http://{server}{path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        );
        let answer = ask(&mut proxy.connect().await, &request).await;
        assert!(answer.ends_with("content"), "{answer}");
    }
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.path(), "/told");
    assert!(exchange.request.body.truncated && exchange.request.body.bytes.is_empty());
    assert!(exchange.timings.wait.is_some() && exchange.peer.server == Some(server));
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn responses_without_content_are_whole() {
    for (method, answer) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
    ] {
        let server = canned(answer).await;
        let mut proxy = Running::start().await;
        let request =
            format!("{method} http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let got = ask(&mut proxy.connect().await, &request).await;
        let got = got.replace("connection: close\r\n", "");
        assert_eq!(got, answer);
        let exchange = proxy.exchange().await;
        assert!(!exchange.response.as_ref().unwrap().body.truncated);
    }
}

#[tokio::test]
async fn chunks_and_trailers_pass() {
    let server = tls_raw_server(&[], |mut stream| async move {
        let head = read_head(&mut stream).await;
        assert!(head.contains("Transfer-Encoding: chunked"), "{head}");
        let mut content = [0; 13];
        stream.read_exact(&mut content).await.unwrap();
        assert_eq!(&content, b"3\r\nabc\r\n0\r\n\r\n");
        let answer = "HTTP/1.1 200 Fine\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n\
                      2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[]).await;
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\
                   Connection: TE\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let answer = ask(&mut client, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 Fine\r\n"), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("\r\nx-sum: 1\r\n"),
        "{answer}"
    );
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.body.text(), "abc");
    assert_eq!(exchange.response.as_ref().unwrap().body.text(), "hi");
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_is_told_to_go_on() {
    let server = clear_server(|request| Response::new(Full::from(request.into_body()))).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let head = format!(
        "POST http://{server}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
         Content-Length: 4\r\nConnection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let interim = read_head(&mut client).await;
    assert!(interim.starts_with("HTTP/1.1 100"), "{interim}");
    assert!(ask(&mut client, "code").await.ends_with("code"));
    assert_eq!(proxy.exchange().await.request.body.text(), "code");
}

#[tokio::test]
async fn a_header_of_256_kib_passes() {
    let server = clear_server(|request| {
        assert_eq!(request.headers()["x-long"].len(), 256 * 1024);
        text("fine")
    })
    .await;
    let mut proxy = Running::start().await;
    let long = "a".repeat(256 * 1024);
    let request = format!(
        "GET http://{server}/ HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\nConnection: close\r\n\r\n"
    );
    assert!(
        ask(&mut proxy.connect().await, &request)
            .await
            .ends_with("fine")
    );
    proxy.exchange().await;
}

#[tokio::test]
async fn the_tap_knows_of_the_request_before_the_server_answers() {
    let (go, gone) = tokio::sync::watch::channel(false);
    let server = raw_server(move |mut stream| {
        let mut gone = gone.clone();
        async move {
            read_head(&mut stream).await;
            gone.wait_for(|go| *go).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let sent = proxy.sent().await;
    assert!(sent.response.is_none());
    go.send(true).unwrap();
    // When the client has the response, the tap has it.
    read_all(&mut client).await;
    assert!(proxy.has_told_more());
}

#[tokio::test]
async fn a_server_may_answer_before_it_has_the_request() {
    let server = canned("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno").await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let request =
        format!("POST http://{server}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegin");
    client.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let sent = proxy.sent().await;
    assert!(sent.request.body.truncated);
    assert_eq!(sent.request.body.text(), "begin");
    let (exchange, outcome) = proxy.received().await;
    assert_eq!(outcome, Outcome::Answered);
    assert_eq!(exchange.response.as_ref().unwrap().body.text(), "no");
}

#[tokio::test]
async fn a_server_that_dies_leaves_the_request_unanswered_and_not_repeated() {
    let (asked, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let server = tls_raw_server(&[b"http/1.1"], move |mut stream| {
        let asked = asked.clone();
        async move {
            read_head(&mut stream).await;
            let mut content = [0; 6];
            stream.read_exact(&mut content).await.unwrap();
            asked.send(content).unwrap();
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy
        .tls(&server.to_string(), "localhost", &[b"http/1.1"])
        .await;
    let request =
        "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncode=1";
    let answer = ask(&mut client, request).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(
        answer.contains("x-grantscope-error: upstream-closed"),
        "{answer}"
    );
    let sent = proxy.sent().await;
    assert_eq!(sent.request.body.text(), "code=1");
    let (exchange, outcome) = proxy.received().await;
    assert!(exchange.response.is_none());
    assert_eq!(outcome, Outcome::Unanswered);
    assert!(matches!(
        proxy.notice().await,
        Notice::UpstreamFailed {
            id: "upstream-closed",
            ..
        }
    ));
    assert!(requests.recv().await.is_some());
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn a_response_that_breaks_off_is_told_as_such() {
    let server = canned("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
    let mut proxy = Running::start().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = ask(&mut proxy.connect().await, &request).await;
    assert!(answer.ends_with("half"), "{answer}");
    proxy.sent().await;
    let (exchange, outcome) = proxy.received().await;
    assert_eq!(outcome, Outcome::Interrupted);
    let body = &exchange.response.as_ref().unwrap().body;
    assert_eq!((&*body.text(), body.truncated), ("half", true));
}

#[tokio::test]
async fn a_client_that_goes_away_abandons_its_exchange() {
    let server = raw_server(|mut stream| async move {
        read_head(&mut stream).await;
        read_all(&mut stream).await;
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    proxy.sent().await;
    drop(client);
    let (exchange, outcome) = proxy.received().await;
    assert!(exchange.response.is_none());
    assert_eq!(outcome, Outcome::Abandoned);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_told_as_such() {
    let server = canned("SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    let proxy = Running::start().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = ask(&mut proxy.connect().await, &request).await;
    assert!(
        answer.contains("x-grantscope-error: upstream-protocol"),
        "{answer}"
    );
}

#[tokio::test]
async fn http2_exchanges_of_one_connection_run_side_by_side() {
    let server = tls_server(&[b"h2"], |request| {
        Response::new(Full::from(request.into_body()))
    })
    .await;
    let mut proxy = Running::start().await;
    let client = proxy.tls(&server.to_string(), "localhost", &[b"h2"]).await;
    let executor = hyper_util::rt::TokioExecutor::new();
    let builder = hyper::client::conn::http2::Builder::new(executor);
    let io = hyper_util::rt::TokioIo::new(client);
    let (sender, connection) = builder.handshake(io).await.unwrap();
    tokio::spawn(connection);
    let mut answers = tokio::task::JoinSet::new();
    for number in 0..50 {
        let mut sender = sender.clone();
        let content = Full::<Bytes>::from(format!("{number}"));
        let request = Request::post("https://localhost/").body(content).unwrap();
        answers.spawn(async move { sender.send_request(request).await.unwrap().status() });
    }
    while let Some(status) = soon(answers.join_next()).await {
        assert_eq!(status.unwrap(), 200);
    }
    let mut answered = 0;
    let mut opened = 0;
    while answered < 50 {
        match proxy.told().await {
            Told::Received(exchange, Outcome::Answered) => {
                let response = exchange.response.as_ref().unwrap();
                assert_eq!(response.body.bytes, exchange.request.body.bytes);
                opened += u64::from(exchange.timings.connect.is_some());
                answered += 1;
            }
            Told::Sent(_) => {}
            other => panic!("not expected: {other:?}"),
        }
    }
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn a_request_that_waits_for_a_connection_is_not_told_of_as_sent() {
    // The server accepts a connection and never finishes the TLS handshake.
    let (reached, mut is_reached) = tokio::sync::mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let reached = reached.clone();
        async move {
            reached.send(()).unwrap();
            read_all(&mut stream).await;
            reached.send(()).unwrap();
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let request = format!("GET https://{server}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    soon(is_reached.recv()).await.unwrap();
    drop(client);
    soon(is_reached.recv()).await.unwrap();
    assert!(!proxy.has_told_more());
}
