//! Requests of which two readers could make two different things (RFC 9112 §11.2): either the server gets one that has one
//! meaning, or nothing, and the client is told why by grantscope.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::support::{Running, clear_server, connect, raw_server, read_all, read_head, soon, text};

const CHUNKS: &str = "5\r\nhello\r\n0\r\n\r\n";

/// What the server gets of a request that it answers at the end of its header, and the answer.
async fn passed(request: &str) -> (Option<String>, String) {
    let (got, mut gets) = mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let got = got.clone();
        async move {
            // A connection is opened ahead of the request, and ends without one.
            let mut byte = [0];
            if !matches!(stream.peek(&mut byte).await, Ok(1)) {
                return;
            }
            let mut all = read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            if !all.contains("GET") {
                let mut content = [0; CHUNKS.len()];
                let count = if all.contains("chunked") {
                    CHUNKS.len()
                } else {
                    3
                };
                tokio::io::AsyncReadExt::read_exact(&mut stream, &mut content[..count])
                    .await
                    .ok();
                all.push_str(std::str::from_utf8(&content[..count]).unwrap());
            }
            stream.write_all(answer).await.ok();
            got.send(all).ok();
        }
    })
    .await;
    let proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    client.write_all(request.as_bytes()).await.unwrap();
    let answer = soon(read_all(&mut client)).await;
    (gets.try_recv().ok(), answer)
}

/// What a stock server answers that gets the request straight: its first line.
async fn reference(request: &str) -> String {
    let mut client = connect(clear_server(|_| text("")).await).await;
    client.write_all(request.as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    let answer = soon(read_all(&mut client)).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

/// What a stock server answers whose application says so of a content that cannot be read: its first line.
async fn content_reference(request: &str) -> String {
    let server = raw_server(|stream| async move {
        let service = service_fn(|request: Request<Incoming>| async move {
            let content = request.into_body().collect().await;
            let status = content.map_or(StatusCode::UNPROCESSABLE_ENTITY, |_| StatusCode::OK);
            let answer = Response::builder().status(status);
            answer.body(Empty::<Bytes>::new())
        });
        let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        serving.await.ok();
    })
    .await;
    let mut client = connect(server).await;
    client.write_all(request.as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    let answer = soon(read_all(&mut client)).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_is_ambiguous_never_reaches_the_server() {
    let header = "POST / HTTP/1.1\r\nHost: a\r\n";
    for rest in [
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "Content-Length: 3, 3\r\n\r\nabc",
        "Content-Length: +3\r\n\r\nabc",
        "Content-Length: 0x3\r\n\r\nabc",
        &format!("Transfer-Encoding: xchunked\r\n\r\n{CHUNKS}"),
        &format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{CHUNKS}"),
        &format!("Transfer-Encoding : chunked\r\n\r\n{CHUNKS}"),
        &format!("Transfer-Encoding:\x0bchunked\r\n\r\n{CHUNKS}"),
        "X-Fold: a\r\n b\r\n\r\n",
        "X: a\rb\r\n\r\n",
        "X: a\0b\r\n\r\n",
    ] {
        let request = format!("{header}{rest}");
        // The stock server refuses as well, without saying why.
        let straight = reference(&request).await;
        assert_eq!(straight, "HTTP/1.1 400 Bad Request", "{rest:?}");
        let (server, answer) = passed(&request).await;
        assert_eq!(server, None, "{rest:?}");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{rest:?}: {answer}");
        assert!(
            answer.contains("x-grantscope-error: request-malformed"),
            "{answer}"
        );
    }
    let old = format!("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}");
    assert!(passed(&old).await.1.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn chunks_that_are_none_are_the_clients_fault_and_not_the_servers() {
    for chunks in [
        "-1\r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        // A stock server has begun to serve such a request, and leaves it to its application what to say of the content.
        assert_eq!(
            content_reference(&request).await,
            "HTTP/1.1 422 Unprocessable Entity",
            "{chunks:?}"
        );
        let (_, answer) = passed(&request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{chunks:?}: {answer}");
        assert!(
            answer.contains("x-grantscope-error: request-malformed"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_has_two_spellings_reaches_the_server_in_one() {
    for (request, expected) in [
        (
            format!(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}"
            ),
            format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}"),
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"
                .to_owned(),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
        ),
        (
            "GET / HTTP/1.1\nHost: a\nX: b\n\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n".to_owned(),
        ),
    ] {
        assert_eq!(reference(&request).await, "HTTP/1.1 200 OK");
        let (server, answer) = passed(&request).await;
        assert_eq!(server.as_deref(), Some(expected.as_str()));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
}
