//! Requests with an absolute URL, over a connection in which the client speaks to the proxy.

use grantscope_proxy::Notice;
use http::Version;
use tokio::io::AsyncWriteExt;

use crate::support::{
    Running, ask, clear_server, raw_server, read_all, read_head, soon, text, tls_server,
};

#[tokio::test]
async fn an_http_url_is_asked_for_in_origin_form() {
    let server = raw_server(|mut stream| async move {
        let head = read_head(&mut stream).await;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-Order: 1\r\nAlt-Svc: h3=\":443\"\r\nKeep-Alive: timeout=5\r\n\
             Content-Length: {}\r\n\r\n{head}",
            head.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let mut proxy = Running::start().await;
    let request = format!(
        "GET http://{server}/a?b=%43 HTTP/1.1\r\nHoSt: other.test\r\nX-MiXed: 1\r\n\
         Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n\
         Connection: close, X-Hop\r\nX-Hop: 1\r\nAuthorization: Basic eQ==\r\n\r\n"
    );
    let answer = ask(&mut proxy.connect().await, &request).await;
    let (head, seen) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("alt-svc"), "{head}");
    assert!(!head.to_ascii_lowercase().contains("keep-alive"), "{head}");
    assert!(!head.to_ascii_lowercase().contains("date:"), "{head}");
    assert!(head.contains("\r\nX-Order: 1"), "{head}");
    let expected = format!(
        "GET /a?b=%43 HTTP/1.1\r\nHoSt: {server}\r\nX-MiXed: 1\r\nAuthorization: Basic eQ==\r\n\r\n"
    );
    assert_eq!(seen, expected);
    let exchange = proxy.exchange().await;
    let url = exchange.request.url.as_str();
    assert_eq!(url, format!("http://{server}/a?b=%43"));
    // The tap sees what was sent, before anything was left out.
    assert_eq!(exchange.request.headers.first("host"), Some("other.test"));
    let response = exchange.response.as_ref().unwrap();
    assert!(response.headers.first("alt-svc").is_some());
}

#[tokio::test]
async fn an_https_url_is_asked_for_over_tls() {
    let server = tls_server(&[b"h2", b"http/1.1"], |request| {
        assert_eq!(request.version(), Version::HTTP_11);
        assert_eq!(request.uri(), "/token");
        assert_eq!(request.body(), "code=1");
        text("granted")
    })
    .await;
    let mut proxy = Running::start().await;
    let port = server.port();
    let request = format!(
        "POST https://localhost:{port}/token HTTP/1.1\r\nHost: localhost:{port}\r\n\
         Content-Length: 6\r\nConnection: close\r\n\r\ncode=1"
    );
    let answer = ask(&mut proxy.connect().await, &request).await;
    assert!(answer.ends_with("granted"), "{answer}");
    let exchange = proxy.exchange().await;
    let url = exchange.request.url.as_str();
    assert_eq!(url, format!("https://localhost:{port}/token"));
    assert!(exchange.timings.dns.is_some() && exchange.timings.ssl.is_some());
}

#[tokio::test]
async fn one_client_connection_reaches_several_servers() {
    let first = clear_server(|_| text("first")).await;
    let second = clear_server(|_| text("second")).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    for (server, is_new) in [(first, true), (second, true), (first, false)] {
        let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: {server}\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let exchange = proxy.exchange().await;
        assert_eq!(exchange.peer.server, Some(server));
        assert_eq!(exchange.timings.connect.is_some(), is_new);
        read_head(&mut client).await;
        let length = exchange.response.as_ref().unwrap().body.bytes.len();
        let mut content = vec![0; length];
        soon(tokio::io::AsyncReadExt::read_exact(
            &mut client,
            &mut content,
        ))
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let (closed, mut is_closed) = tokio::sync::mpsc::unbounded_channel();
    let server = raw_server(move |mut stream| {
        let closed = closed.clone();
        async move {
            read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    })
    .await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    for _ in 0..2 {
        let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: {server}\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let head = read_head(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        proxy.exchange().await;
        soon(is_closed.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_told_of_and_the_client_is_served_on() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let server = clear_server(|_| text("here")).await;
    let mut proxy = Running::start().await;
    let mut client = proxy.connect().await;
    let request = format!("GET http://{nobody}/secret?code=x HTTP/1.1\r\nHost: {nobody}\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 502 Bad Gateway"), "{head}");
    assert!(head.contains("via: 1.1 grantscope"), "{head}");
    assert!(
        head.contains("x-grantscope-error: upstream-refused"),
        "{head}"
    );
    let Notice::UpstreamFailed { host, id, text, .. } = proxy.notice().await else {
        panic!("another notice");
    };
    assert_eq!((host, id), (nobody.to_string(), "upstream-refused"));
    assert!(!text.contains("secret"));
    let request =
        format!("GET http://{server}/ HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    assert!(read_all(&mut client).await.ends_with("here"));
}
