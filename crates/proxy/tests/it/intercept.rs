//! HTTPS through CONNECT.

use bytes::Bytes;
use grantscope_proxy::{Notice, Rejection};
use http::{Request, Response, Version};
use http_body_util::Full;
use rustls::pki_types::CertificateDer;
use tokio::io::AsyncWriteExt;

use crate::support::{
    Got, Running, ask, ask_http2, connect_tls, server_authority, soon, text, tls_raw_server,
    tls_server,
};

const H1: &[u8] = b"http/1.1";
const H2: &[u8] = b"h2";

fn echo(request: Got) -> Response<Full<Bytes>> {
    Response::builder()
        .header("x-method", request.method().as_str())
        .header("x-version", format!("{:?}", request.version()))
        .body(Full::from(request.into_body()))
        .unwrap()
}

#[tokio::test]
async fn http1_is_read_and_passed_on() {
    let server = tls_server(&[H1], echo).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[H1]).await;
    let request = "POST /token?a=%41 HTTP/1.1\r\nHost: LocalHost:1\r\nX-MiXed: Case\r\n\
                   Content-Length: 9\r\nConnection: close\r\n\r\ncode=C%201";
    let answer = ask(&mut client, &request.replace("%201", "123")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-version: HTTP/1.1"), "{answer}");
    assert!(answer.ends_with("\r\n\r\ncode=C123"), "{answer}");
    let exchange = proxy.exchange().await;
    assert_eq!(
        exchange.request.url.as_str(),
        "https://LocalHost:1/token?a=%41"
    );
    assert_eq!(exchange.request.version, Version::HTTP_11);
    assert_eq!(exchange.request.headers.first("X-Mixed"), Some("Case"));
    assert_eq!(exchange.request.body.text(), "code=C123");
    assert_eq!(exchange.peer.server, Some(server));
    let response = exchange.response.as_ref().unwrap();
    assert_eq!(
        (response.status, &*response.body.bytes),
        (200, &b"code=C123"[..])
    );
    assert!(exchange.timings.connect.is_some() && exchange.timings.ssl.is_some());
    assert!(exchange.timings.wait.is_some());
}

#[tokio::test]
async fn http2_is_read_and_passed_on_as_http2() {
    let server = tls_server(&[H2, H1], echo).await;
    let mut proxy = Running::start().await;
    let client = proxy.tls(&server.to_string(), "localhost", &[H2, H1]).await;
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(H2));
    let request = Request::post("https://localhost/token")
        .body(Full::from("grant_type=x"))
        .unwrap();
    let response = ask_http2(client, request).await;
    assert_eq!(response.headers()["x-version"], "HTTP/2.0");
    assert_eq!(response.body(), "grant_type=x");
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), "https://localhost/token");
    assert_eq!(exchange.request.version, Version::HTTP_2);
    assert_eq!(exchange.response.as_ref().unwrap().version, Version::HTTP_2);
}

#[tokio::test]
async fn the_client_is_answered_with_the_version_that_the_server_chose() {
    let server = tls_server(&[H1], echo).await;
    let proxy = Running::start().await;
    let client = proxy.tls(&server.to_string(), "localhost", &[H2, H1]).await;
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(H1));
    let none = proxy.tls(&server.to_string(), "localhost", &[]).await;
    assert_eq!(none.get_ref().1.alpn_protocol(), None);
}

#[tokio::test]
async fn a_client_without_server_name_is_shown_the_address_of_its_tunnel() {
    let server = tls_server(&[], echo).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "127.0.0.1", &[]).await;
    let answer = ask(&mut client, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.url.as_str(), format!("https://{server}/"));
}

