//! Tunnels that hold something else than HTTPS.

use bytes::Bytes;
use grantscope_proxy::{Notice, TunnelReason};
use http::{Request, Version};
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    Running, ask, ask_http2, clear_server, connect_tls, raw_server, read_all, server_authority,
    soon, text, tls_raw_server, tls_server,
};

fn reason(notice: Notice) -> TunnelReason {
    match notice {
        Notice::Tunnelled { reason, .. } => reason,
        other => panic!("another notice: {other:?}"),
    }
}

#[tokio::test]
async fn cleartext_http_is_read() {
    let server = clear_server(|request| {
        assert_eq!(request.method(), "PROPFIND");
        text("hello")
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    let request = "PROPFIND /x HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("hello"));
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), "http://idp.test/x");
}

#[tokio::test]
async fn cleartext_http2_with_prior_knowledge_is_read() {
    let server = clear_server(|request| {
        assert_eq!(request.version(), Version::HTTP_2);
        text("hello")
    })
    .await;
    let mut proxy = Running::start().await;
    let client = proxy.tunnel(&server.to_string()).await;
    let request = Request::get("http://idp.test/x").body(Full::<Bytes>::default());
    let response = ask_http2(client, request.unwrap()).await;
    assert_eq!(response.body(), "hello");
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), "http://idp.test/x");
}

#[tokio::test]
async fn bytes_of_another_protocol_pass_unread() {
    let server = raw_server(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        writer.shutdown().await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    let noise: Vec<u8> = (0..=255).rev().cycle().take(200_000).collect();
    let (mut reader, mut writer) = client.split();
    let writing = async {
        writer.write_all(&noise).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let mut echoed = Vec::new();
    let (read, ()) = soon(async { tokio::join!(reader.read_to_end(&mut echoed), writing) }).await;
    read.unwrap();
    assert_eq!(echoed, noise);
    assert_eq!(reason(proxy.notice().await), TunnelReason::NotHttp);
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn a_server_may_speak_first() {
    let server = raw_server(|mut stream| async move {
        stream.write_all(b"220 ready\r\n").await.unwrap();
        let mut line = [0; 6];
        stream.read_exact(&mut line).await.unwrap();
        stream.write_all(&line).await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    let mut greeting = [0; 11];
    soon(client.read_exact(&mut greeting)).await.unwrap();
    assert_eq!(&greeting, b"220 ready\r\n");
    assert_eq!(ask(&mut client, "EHLO\r\n").await, "EHLO\r\n");
    assert_eq!(reason(proxy.notice().await), TunnelReason::ServerSpokeFirst);
}

#[tokio::test]
async fn a_server_may_speak_first_within_tls() {
    let server = tls_raw_server(&[], |mut stream| async move {
        stream.write_all(b"* OK ready\r\n").await.unwrap();
        let mut line = [0; 6];
        stream.read_exact(&mut line).await.unwrap();
        stream.write_all(&line).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[]).await;
    let mut greeting = [0; 12];
    soon(client.read_exact(&mut greeting)).await.unwrap();
    assert_eq!(&greeting, b"* OK ready\r\n");
    assert_eq!(ask(&mut client, "A NOOP").await, "A NOOP");
    assert_eq!(reason(proxy.notice().await), TunnelReason::ServerSpokeFirst);
}

#[tokio::test]
async fn a_host_that_is_passed_through_is_not_decrypted() {
    let server = tls_server(&[b"http/1.1"], |_| text("private")).await;
    let mut proxy =
        Running::start_with(|config| config.passthrough = vec!["127.0.0.1".to_owned()]).await;
    let tunnel = proxy.tunnel(&server.to_string()).await;
    // The client trusts the server's certificate and not ours.
    let connecting = connect_tls(tunnel, "localhost", server_authority(), &[b"http/1.1"]);
    let mut client = soon(connecting).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("private"));
    assert_eq!(reason(proxy.notice().await), TunnelReason::Passthrough);
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn a_tunnel_to_nobody_ends() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap().to_string();
    drop(closed);
    let mut proxy = Running::start().await;
    let mut client = proxy.tunnel(&nobody).await;
    client.write_all(b"\0\x01\x02").await.unwrap();
    assert_eq!(read_all(&mut client).await, "");
    let Notice::UpstreamFailed { host, id, .. } = proxy.notice().await else {
        panic!("another notice");
    };
    assert_eq!((host, id), (nobody, "upstream-refused"));
}

#[tokio::test]
async fn a_client_need_not_wait_for_its_tunnel() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let eager = format!(
        "CONNECT {server} HTTP/1.1\r\nHost: a\r\n\r\n\
         GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(&mut client, &eager).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK"),
        "{answer}"
    );
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_protocol_that_is_not_http_is_agreed_on_and_passed_on() {
    let server = tls_raw_server(&[b"postgresql"], |mut stream| async move {
        let mut message = [0; 4];
        stream.read_exact(&mut message).await.unwrap();
        stream.write_all(&message).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let alpn: &[&[u8]] = &[b"http/1.1", b"postgresql"];
    let mut client = proxy.tls(&server.to_string(), "localhost", alpn).await;
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"postgresql"[..]));
    assert_eq!(ask(&mut client, "\0\0\0\x08").await, "\0\0\0\x08");
    assert_eq!(reason(proxy.notice().await), TunnelReason::NotHttp);
}

#[tokio::test]
async fn a_tunnel_leads_to_an_ipv6_address() {
    let listener = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
    let to = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        crate::support::serve(stream, |_| text("hello")).await;
    });
    let mut proxy = Running::start_with(|config| config.listen = "[::1]:0".parse().unwrap()).await;
    let mut client = proxy.tunnel(&to.to_string()).await;
    let request = "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("hello"));
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), format!("http://{to}/x"));
}
