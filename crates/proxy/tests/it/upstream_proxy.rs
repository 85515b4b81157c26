//! Servers that are reached through another proxy.

use grantscope_proxy::{Error, Notice, Proxy, ProxyConfig};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Running, ask, raw_server, read_head, text, tls_server};

/// A proxy that leads every tunnel to one server, if the client names itself.
async fn other_proxy(to: std::net::SocketAddr) -> std::net::SocketAddr {
    raw_server(move |mut client| async move {
        let head = read_head(&mut client).await;
        assert!(
            head.starts_with("CONNECT idp.test:443 HTTP/1.1\r\n"),
            "{head}"
        );
        if !head.contains("Proxy-Authorization: Basic bWU6cGFzcw==\r\n") {
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
            client.write_all(answer).await.unwrap();
            return;
        }
        let mut server = TcpStream::connect(to).await.unwrap();
        client
            .write_all(b"HTTP/1.1 200 Fine\r\nVia: 1.1 other\r\n\r\n")
            .await
            .unwrap();
        tokio::io::copy_bidirectional(&mut client, &mut server)
            .await
            .ok();
    })
    .await
}

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_server_is_reached_through_the_other_proxy() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let other = other_proxy(server).await;
    let url = Some(format!("http://me:pass@{other}"));
    let mut proxy = Running::start_with(|config| config.upstream_proxy = url).await;
    let mut client = proxy.tls("idp.test:443", "idp.test", &[b"http/1.1"]).await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
    proxy.exchange().await;
    // Loopback is reached without it.
    let mut client = proxy
        .tls(&server.to_string(), "idp.test", &[b"http/1.1"])
        .await;
    assert!(ask(&mut client, REQUEST).await.ends_with("hello"));
}

#[tokio::test]
async fn an_other_proxy_that_refuses_is_named() {
    let server = tls_server(&[b"http/1.1"], |_| text("never")).await;
    let other = other_proxy(server).await;
    let url = Some(format!("http://me:wrong@{other}"));
    let mut proxy = Running::start_with(|config| config.upstream_proxy = url).await;
    let mut client = proxy.tls("idp.test:443", "idp.test", &[b"http/1.1"]).await;
    let answer = ask(&mut client, REQUEST).await;
    assert!(
        answer.contains("x-grantscope-error: upstream-proxy"),
        "{answer}"
    );
    assert!(
        answer.contains("407") && !answer.contains("wrong"),
        "{answer}"
    );
    assert!(matches!(
        proxy.notice().await,
        Notice::UpstreamFailed {
            id: "upstream-proxy",
            ..
        }
    ));
}

#[tokio::test]
async fn a_url_that_names_no_proxy_is_refused_without_repeating_it() {
    let proxy = Running::start().await;
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let mut config = ProxyConfig::new(proxy.authority.clone(), crate::support::tap(told));
    config.upstream_proxy = Some("socks5://me:secret@proxy.test".to_owned());
    let error = Proxy::bind(config).await.unwrap_err();
    assert!(matches!(error, Error::UpstreamProxy));
    assert!(!error.to_string().contains("secret"));
}
