//! Clients that speak SOCKS to the proxy, byte by byte.

use grantscope_proxy::{Notice, TunnelReason};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    Running, ask, clear_server, connect_tls, raw_server, read_all, soon, text, tls_server,
};

const GREETING: &[u8] = b"\x05\x01\0";
const REQUEST: &str = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What the proxy says next.
async fn next<const LEN: usize>(stream: &mut TcpStream) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    soon(stream.read_exact(&mut bytes)).await.unwrap();
    bytes
}

/// An address of type 3 (RFC 1928 §5).
fn name(name: &str, port: u16) -> Vec<u8> {
    let mut address = vec![3, u8::try_from(name.len()).unwrap()];
    address.extend(name.as_bytes());
    address.extend(port.to_be_bytes());
    address
}

/// A client that has said what it wants, and was answered.
async fn asked(proxy: &Running, command: u8, address: &[u8]) -> (TcpStream, u8) {
    let mut stream = proxy.connect().await;
    stream.write_all(GREETING).await.unwrap();
    assert_eq!(next(&mut stream).await, [5, 0]);
    stream.write_all(&[5, command, 0]).await.unwrap();
    stream.write_all(address).await.unwrap();
    let [version, reply, reserved, rest @ ..] = next::<10>(&mut stream).await;
    assert_eq!((version, reserved), (5, 0));
    assert_eq!(rest, [1, 0, 0, 0, 0, 0, 0]);
    (stream, reply)
}

/// A tunnel that was asked for by SOCKS.
async fn tunnel(proxy: &Running, address: &[u8]) -> TcpStream {
    let (stream, reply) = asked(proxy, 1, address).await;
    assert_eq!(reply, 0);
    stream
}

#[tokio::test]
async fn tls_is_read_whether_the_client_sends_a_name_or_an_address() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let mut proxy = Running::start().await;
    let by_name = name("localhost", server.port());
    let mut by_address = b"\x01\x7f\0\0\x01".to_vec();
    by_address.extend(server.port().to_be_bytes());
    for address in [by_name, by_address] {
        let stream = tunnel(&proxy, &address).await;
        let connecting = connect_tls(stream, "localhost", proxy.root(), &[b"http/1.1"]);
        let mut client = soon(connecting).await.unwrap();
        assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
        let exchange = proxy.exchange().await;
        assert_eq!(exchange.request.url.as_str(), "https://localhost/x");
    }
}

#[tokio::test]
async fn an_ipv6_address_is_connected_to() {
    let listener = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        crate::support::serve(stream, |_| text("hello")).await;
    });
    let mut proxy = Running::start().await;
    let mut address = vec![4];
    address.extend(std::net::Ipv6Addr::LOCALHOST.octets());
    address.extend(port.to_be_bytes());
    let mut client = tunnel(&proxy, &address).await;
    let request = "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("hello"));
    let exchange = proxy.exchange().await;
    let url = format!("http://[::1]:{port}/x");
    assert_eq!(exchange.request.url.as_str(), url);
}

#[tokio::test]
async fn cleartext_http_is_read_and_another_protocol_passes() {
    let server = clear_server(|_| text("hello")).await;
    let mut proxy = Running::start().await;
    let mut client = tunnel(&proxy, &name("localhost", server.port())).await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    proxy.exchange().await;
    let echo = raw_server(|mut stream| async move {
        let bytes: [u8; 4] = next(&mut stream).await;
        stream.write_all(&bytes).await.unwrap();
    })
    .await;
    let mut client = tunnel(&proxy, &name("localhost", echo.port())).await;
    assert_eq!(
        ask(&mut client, "\x05\x01\x02\x03").await,
        "\x05\x01\x02\x03"
    );
    assert!(matches!(
        proxy.notice().await,
        Notice::Tunnelled {
            reason: TunnelReason::NotHttp,
            ..
        }
    ));
}

