//! Clients that do not take our certificate are passed on, where the configuration says so.

use std::net::SocketAddr;

use grantscope_proxy::{Notice, TunnelReason};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{
    Running, ask, connect_tls, read_all, read_head, server_authority, soon, text, tls_server,
};

const H1: &[&[u8]] = &[b"http/1.1"];
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn running(auto_passthrough: bool) -> Running {
    Running::start_with(|config| config.auto_passthrough = auto_passthrough).await
}

/// A tunnel of a client that calls itself so.
async fn tunnel(proxy: &Running, server: SocketAddr, user_agent: &str) -> TcpStream {
    let mut stream = proxy.connect().await;
    let to = format!("localhost:{}", server.port());
    let request =
        format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: {user_agent}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200"));
    stream
}

/// What a client with roots of its own, which trusts the server alone, is answered; nothing where it rejects us.
async fn pinned(proxy: &Running, server: SocketAddr, user_agent: &str) -> Option<String> {
    let tunnel = tunnel(proxy, server, user_agent).await;
    let connecting = connect_tls(tunnel, "localhost", server_authority(), H1);
    let mut client = soon(connecting).await.ok()?;
    Some(ask(&mut client, REQUEST).await)
}

/// Whether a client that trusts us is answered by way of us.
async fn is_read(proxy: &mut Running, server: SocketAddr, user_agent: &str) -> bool {
    let tunnel = tunnel(proxy, server, user_agent).await;
    let connecting = connect_tls(tunnel, "localhost", proxy.root(), H1);
    let Ok(mut client) = soon(connecting).await else {
        return false;
    };
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    proxy.exchange().await;
    true
}

fn is_rejection(notice: &Notice) -> bool {
    matches!(notice, Notice::ClientRejectedCertificate { .. })
}

#[tokio::test]
async fn a_client_that_rejects_us_twice_is_passed_on_and_others_are_not() {
    let server = tls_server(H1, |_| text("hello")).await;
    let mut proxy = running(true).await;
    for _ in 0..2 {
        assert_eq!(pinned(&proxy, server, "app/1").await, None);
        assert!(is_rejection(&proxy.notice().await));
    }
    let answer = pinned(&proxy, server, "app/1").await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
    let Notice::Tunnelled { reason, host, .. } = proxy.notice().await else {
        panic!("another notice");
    };
    assert_eq!(reason, TunnelReason::Distrusted);
    assert_eq!(host, format!("localhost:{}", server.port()));
    assert!(is_read(&mut proxy, server, "browser/1").await);
}

#[tokio::test]
async fn nobody_is_passed_on_unless_the_configuration_says_so() {
    let server = tls_server(H1, |_| text("hello")).await;
    let mut proxy = running(false).await;
    for _ in 0..4 {
        assert_eq!(pinned(&proxy, server, "app/1").await, None);
        assert!(is_rejection(&proxy.notice().await));
    }
}

#[tokio::test]
async fn connections_that_are_left_unused_are_no_distrust_of_who_asked_before() {
    let server = tls_server(H1, |_| text("hello")).await;
    let mut proxy = running(true).await;
    assert!(is_read(&mut proxy, server, "browser/1").await);
    for _ in 0..3 {
        let tunnel = tunnel(&proxy, server, "browser/1").await;
        let connecting = connect_tls(tunnel, "localhost", proxy.root(), H1);
        let mut client = soon(connecting).await.unwrap();
        client.shutdown().await.unwrap();
        read_all(&mut client).await;
        assert!(is_rejection(&proxy.notice().await));
    }
    assert!(is_read(&mut proxy, server, "browser/1").await);
}

#[tokio::test]
async fn a_client_that_rejects_without_an_alert_is_passed_on_too() {
    let server = tls_server(H1, |_| text("hello")).await;
    let mut proxy = running(true).await;
    for _ in 0..2 {
        // So does Node: it ends the handshake, looks at the certificate and leaves.
        let tunnel = tunnel(&proxy, server, "node").await;
        let connecting = connect_tls(tunnel, "localhost", proxy.root(), H1);
        drop(soon(connecting).await.unwrap());
        assert!(is_rejection(&proxy.notice().await));
    }
    let answer = pinned(&proxy, server, "node").await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
}