#[tokio::test]
async fn the_name_that_the_client_wants_is_what_is_verified() {
    let server = tls_server(&[], |_| text("hello")).await;
    let mut proxy = Running::start().await;
    // The tunnel leads to an address, the name comes by TLS; and of another name the server has no certificate.
    let mut client = proxy.tls(&server.to_string(), "idp.test", &[]).await;
    let answer = ask(
        &mut client,
        "GET / HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.ends_with("hello"), "{answer}");
    proxy.exchange().await;
    let mut client = proxy.tls(&server.to_string(), "other.test", &[]).await;
    let answer = ask(
        &mut client,
        "GET / HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.contains("x-grantscope-error: upstream-certificate"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_is_reused_where_the_client_reuses_its_own() {
    let server = tls_server(&[H1], echo).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[H1]).await;
    client
        .write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let first = proxy.exchange().await;
    assert!(first.timings.ssl.is_some());
    crate::support::read_head(&mut client).await;
    client
        .write_all(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let second = proxy.exchange().await;
    assert!(second.id > first.id);
    assert_eq!((second.timings.connect, second.timings.ssl), (None, None));
}

#[tokio::test]
async fn the_clients_connection_ends_with_the_servers() {
    let (close, closing) = tokio::sync::watch::channel(false);
    let server = tls_raw_server(&[H1], move |mut stream| {
        let mut closing = closing.clone();
        async move {
            crate::support::read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
            closing.wait_for(|close| *close).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[H1]).await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    proxy.exchange().await;
    let head = crate::support::read_head(&mut client).await;
    assert!(!head.to_ascii_lowercase().contains("connection"), "{head}");
    close.send(true).unwrap();
    assert_eq!(crate::support::read_all(&mut client).await, "ok");
}

#[tokio::test]
async fn a_client_that_does_not_trust_us_is_noticed() {
    let server = tls_server(&[H1], echo).await;
    let mut proxy = Running::start().await;
    let tunnel = proxy.tunnel(&format!("localhost:{}", server.port())).await;
    let distrusting = connect_tls(tunnel, "localhost", server_authority(), &[H1]);
    soon(distrusting).await.unwrap_err();
    let Notice::ClientRejectedCertificate {
        host,
        how,
        user_agent,
        ..
    } = proxy.notice().await
    else {
        panic!("another notice");
    };
    assert_eq!(host, format!("localhost:{}", server.port()));
    assert_eq!(user_agent.as_deref(), Some("test/1"));
    // rustls checks the signature of the CA by its name first, and does not know it.
    assert_eq!(how, Rejection::Alert("UnknownCA".to_owned()));
}

#[tokio::test]
async fn a_client_that_closes_instead_of_asking_is_noticed() {
    let server = tls_server(&[H1], echo).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[H1]).await;
    client.shutdown().await.unwrap();
    let notice = proxy.notice().await;
    let Notice::ClientRejectedCertificate { how, .. } = notice else {
        panic!("another notice: {notice:?}");
    };
    assert_eq!(how, Rejection::ClosedUnused);
}

#[tokio::test]
async fn certificates_of_two_hosts_differ_in_number_and_share_an_issuer() {
    let server = tls_server(&[], echo).await;
    let proxy = Running::start().await;
    let mut seen = Vec::new();
    for name in ["localhost", "idp.test", "localhost"] {
        let client = proxy.tls(&server.to_string(), name, &[]).await;
        let certificates = client.get_ref().1.peer_certificates().unwrap();
        seen.push(CertificateDer::from(certificates[0].to_vec()));
    }
    assert_eq!(seen[0], seen[2]);
    let parse = |der| x509_parser::parse_x509_certificate(der).unwrap().1;
    let (first, second) = (parse(&seen[0]), parse(&seen[1]));
    assert_ne!(first.raw_serial(), second.raw_serial());
    assert_eq!(first.issuer().as_raw(), second.issuer().as_raw());
    let validity = first.validity().not_after.timestamp() - first.validity().not_before.timestamp();
    assert!(validity <= 397 * 24 * 60 * 60);
}

#[tokio::test]
async fn secrets_of_both_sides_are_written_where_asked_for() {
    let server = tls_server(&[], echo).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let proxy = Running::start_with(|config| config.keylog = Some(path.clone())).await;
    proxy.tls(&server.to_string(), "localhost", &[]).await;
    let keys = std::fs::read_to_string(&path).unwrap();
    let handshakes = keys.matches("CLIENT_HANDSHAKE_TRAFFIC_SECRET ").count();
    assert_eq!(handshakes, 2, "{keys}");
}

#[tokio::test]
async fn a_server_that_leaves_first_is_not_taken_for_a_client_that_rejects() {
    let server = tls_raw_server(&[b"http/1.1"], |mut stream| async move {
        stream.shutdown().await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[H1]).await;
    assert_eq!(crate::support::read_all(&mut client).await, "");
    assert!(!proxy.has_told_more());
}