#[tokio::test]
async fn a_client_need_not_wait_for_the_answers() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let mut all = GREETING.to_vec();
    all.extend(b"\x05\x01\0");
    all.extend(name("localhost", server.port()));
    all.extend(REQUEST.as_bytes());
    client.write_all(&all).await.unwrap();
    let answer = read_all(&mut client).await;
    assert!(answer.starts_with("\x05\0\x05\0"), "{answer:?}");
    assert!(answer.ends_with("hello"), "{answer:?}");
}

#[tokio::test]
async fn a_client_that_trickles_its_request_is_understood() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let mut client = proxy.connect().await;
    client.set_nodelay(true).unwrap();
    let mut all = GREETING.to_vec();
    all.extend(b"\x05\x01\0");
    all.extend(name("localhost", server.port()));
    for byte in all {
        client.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(next(&mut client).await, [5, 0]);
    assert_eq!(next(&mut client).await, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
}

#[tokio::test]
async fn a_client_that_insists_on_a_password_is_let_say_one() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let mut client = proxy.connect().await;
    client.write_all(b"\x05\x01\x02").await.unwrap();
    assert_eq!(next(&mut client).await, [5, 2]);
    client.write_all(b"\x01\x02me\x04pass").await.unwrap();
    assert_eq!(next(&mut client).await, [1, 0]);
    client.write_all(b"\x05\x01\0").await.unwrap();
    let address = name("localhost", server.port());
    client.write_all(&address).await.unwrap();
    assert_eq!(next::<10>(&mut client).await[..2], [5, 0]);
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
}

async fn refusal(proxy: &mut Running) -> (&'static str, String) {
    match proxy.notice().await {
        Notice::SocksRefused { id, text, .. } => (id, text),
        other => panic!("another notice: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_tunnel_is_refused_with_its_number_and_told() {
    let mut proxy = Running::start().await;
    let address = name("localhost", 443);
    for (command, address, reply, id, word) in [
        (2, &address[..], 7, "socks-command", "BIND"),
        (3, &address[..], 7, "socks-command", "UDP"),
        (9, &address[..], 7, "socks-command", "9"),
        (1, b"\x02\x01\x02", 8, "socks-address-type", "2"),
        (1, b"\x03\0\x01\xbb", 1, "socks-malformed", "malformed"),
    ] {
        let (mut stream, answered) = asked(&proxy, command, address).await;
        assert_eq!(answered, reply, "{id}");
        assert_eq!(read_all(&mut stream).await, "");
        let (told, text) = refusal(&mut proxy).await;
        assert_eq!(told, id);
        assert!(text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_understood_is_refused() {
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    client.write_all(b"\x05\x01\x01").await.unwrap();
    assert_eq!(next(&mut client).await, [5, 0xff]);
    assert_eq!(read_all(&mut client).await, "");
    assert_eq!(refusal(&mut proxy).await.0, "socks-method");
}

#[tokio::test]
async fn a_client_of_version_4_is_told_to_use_5() {
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    client
        .write_all(b"\x04\x01\x01\xbb\x7f\0\0\x01\0")
        .await
        .unwrap();
    assert_eq!(next(&mut client).await, [0, 91, 0, 0, 0, 0, 0, 0]);
    assert_eq!(read_all(&mut client).await, "");
    let (id, text) = refusal(&mut proxy).await;
    assert_eq!(id, "socks-version");
    assert!(text.contains("socks5h://"), "{text}");
}

#[tokio::test]
async fn a_client_that_leaves_in_its_request_takes_nothing_with_it() {
    let server = clear_server(|_| text("hello")).await;
    let mut proxy = Running::start().await;
    let mut whole = GREETING.to_vec();
    whole.extend(b"\x05\x01\0");
    whole.extend(name("localhost", server.port()));
    for length in 1..whole.len() {
        let mut client = proxy.connect().await;
        client.write_all(&whole[..length]).await.unwrap();
        client.shutdown().await.unwrap();
        read_all(&mut client).await;
    }
    let mut client = tunnel(&proxy, &name("localhost", server.port())).await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    proxy.exchange().await;
}
