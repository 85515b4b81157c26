//! Addresses that stand for a server.

use std::net::SocketAddr;

use bytes::Bytes;
use grantscope_proxy::{Error, Proxy, ProxyConfig, Reverse, Spoken};
use http::{Request, Response, Version};
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    Got, Running, ask, ask_http2, connect_tls, read_head, soon, tap, text, tls_raw_server,
    tls_server,
};

const H1: &[u8] = b"http/1.1";
const H2: &[u8] = b"h2";

/// A server that tells who it is taken for, and names itself in what it answers.
fn answer(request: &Got) -> Response<Full<Bytes>> {
    let host = request
        .headers()
        .get("host")
        .map(|host| host.to_str().unwrap());
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let own = authority.or(host).unwrap().to_owned();
    let origin = request.headers().get("origin").cloned();
    Response::builder()
        .header(
            "location",
            format!("https://{own}/login?redirect_uri=https://{own}/cb"),
        )
        .header(
            "set-cookie",
            "sid=1; Path=/; Domain=idp.example; Secure; HttpOnly",
        )
        .header("x-origin", origin.unwrap_or("none".parse().unwrap()))
        .body(Full::from(format!("{:?} {own}", request.version())))
        .unwrap()
}

fn reverse(listen: &str, spoken: Spoken, server: SocketAddr) -> Reverse {
    Reverse {
        listen: listen.parse().unwrap(),
        spoken,
        server: format!("https://localhost:{}", server.port()),
    }
}

async fn running(reverse: Reverse) -> Running {
    Running::start_with(|config| config.reverse = vec![reverse]).await
}

fn request(address: SocketAddr) -> String {
    format!("GET /t?a=1 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn an_address_stands_for_a_server_with_and_without_tls() {
    let server = tls_server(&[H2, H1], |request| answer(&request)).await;
    let own = format!("localhost:{}", server.port());
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let mut proxy = running(reverse(listen, Spoken::Either, server)).await;
        let address = proxy.reverse[0];
        let url = format!("https://{own}/t?a=1");
        let mut clear = TcpStream::connect(address).await.unwrap();
        let said = ask(&mut clear, &request(address)).await;
        assert!(said.ends_with(&format!("HTTP/1.1 {own}")), "{said}");
        assert!(
            said.contains(&format!(
                "location: http://{address}/login?redirect_uri=https://{own}/cb\r\n"
            )),
            "{said}"
        );
        assert!(
            said.contains("set-cookie: sid=1; Path=/; HttpOnly\r\n"),
            "{said}"
        );
        assert_eq!(proxy.exchange().await.request.url.as_str(), url);

        let name = address.ip().to_string();
        let stream = TcpStream::connect(address).await.unwrap();
        let connecting = connect_tls(stream, &name, proxy.root(), &[H1]);
        let mut secure = soon(connecting).await.unwrap();
        let said = ask(&mut secure, &request(address)).await;
        assert!(said.ends_with(&format!("HTTP/1.1 {own}")), "{said}");
        assert!(
            said.contains("set-cookie: sid=1; Path=/; Secure; HttpOnly\r\n"),
            "{said}"
        );
        assert_eq!(proxy.exchange().await.request.url.as_str(), url);
    }
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_speaks_it() {
    let server = tls_server(&[H2, H1], |request| answer(&request)).await;
    let own = format!("localhost:{}", server.port());
    let mut proxy = running(reverse("127.0.0.1:0", Spoken::Tls, server)).await;
    let address = proxy.reverse[0];
    let stream = TcpStream::connect(address).await.unwrap();
    let connecting = connect_tls(stream, "idp.local", proxy.root(), &[H2, H1]);
    let client = soon(connecting).await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(H2));
    let asked = format!("https://idp.local:{}", address.port());
    let request = Request::get(format!("{asked}/t")).header("origin", &asked);
    let response = ask_http2(client, request.body(Full::default()).unwrap()).await;
    assert_eq!(response.body(), &format!("HTTP/2.0 {own}"));
    let expected = format!("{asked}/login?redirect_uri=https://{own}/cb");
    assert_eq!(response.headers()["location"], expected);
    assert_eq!(response.headers()["x-origin"], format!("https://{own}"));
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.version, Version::HTTP_2);
    assert_eq!(exchange.request.url.as_str(), format!("https://{own}/t"));
    // Whom the client took it for, which `:authority` said.
    let called = format!("idp.local:{}", address.port());
    let host = exchange.request.headers.first("host");
    assert_eq!(host, Some(called.as_str()));
}

