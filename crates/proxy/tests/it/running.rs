//! Starting, stopping, and going on after bugs.

use std::sync::Arc;
use std::time::Duration;

use grantscope_oauth::{Exchange, ExchangeId};
use grantscope_proxy::{Error, Interest, Outcome, Proxy, ProxyConfig, RequestHead, Tap};
use tokio::io::AsyncWriteExt;

use crate::support::{
    Running, ask, clear_server, raw_server, read_all, read_head, text, tls_server,
};

struct Panicking;

impl Tap for Panicking {
    fn wants(&self, _: &RequestHead<'_>) -> Interest {
        panic!("a bug in the tap");
    }

    fn request_sent(&self, _: Arc<Exchange>) {
        panic!("a bug in the tap");
    }

    fn response_received(&self, _: Arc<Exchange>, _: Outcome) {
        panic!("a bug in the tap");
    }
}

#[tokio::test]
async fn an_address_in_use_is_named_with_the_way_out() {
    let proxy = Running::start().await;
    let tap = Arc::new(Panicking);
    let mut config = ProxyConfig::new(proxy.authority.clone(), tap);
    config.listen = proxy.address;
    let error = Proxy::bind(config).await.unwrap_err();
    assert!(matches!(error, Error::Listen { address, .. } if address == proxy.address));
    let message = error.to_string();
    assert!(message.contains(&proxy.address.to_string()), "{message}");
    assert!(message.contains("--listen"), "{message}");
}

#[tokio::test]
async fn other_machines_are_listened_to_where_that_is_asked_for() {
    let proxy = Running::start().await;
    let mut config = ProxyConfig::new(proxy.authority.clone(), Arc::new(Panicking));
    config.listen = "0.0.0.0:0".parse().unwrap();
    let error = Proxy::bind(config.clone()).await.unwrap_err();
    assert!(error.to_string().contains("--allow-remote"), "{error}");
    config.allow_remote = vec!["192.0.2.0/24".parse().unwrap()];
    Proxy::bind(config).await.unwrap();
}

#[tokio::test]
async fn a_file_that_holds_no_certificate_is_named() {
    let proxy = Running::start().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("no.pem");
    for make in [false, true] {
        if make {
            std::fs::write(&path, "nothing").unwrap();
        }
        let mut config = ProxyConfig::new(proxy.authority.clone(), Arc::new(Panicking));
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.upstream_ca = vec![path.clone()];
        let message = Proxy::bind(config).await.unwrap_err().to_string();
        assert!(
            message.contains("no.pem") && message.contains("--upstream-ca"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_exchange_in_flight_ends_before_the_proxy_does() {
    let (go, gone) = tokio::sync::watch::channel(false);
    let server = raw_server(move |mut stream| {
        let mut gone = gone.clone();
        async move {
            read_head(&mut stream).await;
            gone.wait_for(|go| *go).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let mut proxy = Running::start_with(|config| config.drain_max = Duration::from_mins(1)).await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    proxy.sent().await;
    proxy.begin_to_stop();
    // Nobody is accepted any more, and only then does the server answer.
    while tokio::net::TcpStream::connect(proxy.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go.send(true).unwrap();
    assert!(read_all(&mut client).await.ends_with("late"));
    proxy.received().await;
    let summary = proxy.stopped().await;
    assert_eq!((summary.cut_off, summary.panics), (0, 0));
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let server = raw_server(|mut stream| async move {
        stream.write_all(b"220 ready\r\n").await.unwrap();
        read_all(&mut stream).await;
    })
    .await;
    let mut proxy = Running::start_with(|config| config.drain_max = Duration::ZERO).await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    proxy.notice().await;
    let summary = proxy.stop().await;
    assert_eq!(summary.cut_off, 1);
    assert_eq!(read_all(&mut client).await, "220 ready\r\n");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let server = clear_server(|_| text("hello")).await;
    let mut proxy = Running::start_with(|config| config.drain_max = Duration::from_mins(1)).await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    proxy.exchange().await;
    let unused = proxy.connect().await;
    let silent = proxy.tunnel(&server.to_string()).await;
    let summary = proxy.stop().await;
    assert_eq!(summary.cut_off, 0);
    drop((client, unused, silent));
}

#[tokio::test]
async fn a_tap_that_panics_does_not_break_traffic() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let proxy = Running::start_with(|config| config.tap = Arc::new(Panicking)).await;
    let mut client = proxy
        .tls(&server.to_string(), "localhost", &[b"http/1.1"])
        .await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("hello"));
    let summary = proxy.stop().await;
    assert_eq!((summary.tap_panics, summary.panics), (3, 0));
}

#[tokio::test]
async fn exchanges_are_numbered_from_where_the_capture_is() {
    let server = clear_server(|_| text("hello")).await;
    let mut proxy = Running::start_with(|config| config.first_exchange = ExchangeId(41)).await;
    for expected in [41, 42] {
        let request =
            format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        ask(&mut proxy.connect().await, &request).await;
        assert_eq!(proxy.exchange().await.id, ExchangeId(expected));
    }
}
