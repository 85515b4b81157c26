//! Connections to servers that go on for another client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;

use crate::support::{Running, read_head, soon, tls_raw_server};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A server that answers each request with nothing, and the number of connections that it had.
async fn counting_server(closes: bool) -> (String, Arc<AtomicUsize>) {
    let connections = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&connections);
    let address = tls_raw_server(&[b"http/1.1"], move |mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            loop {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match tokio::io::AsyncReadExt::read_u8(&mut stream).await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                stream.write_all(ANSWER).await.unwrap();
                if closes {
                    stream.shutdown().await.unwrap();
                    return;
                }
            }
        }
    })
    .await;
    (address.to_string(), connections)
}

/// A client that opens a connection for one request.
async fn one_request(proxy: &Running, server: &str, name: &str, field: &str) {
    let mut client = proxy.tls(server, name, &[b"http/1.1"]).await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    client.shutdown().await.unwrap();
    // The proxy has seen the end of the client when it ends its own side.
    soon(tokio::io::AsyncReadExt::read_to_end(
        &mut client,
        &mut Vec::new(),
    ))
    .await
    .ok();
}

#[tokio::test]
async fn the_next_client_has_no_handshake_to_wait_for() {
    let (server, connections) = counting_server(false).await;
    let mut proxy = Running::start().await;
    for number in 0..5 {
        one_request(&proxy, &server, "localhost", "").await;
        let exchange = proxy.exchange().await;
        assert_eq!(exchange.timings.ssl.is_some(), number == 0);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_stands_for_a_user_is_not_passed_on() {
    let (server, connections) = counting_server(false).await;
    let proxy = Running::start().await;
    for _ in 0..2 {
        let field = "Authorization: Negotiate YII=\r\n";
        one_request(&proxy, &server, "localhost", field).await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_for_one_name_is_not_used_for_another() {
    let (server, connections) = counting_server(false).await;
    let proxy = Running::start().await;
    for name in ["localhost", "idp.test"] {
        one_request(&proxy, &server, name, "").await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_not_used() {
    let (server, connections) = counting_server(true).await;
    let proxy = Running::start().await;
    for _ in 0..3 {
        one_request(&proxy, &server, "localhost", "").await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}