#[tokio::test]
async fn a_server_that_speaks_http1_is_spoken_to_so() {
    let server = tls_server(&[H1], |request| answer(&request)).await;
    let proxy = running(reverse("127.0.0.1:0", Spoken::Either, server)).await;
    let stream = TcpStream::connect(proxy.reverse[0]).await.unwrap();
    let connecting = connect_tls(stream, "127.0.0.1", proxy.root(), &[H2, H1]);
    let mut client = soon(connecting).await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(H1));
    let said = ask(&mut client, &request(proxy.reverse[0])).await;
    assert!(said.contains("HTTP/1.1 localhost:"), "{said}");
}

#[tokio::test]
async fn what_is_not_spoken_at_an_address_is_refused() {
    let server = tls_server(&[H1], |_| text("never")).await;
    let proxy = running(reverse("127.0.0.1:0", Spoken::Tls, server)).await;
    let mut clear = TcpStream::connect(proxy.reverse[0]).await.unwrap();
    let said = ask(&mut clear, &request(proxy.reverse[0])).await;
    assert!(said.contains("x-grantscope-error: request-clear"), "{said}");
    let proxy = running(reverse("127.0.0.1:0", Spoken::Clear, server)).await;
    let mut hello = TcpStream::connect(proxy.reverse[0]).await.unwrap();
    let said = ask(&mut hello, "\x16\x03\x01\x02\0").await;
    assert!(said.contains("x-grantscope-error: request-tls"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_of_in_both_versions() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let proxy = running(reverse("127.0.0.1:0", Spoken::Either, nobody)).await;
    for alpn in [H1, H2] {
        let stream = TcpStream::connect(proxy.reverse[0]).await.unwrap();
        let offered = [alpn];
        let connecting = connect_tls(stream, "127.0.0.1", proxy.root(), &offered);
        let mut client = soon(connecting).await.unwrap();
        if alpn == H1 {
            let said = ask(&mut client, &request(proxy.reverse[0])).await;
            assert!(
                said.contains("x-grantscope-error: upstream-refused"),
                "{said}"
            );
            continue;
        }
        let request = Request::get("https://127.0.0.1/").body(Full::default());
        let response = ask_http2(client, request.unwrap()).await;
        assert_eq!(response.headers()["x-grantscope-error"], "upstream-refused");
    }
}

#[tokio::test]
async fn a_server_that_is_no_url_is_refused() {
    let proxy = Running::start().await;
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let mut config = ProxyConfig::new(proxy.authority.clone(), tap(told));
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.reverse = vec![Reverse {
        listen: config.listen,
        spoken: Spoken::Either,
        server: "idp.test".to_owned(),
    }];
    let error = Proxy::bind(config).await.unwrap_err();
    assert!(matches!(&error, Error::Reverse { server } if server == "idp.test"));
}

#[tokio::test]
async fn a_websocket_at_the_address_belongs_to_its_ends() {
    let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
    let server = tls_raw_server(&[H1], move |mut stream| {
        let told = told.clone();
        async move {
            told.send(read_head(&mut stream).await).unwrap();
            let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi";
            stream.write_all(answer).await.unwrap();
            let mut said = [0; 4];
            stream.read_exact(&mut said).await.unwrap();
            stream.write_all(&said).await.unwrap();
            stream.flush().await.unwrap();
            stream.read_u8().await.ok();
        }
    })
    .await;
    let own = format!("localhost:{}", server.port());
    let proxy = running(reverse("127.0.0.1:0", Spoken::Either, server)).await;
    let address = proxy.reverse[0];
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let asked = soon(tells.recv()).await.unwrap();
    // A server that looks at who asks sees itself.
    assert!(
        asked.contains(&format!("Host: {own}\r\nOrigin: https://{own}\r\n")),
        "{asked}"
    );
    let answer = read_head(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    client.write_all(b"\x81\x02ok").await.unwrap();
    let mut said = [0; 8];
    soon(client.read_exact(&mut said)).await.unwrap();
    assert_eq!(&said, b"\x81\x02hi\x81\x02ok");
}
