//! Servers that are reached through another proxy.

use std::net::SocketAddr;

use grantscope_proxy::{Error, Notice, Proxy, ProxyConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, ask, raw_server, read_head, soon, text, tls_raw_server, tls_server};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n";

/// Leads a tunnel to one server, if the client names itself.
async fn lead<T: AsyncRead + AsyncWrite + Unpin>(mut client: T, to: SocketAddr) {
    let head = read_head(&mut client).await;
    assert!(
        head.starts_with("CONNECT idp.test:443 HTTP/1.1\r\n"),
        "{head}"
    );
    if !head.contains("Proxy-Authorization: Basic bWU6cGFzcw==\r\n") {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic \
                      realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
        client.write_all(answer.as_bytes()).await.unwrap();
        return client.shutdown().await.unwrap();
    }
    let answer = b"HTTP/1.1 200 Fine\r\nVia: 1.1 other\r\n\r\n";
    client.write_all(answer).await.unwrap();
    pass(&mut client, to).await;
}

async fn pass<T: AsyncRead + AsyncWrite + Unpin>(client: &mut T, to: SocketAddr) {
    let mut server = TcpStream::connect(to).await.unwrap();
    tokio::io::copy_bidirectional(client, &mut server)
        .await
        .ok();
}

async fn http_proxy(to: SocketAddr) -> SocketAddr {
    raw_server(move |client| lead(client, to)).await
}

/// A proxy that speaks TLS with its clients, with a certificate of the test servers.
async fn https_proxy(to: SocketAddr) -> SocketAddr {
    tls_raw_server(&[b"http/1.1"], move |client| lead(client, to)).await
}

/// A SOCKS proxy that expects one address and leads to one server, if the client names itself.
async fn socks_proxy(address: &'static [u8], reply: u8, to: SocketAddr) -> SocketAddr {
    raw_server(move |mut client| async move {
        let greeting = read(&mut client, 2).await;
        let methods = read(&mut client, greeting[1].into()).await;
        if !methods.contains(&2) {
            return client.write_all(b"\x05\xff").await.unwrap();
        }
        client.write_all(b"\x05\x02").await.unwrap();
        let is_me = read(&mut client, 9).await == *b"\x01\x02me\x04pass";
        client.write_all(&[1, u8::from(!is_me)]).await.unwrap();
        if !is_me {
            return;
        }
        assert_eq!(read(&mut client, 3).await, b"\x05\x01\0");
        assert_eq!(read(&mut client, address.len()).await, address);
        // Where the tunnel begins is told as a name here, which is as good as an address.
        let answer = [&[5, reply, 0, 3, 5][..], b"other", &[0, 0]].concat();
        client.write_all(&answer).await.unwrap();
        if reply == 0 {
            pass(&mut client, to).await;
        }
    })
    .await
}

async fn read(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    soon(client.read_exact(&mut bytes)).await.unwrap();
    bytes
}

const IDP: &[u8] = b"\x03\x08idp.test\x01\xbb";

async fn running(url: String) -> Running {
    Running::start_with(|config| config.upstream_proxy = Some(url)).await
}

#[tokio::test]
async fn a_server_is_reached_through_the_other_proxy() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let http = http_proxy(server).await;
    let https = https_proxy(server).await;
    let socks = socks_proxy(IDP, 0, server).await;
    for url in [
        format!("http://me:pass@{http}"),
        format!("https://me:pass@{https}"),
        format!("socks5h://me:pass@{socks}"),
    ] {
        let mut proxy = running(url).await;
        let mut client = proxy.tls("idp.test:443", "idp.test", &[b"http/1.1"]).await;
        assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
        let exchange = proxy.exchange().await;
        assert!(exchange.timings.connect.is_some() && exchange.timings.ssl.is_some());
        // Loopback is reached without it.
        let to = server.to_string();
        let mut client = proxy.tls(&to, "idp.test", &[b"http/1.1"]).await;
        assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    }
}

#[tokio::test]
async fn a_large_content_passes_two_layers_of_tls() {
    let server = tls_server(&[b"h2", b"http/1.1"], |request| {
        http::Response::new(http_body_util::Full::from(request.into_body()))
    })
    .await;
    let https = https_proxy(server).await;
    let proxy = running(format!("https://me:pass@{https}")).await;
    let client = proxy.tls("idp.test:443", "idp.test", &[b"h2"]).await;
    let content: bytes::Bytes = (0..=255).cycle().take(1 << 20).collect::<Vec<u8>>().into();
    let request = http::Request::post("https://idp.test/")
        .body(http_body_util::Full::from(content.clone()))
        .unwrap();
    let answer = crate::support::ask_http2(client, request).await;
    assert_eq!(answer.body(), &content);
}

#[tokio::test]
async fn a_server_behind_a_proxy_with_tls_may_speak_first() {
    let server = raw_server(|mut stream| async move {
        stream.write_all(b"220 ready\r\n").await.unwrap();
    })
    .await;
    let https = https_proxy(server).await;
    let proxy = running(format!("https://me:pass@{https}")).await;
    let mut client = proxy.tunnel("idp.test:443").await;
    assert_eq!(read(&mut client, 11).await, b"220 ready\r\n");
}

