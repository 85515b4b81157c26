//! TLS at its edges, straight to a server and through the proxy.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rustls::HandshakeKind;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client};

use crate::support::{
    Running, ask, ask_http2, client_config, connect_tls, provider, serve, server_authority,
    server_config_with, soon, text, tls_raw_server, tls_raw_server_with, tls_server,
};
use crate::ways::Way;

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

impl Way {
    /// Whom a client trusts on this way.
    fn root(self, proxy: &Running) -> CertificateDer<'static> {
        match self {
            Self::Straight => server_authority(),
            Self::Through => proxy.root(),
        }
    }
}

/// TLS of these versions alone, over a connection on which nothing was said yet.
async fn connect_by(
    stream: TcpStream,
    root: CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> io::Result<client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connecting = TlsConnector::from(Arc::new(config));
    soon(connecting.connect("localhost".try_into().unwrap(), stream)).await
}

/// The ticket of a session goes out with the first answer: a client that has read one can resume.
#[tokio::test]
async fn a_client_resumes_its_session() {
    let proxy = Running::start().await;
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    for way in Way::BOTH {
        let config = Arc::new(client_config(way.root(&proxy), &[b"http/1.1"]));
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let connecting = TlsConnector::from(Arc::clone(&config));
            let stream = way.to(server, &proxy).await;
            let stream = connecting.connect("localhost".try_into().unwrap(), stream);
            let mut stream = soon(stream).await.unwrap();
            kinds.push(stream.get_ref().1.handshake_kind());
            assert!(
                ask(&mut stream, REQUEST).await.ends_with("hello"),
                "{way:?}"
            );
        }
        let expected = [HandshakeKind::Full, HandshakeKind::Resumed].map(Some);
        assert_eq!(kinds, expected, "{way:?}");
    }
}

#[tokio::test]
async fn each_leg_has_a_version_of_its_own() {
    let nobody = WebPkiClientVerifier::no_client_auth;
    let proxy = Running::start().await;
    let (old, new) = (&rustls::version::TLS12, &rustls::version::TLS13);
    for (asked, served) in [(old, old), (new, new), (old, new), (new, old)] {
        let config = server_config_with(&[b"http/1.1"], &[served], nobody());
        let server = tls_raw_server_with(config, |stream| serve(stream, |_| text("hello"))).await;
        for way in Way::BOTH {
            let stream = way.to(server, &proxy).await;
            let connected = connect_by(stream, way.root(&proxy), &[asked]).await;
            if way == Way::Straight && asked.version != served.version {
                assert!(connected.is_err(), "there is no version that both speak");
                continue;
            }
            let mut client = connected.unwrap();
            let version = client.get_ref().1.protocol_version();
            assert_eq!(version, Some(asked.version), "{way:?}");
            assert!(
                ask(&mut client, REQUEST).await.ends_with("hello"),
                "{way:?}"
            );
        }
    }
}

/// All that a client reads, and whether it can tell that this is all (RFC 8446 §6.1, RFC 9112 §9.8).
async fn read(way: Way, proxy: &Running, answer: &'static str, says_so: bool) -> (String, bool) {
    let server = tls_raw_server(&[b"http/1.1"], move |mut stream| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        if says_so {
            stream.shutdown().await.unwrap();
        } else {
            stream.get_mut().0.shutdown().await.unwrap();
        }
    })
    .await;
    let stream = way.to(server, proxy).await;
    let connecting = connect_tls(stream, "localhost", way.root(proxy), &[b"http/1.1"]);
    let mut client = soon(connecting).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut all = Vec::new();
    let ended = soon(client.read_to_end(&mut all)).await;
    let all = String::from_utf8(all).unwrap();
    let (_, content) = all.split_once("\r\n\r\n").unwrap();
    match way {
        Way::Straight => (content.to_owned(), ended.is_ok()),
        // It comes in chunks, of which the last says that it is.
        Way::Through => {
            let (_, chunk) = content.split_once("\r\n").unwrap();
            let (content, rest) = chunk.split_once("\r\n").unwrap();
            (content.to_owned(), rest == "0\r\n\r\n")
        }
    }
}

#[tokio::test]
async fn a_content_that_was_cut_off_by_somebody_between_is_not_whole() {
    let proxy = Running::start().await;
    let to_the_end = "HTTP/1.1 200 OK\r\n\r\nall of it";
    for way in Way::BOTH {
        for says_so in [true, false] {
            let (content, is_whole) = read(way, &proxy, to_the_end, says_so).await;
            assert_eq!((&content[..], is_whole), ("all of it", says_so), "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_content_of_a_known_length_is_whole_however_the_connection_ends() {
    let proxy = Running::start().await;
    let server = tls_raw_server(&[b"http/1.1"], |mut stream| async move {
        stream.read_u8().await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        stream.write_all(answer).await.unwrap();
        stream.flush().await.unwrap();
        stream.get_mut().0.shutdown().await.unwrap();
    })
    .await;
    for way in Way::BOTH {
        let stream = way.to(server, &proxy).await;
        let connecting = connect_tls(stream, "localhost", way.root(&proxy), &[b"http/1.1"]);
        let mut client = soon(connecting).await.unwrap();
        assert!(
            ask(&mut client, REQUEST).await.ends_with("hello"),
            "{way:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_agrees_on_http2_and_speaks_http1_is_told_of() {
    let server = tls_raw_server(&[b"h2"], |mut stream| async move {
        stream.read_u8().await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.ok();
        stream.read_to_end(&mut Vec::new()).await.ok();
    })
    .await;
    let proxy = Running::start().await;
    let stream = Way::Straight.to(server, &proxy).await;
    let connecting = connect_tls(stream, "localhost", server_authority(), &[b"h2"]);
    let handshake = h2::client::handshake(soon(connecting).await.unwrap()).await;
    let (client, connection) = handshake.unwrap();
    let asking = tokio::spawn(async move {
        let request = Request::get("https://localhost/").body(()).unwrap();
        client.ready().await?.send_request(request, true)?.0.await
    });
    assert!(soon(connection).await.is_err() && soon(asking).await.unwrap().is_err());

    let stream = proxy.tls(&server.to_string(), "localhost", &[b"h2"]).await;
    let request = Request::get("https://localhost/").body(Full::<Bytes>::default());
    let answer = ask_http2(stream, request.unwrap()).await;
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["x-grantscope-error"], "upstream-protocol");
}

#[tokio::test]
async fn a_server_that_speaks_nothing_that_the_client_offers_is_told_of() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let proxy = Running::start().await;
    let stream = Way::Straight.to(server, &proxy).await;
    let straight = connect_tls(stream, "localhost", server_authority(), &[b"h2"]).await;
    assert!(
        straight
            .unwrap_err()
            .to_string()
            .contains("NoApplicationProtocol")
    );

    let stream = proxy.tls(&server.to_string(), "localhost", &[b"h2"]).await;
    let request = Request::get("https://localhost/").body(Full::<Bytes>::default());
    let answer = ask_http2(stream, request.unwrap()).await;
    assert_eq!(answer.status(), 502);
    let said = String::from_utf8(answer.into_body().to_vec()).unwrap();
    assert!(said.contains("answered_by\": \"grantscope"), "{said}");
}
