//! How long what may take is a setting, which can change while the proxy runs.
//!
//! The clock stands still and jumps to the next timer as soon as everybody waits, so that it tells to the moment what was
//! waited for, and nobody waits.

use std::time::Duration;

use grantscope_proxy::{ProxyConfig, TimeLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, pause};

use crate::support::{Running, ask, clear_server, raw_server, read_head, soon, text};

const LIMIT: Duration = Duration::from_secs(2);

/// A proxy with one limit that is much shorter than the others.
async fn limited(change: impl FnOnce(&mut TimeLimits)) -> Running {
    Running::start_with(|config| {
        config.times = hours();
        change(&mut config.times);
    })
    .await
}

fn hours() -> TimeLimits {
    let hours = Duration::from_hours(9);
    TimeLimits {
        silent_max: hours,
        header_max: hours,
        handshake_max: hours,
        idle_max: hours,
        dns_max: hours,
        connect_max: hours,
    }
}

/// A server that takes connections and says nothing.
async fn silent_server() -> String {
    let server = raw_server(|mut stream| async move {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.ok();
    });
    server.await.to_string()
}

/// What a client hears until the end, and when that comes.
async fn rest(client: &mut TcpStream) -> (String, Duration) {
    pause();
    let began = Instant::now();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    (rest, began.elapsed())
}

fn assert_is_limit(took: Duration) {
    // The timers are as fine as a millisecond.
    assert!(
        took >= LIMIT && took < LIMIT + Duration::from_millis(10),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_client_without_a_first_byte() {
    let proxy = limited(|times| times.silent_max = LIMIT).await;
    let mut client = proxy.connect().await;
    let (said, took) = rest(&mut client).await;
    assert_eq!(said, "");
    assert_is_limit(took);
}

#[tokio::test]
async fn a_header_without_end() {
    let proxy = limited(|times| times.header_max = LIMIT).await;
    let mut client = proxy.tunnel(&silent_server().await).await;
    client.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    let (said, took) = rest(&mut client).await;
    assert!(
        said.starts_with("HTTP/1.1 408 ") && said.contains("after 2s"),
        "{said}"
    );
    assert_is_limit(took);
}

#[tokio::test]
async fn a_handshake_of_a_client_without_end() {
    let proxy = limited(|times| times.handshake_max = LIMIT).await;
    // The beginning of a hello (RFC 8446 §5.1), and of a negotiation by SOCKS (RFC 1928 §3).
    let server = silent_server().await;
    let tls = (proxy.tunnel(&server).await, &b"\x16\x03\x01\x02\0\x01"[..]);
    let socks = (proxy.connect().await, &b"\x05"[..]);
    for (mut client, beginning) in [tls, socks] {
        client.write_all(beginning).await.unwrap();
        let (said, took) = rest(&mut client).await;
        tokio::time::resume();
        assert_eq!(said, "");
        assert_is_limit(took);
    }
}

#[tokio::test]
async fn a_handshake_of_a_server_without_end() {
    let proxy = limited(|times| times.handshake_max = LIMIT).await;
    let server = silent_server().await;
    let request = format!("GET https://{server}/ HTTP/1.1\r\nConnection: close\r\n\r\n");
    let mut client = proxy.connect().await;
    client.write_all(request.as_bytes()).await.unwrap();
    let (said, took) = rest(&mut client).await;
    assert!(said.starts_with("HTTP/1.1 504 "), "{said}");
    assert!(
        said.contains("x-grantscope-error: upstream-tls-timeout"),
        "{said}"
    );
    assert_is_limit(took);
}

#[tokio::test]
async fn another_proxy_without_an_answer() {
    let other = silent_server().await;
    let proxy = Running::start_with(|config| {
        config.upstream_proxy = Some(format!("http://{other}"));
        config.times = hours();
        config.times.handshake_max = LIMIT;
    })
    .await;
    let mut client = proxy.connect().await;
    let request = b"GET http://idp.test/ HTTP/1.1\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let (said, took) = rest(&mut client).await;
    assert!(
        said.contains("x-grantscope-error: upstream-proxy-timeout"),
        "{said}"
    );
    assert_is_limit(took);
}

#[tokio::test]
async fn a_connection_without_requests() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = limited(|times| times.idle_max = LIMIT).await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_head(&mut client).await;
    let (said, took) = rest(&mut client).await;
    assert_eq!(said, "hello");
    assert!(took >= LIMIT / 2 && took <= 2 * LIMIT, "{took:?}");
}

#[test]
fn a_name_without_an_address() {
    // The resolver runs on the one thread that there is for what blocks, and that has other work.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || released.recv().ok());
    let said = runtime.block_on(async {
        let proxy = limited(|times| times.dns_max = Duration::from_millis(1)).await;
        let mut client = proxy.connect().await;
        let request = "GET http://localhost:9/ HTTP/1.1\r\nConnection: close\r\n\r\n";
        soon(ask(&mut client, request)).await
    });
    drop(release);
    assert!(said.starts_with("HTTP/1.1 504 "), "{said}");
    assert!(
        said.contains("x-grantscope-error: upstream-dns-timeout"),
        "{said}"
    );
}

/// Elsewhere a server whose queue is full refuses.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_is_not_opened() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let server = listener.local_addr().unwrap();
    // It takes one, and the next has to wait.
    let _first = TcpStream::connect(server).await.unwrap();
    let proxy = limited(|times| times.connect_max = LIMIT).await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let (said, took) = rest(&mut client).await;
    assert!(
        said.contains("x-grantscope-error: upstream-connect-timeout"),
        "{said}"
    );
    assert_is_limit(took);
}

#[tokio::test]
async fn a_limit_that_changes_is_in_force_for_what_comes() {
    let proxy = limited(|_| {}).await;
    let mut config: ProxyConfig = proxy.config.clone();
    config.times.silent_max = LIMIT;
    proxy.control.adopt(&config).unwrap();
    let mut client = proxy.connect().await;
    assert_is_limit(rest(&mut client).await.1);
}