#[tokio::test]
async fn an_address_is_sent_where_names_are_resolved_here() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let socks = socks_proxy(b"\x01\xc0\0\x02\x01\x01\xbb", 0, server).await;
    let mut proxy = running(format!("socks5://me:pass@{socks}")).await;
    let mut client = proxy.tls("192.0.2.1:443", "idp.test", &[b"http/1.1"]).await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    proxy.exchange().await;
    let mut client = proxy.tls("no-such-host.invalid:443", "idp.test", &[]).await;
    let answer = ask(&mut client, REQUEST).await;
    assert!(
        answer.contains("x-grantscope-error: upstream-dns"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_named_is_reached_straight() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let http = http_proxy(server).await;
    let mut proxy = Running::start_with(|config| {
        config.upstream_proxy = Some(format!("http://me:pass@{http}"));
        config.upstream_proxy_bypass = vec![".invalid".parse().unwrap()];
    })
    .await;
    // Straight there is nobody of that name, and through the proxy there would be an answer of it.
    let mut client = proxy
        .tls("idp.invalid:443", "idp.test", &[b"http/1.1"])
        .await;
    let answer = ask(&mut client, REQUEST).await;
    assert!(
        answer.contains("x-grantscope-error: upstream-dns"),
        "{answer}"
    );
    proxy.notice().await;
    let mut client = proxy.tls("idp.test:443", "idp.test", &[b"http/1.1"]).await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
}

/// The other proxy does not lead to the server, and the client is told how.
async fn assert_refused(url: String, id: &str, word: &str) {
    let mut proxy = running(url.clone()).await;
    let mut client = proxy.tls("idp.test:443", "idp.test", &[b"http/1.1"]).await;
    let answer = ask(&mut client, REQUEST).await;
    let field = format!("x-grantscope-error: {id}\r\n");
    assert!(
        answer.contains(&field) && answer.contains(word),
        "{url}: {answer}"
    );
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");
    let notice = proxy.notice().await;
    let Notice::UpstreamFailed { id: told, text, .. } = notice else {
        panic!("another notice: {notice:?}");
    };
    assert_eq!(told, id);
    assert!(
        !text.contains("secret") && text.contains("idp.test:443"),
        "{text}"
    );
}

/// A proxy that answers each request for a tunnel by this.
async fn answering(answer: &'static str) -> SocketAddr {
    raw_server(move |mut client| async move {
        read(&mut client, 1).await;
        client.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn an_http_proxy_that_refuses_is_named_and_tells_why() {
    let server = tls_server(&[b"http/1.1"], |_| text("never")).await;
    let http = http_proxy(server).await;
    let authentication = "upstream-proxy-authentication";
    assert_refused(format!("http://me:secret@{http}"), authentication, "407").await;
    assert_refused(format!("http://{http}"), authentication, "by Basic").await;
    let forbidding = answering("HTTP/1.1 403 No\r\n\r\n").await;
    let forbidding = format!("http://{forbidding}");
    assert_refused(forbidding, "upstream-proxy-forbidden", "403").await;
    let clear = answering("HTTP/1.1 400 TLS?\r\n\r\n").await;
    let clear = format!("https://{clear}");
    assert_refused(clear, "upstream-proxy-tls", "TLS with it failed").await;
    let secure = format!("http://{server}");
    assert_refused(secure, "upstream-proxy", "another protocol").await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    assert_refused(nobody, "upstream-proxy-unreachable", "refused").await;
}

#[tokio::test]
async fn a_socks_proxy_that_refuses_is_named_and_tells_why() {
    let server = tls_server(&[b"http/1.1"], |_| text("never")).await;
    let socks = socks_proxy(IDP, 0, server).await;
    let authentication = "upstream-proxy-authentication";
    assert_refused(
        format!("socks5h://me:secret@{socks}"),
        authentication,
        "status 1",
    )
    .await;
    assert_refused(
        format!("socks5h://{socks}"),
        authentication,
        "asks for a user",
    )
    .await;
    let strict = format!("socks5h://me:pass@{}", socks_proxy(IDP, 2, server).await);
    assert_refused(strict, "upstream-proxy-forbidden", "reply 2").await;
    let cut_off = format!("socks5h://me:pass@{}", socks_proxy(IDP, 4, server).await);
    assert_refused(cut_off, "upstream-proxy-gateway", "host unreachable").await;
    let http = format!("socks5h://{}", answering("HTTP/1.1 400 No\r\n\r\n").await);
    assert_refused(http, "upstream-proxy", "another protocol").await;
}

#[tokio::test]
async fn a_url_that_names_no_proxy_is_refused_without_repeating_it() {
    let proxy = Running::start().await;
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let mut config = ProxyConfig::new(proxy.authority.clone(), crate::support::tap(told));
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.upstream_proxy = Some("socks4://me:secret@proxy.test".to_owned());
    let error = Proxy::bind(config).await.unwrap_err();
    assert!(matches!(error, Error::UpstreamProxy));
    assert!(!error.to_string().contains("secret"));
}
