//! Connections that become something else, such as WebSocket.

use grantscope_proxy::Outcome;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::support::{Running, raw_server, read_head, soon, tls_raw_server};

async fn switch<T: AsyncRead + AsyncWrite + Unpin>(mut stream: T) {
    let head = read_head(&mut stream).await;
    assert!(head.contains("Upgrade: websocket\r\n"), "{head}");
    assert!(head.contains("Connection: Upgrade\r\n"), "{head}");
    let answer =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi";
    stream.write_all(answer).await.unwrap();
    let mut asked = [0; 4];
    stream.read_exact(&mut asked).await.unwrap();
    stream.write_all(&asked).await.unwrap();
    stream.flush().await.unwrap();
    stream.read_u8().await.ok();
}

async fn talk<T: AsyncRead + AsyncWrite + Unpin>(mut client: T, target: &str) {
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(
        head.to_ascii_lowercase()
            .contains("\r\nupgrade: websocket\r\n"),
        "{head}"
    );
    let mut greeting = [0; 2];
    soon(client.read_exact(&mut greeting)).await.unwrap();
    assert_eq!(&greeting, b"hi");
    client.write_all(b"\x81\x02ok").await.unwrap();
    let mut echoed = [0; 4];
    soon(client.read_exact(&mut echoed)).await.unwrap();
    assert_eq!(&echoed, b"\x81\x02ok");
}

async fn assert_told(proxy: &mut Running) {
    proxy.sent().await;
    let (exchange, outcome) = proxy.received().await;
    assert_eq!(exchange.response.as_ref().unwrap().status, 101);
    assert_eq!(outcome, Outcome::Answered);
}

#[tokio::test]
async fn a_websocket_within_tls_works() {
    let server = tls_raw_server(&[b"http/1.1"], switch).await;
    let mut proxy = Running::start().await;
    let client = proxy
        .tls(&server.to_string(), "localhost", &[b"http/1.1"])
        .await;
    talk(client, "/socket").await;
    assert_told(&mut proxy).await;
}

#[tokio::test]
async fn a_websocket_in_the_clear_works() {
    let server = raw_server(switch).await;
    let mut proxy = Running::start().await;
    talk(proxy.connect().await, &format!("http://{server}/socket")).await;
    assert_told(&mut proxy).await;
    talk(proxy.tunnel(&server.to_string()).await, "/socket").await;
    assert_told(&mut proxy).await;
}
