//! Requests whose tunnel, TLS name and `Host` disagree: they go where the tunnel was asked for, as they do without the
//! proxy, and nobody else gets them.

use std::net::SocketAddr;
use std::sync::Arc;

use grantscope_oauth::Exchange;
use grantscope_proxy::{NamedBy, Notice, Outcome, Tap};
use http::{Request, Response};
use http_body_util::Full;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::client::TlsStream;

use crate::support::{
    Running, ask, ask_http2, clear_server, connect, connect_tls, server_authority, soon, text,
    tls_server,
};
use crate::ways::Way;

/// A server that says which `Host` it is asked for, and that it is not that one (RFC 9110 §15.5.20).
async fn asked_server(alpn: &'static [u8]) -> SocketAddr {
    tls_server(&[alpn], |request| {
        let host = request
            .headers()
            .get("host")
            .map(|host| host.to_str().unwrap());
        let authority = request.uri().authority().map(http::uri::Authority::as_str);
        let seen = format!("host {host:?}, authority {authority:?}");
        Response::builder()
            .status(421)
            .body(Full::from(seen))
            .unwrap()
    })
    .await
}

/// TLS for a name, to a server that is asked for by its address.
async fn tls(
    way: Way,
    server: SocketAddr,
    name: &str,
    alpn: &[u8],
    proxy: &Running,
) -> TlsStream<TcpStream> {
    let root = match way {
        Way::Straight => server_authority(),
        Way::Through => proxy.root(),
    };
    let stream = way.to(server, proxy).await;
    soon(connect_tls(stream, name, root, &[alpn]))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_tunnel_decides_over_http1() {
    let tunnelled = asked_server(b"http/1.1").await;
    let named = tls_server(&[b"http/1.1"], |_| panic!("the wrong server was asked")).await;
    let mut proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = tls(way, tunnelled, "idp.test", b"http/1.1", &proxy).await;
        let request = format!("GET /t HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n\r\n");
        let answer = ask(&mut client, &request).await;
        assert!(answer.starts_with("HTTP/1.1 421 "), "{way:?}: {answer}");
        let seen = format!("host Some(\"{named}\")");
        assert!(answer.contains(&seen), "{way:?}: {answer}");
    }
    // The tap has both: whom the client meant, and whom it asked.
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), format!("https://{named}/t"));
    assert_eq!(exchange.peer.server, Some(tunnelled));
}

#[tokio::test]
async fn the_tunnel_decides_over_http2() {
    let tunnelled = asked_server(b"h2").await;
    let named = tls_server(&[b"h2"], |_| panic!("the wrong server was asked")).await;
    let mut proxy = Running::start().await;
    for way in Way::BOTH {
        let client = tls(way, tunnelled, "idp.test", b"h2", &proxy).await;
        let request = Request::get(format!("https://{named}/t"))
            .header("host", "third.test")
            .body(Full::default())
            .unwrap();
        let answer = ask_http2(client, request).await;
        assert_eq!(answer.status(), 421, "{way:?}");
        let seen = String::from_utf8(answer.body().to_vec()).unwrap();
        let expected = format!("host Some(\"third.test\"), authority Some(\"{named}\")");
        assert_eq!(seen, expected, "{way:?}");
    }
    assert_eq!(proxy.exchange().await.peer.server, Some(tunnelled));
}

#[tokio::test]
async fn the_name_in_tls_is_verified_and_not_the_host() {
    // The certificate of the server is not for this name, whatever the request says.
    let server = asked_server(b"http/1.1").await;
    let proxy = Running::start().await;
    let straight = connect(server).await;
    let straight = connect_tls(straight, "other.test", server_authority(), &[]).await;
    let refused = straight.unwrap_err().to_string();
    assert!(refused.contains("not valid for name"), "{refused}");
    let mut client = proxy
        .tls(&server.to_string(), "other.test", &[b"http/1.1"])
        .await;
    let request = "GET / HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n";
    let answer = ask(&mut client, request).await;
    assert!(answer.contains("upstream-certificate"), "{answer}");
    assert!(answer.contains("and not for other.test"), "{answer}");
}

#[tokio::test]
async fn a_request_to_the_proxys_own_port_ends_there() {
    let proxy = Running::start().await;
    let own = proxy.address;
    let close = "Host: a\r\nConnection: close\r\n\r\n";
    let absolute = format!("GET http://{own}/ HTTP/1.1\r\n{close}");
    let answer = ask(&mut proxy.connect().await, &absolute).await;
    assert!(answer.contains("This is grantscope"), "{answer}");
    let mut within = proxy.tunnel(&own.to_string()).await;
    let answer = ask(&mut within, &format!("GET / HTTP/1.1\r\n{close}")).await;
    assert!(answer.contains("This is grantscope"), "{answer}");
    // Over and over, it ends where the client ends it.
    let server = clear_server(|_| text("hello")).await;
    let mut client = proxy.tunnel(&own.to_string()).await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\n{close}");
    assert!(ask(&mut client, &request).await.ends_with("hello"));
    assert_eq!(proxy.stop().await.panics, 0);
}

/// Keeps which names disagree.
struct Names(mpsc::UnboundedSender<(String, String, NamedBy)>);

impl Tap for Names {
    fn request_sent(&self, _: Arc<Exchange>) {}

    fn response_received(&self, _: Arc<Exchange>, _: Outcome) {}

    fn notice(&self, notice: Notice) {
        if let Notice::NamesDisagree {
            server, named, by, ..
        } = notice
        {
            self.0.send((server, named, by)).unwrap();
        }
    }
}

#[tokio::test]
async fn names_that_disagree_are_told_of_once_a_pair() {
    let (told, mut names) = mpsc::unbounded_channel();
    let proxy = Running::start_with(|config| config.tap = Arc::new(Names(told))).await;
    let (http1, http2) = (asked_server(b"http/1.1").await, asked_server(b"h2").await);
    let of = |server: SocketAddr| format!("localhost:{}", server.port());
    for _ in 0..2 {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1"] {
            // An address that the client has looked up is no other name.
            for tunnel in [http1.to_string(), of(http1)] {
                let mut client = proxy.tls(&tunnel, "localhost", &[b"http/1.1"]).await;
                let request =
                    format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
                ask(&mut client, &request).await;
            }
        }
        let client = proxy.tls(&of(http2), "idp.test", &[b"h2"]).await;
        let request = Request::get("https://idp.test/").header("host", "third.test");
        ask_http2(client, request.body(Full::default()).unwrap()).await;
    }
    proxy.stop().await;
    let mut all = Vec::new();
    while let Some((server, named, by)) = names.recv().await {
        all.push(format!("{server} {named} {by:?}"));
    }
    let expected = [
        "localhost 127.0.0.1 Request",
        "localhost idp.test Tls",
        "idp.test third.test Request",
    ];
    assert_eq!(all, expected);
}
