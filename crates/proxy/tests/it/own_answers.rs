//! What the proxy says for itself, and that it is not mistaken for a server.

use grantscope_proxy::Notice;
use tokio::io::AsyncWriteExt;

use crate::support::{
    Running, ask, clear_server, connect, raw_server, read_all, read_head, soon, text, tls_server,
};

fn assert_marked(answer: &str, status: &str, id: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status}")),
        "{answer}"
    );
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("via: 1.1 grantscope"), "{answer}");
    assert!(
        head.contains(&format!("x-grantscope-error: {id}")),
        "{answer}"
    );
    assert!(
        head.contains("content-type: application/problem+json"),
        "{answer}"
    );
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["answered_by"], "grantscope");
    assert!(
        problem["advice"]
            .as_str()
            .is_some_and(|advice| !advice.is_empty())
    );
}

#[tokio::test]
async fn garbage_is_answered_and_the_proxy_goes_on() {
    let server = clear_server(|_| text("hello")).await;
    let mut proxy = Running::start().await;
    for garbage in [
        "GARBAGE\r\n\r\n",
        "\x01\x02\x03\x04",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = ask(&mut proxy.connect().await, garbage).await;
        assert_marked(&answer, "400 Bad Request", "request-malformed");
        let notice = proxy.notice().await;
        assert!(matches!(
            notice,
            Notice::ClientMisspoke {
                id: "request-malformed",
                ..
            }
        ));
    }
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(
        ask(&mut proxy.connect().await, &request)
            .await
            .ends_with("hello")
    );
}

#[tokio::test]
async fn garbage_within_tls_is_answered() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let mut proxy = Running::start().await;
    let mut client = proxy
        .tls(&server.to_string(), "localhost", &[b"http/1.1"])
        .await;
    let answer = ask(&mut client, "GARBAGE\r\n\r\n").await;
    assert_marked(&answer, "400 Bad Request", "request-malformed");
    assert!(matches!(
        proxy.notice().await,
        Notice::ClientMisspoke { .. }
    ));
}

#[tokio::test]
async fn a_header_of_1_mib_is_refused_and_the_proxy_goes_on() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let long = "a".repeat(1024 * 1024);
    let request = format!(
        "GET http://{server}/ HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(&mut proxy.connect().await, &request).await;
    assert_marked(
        &answer,
        "431 Request Header Fields Too Large",
        "request-header-too-large",
    );
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(
        ask(&mut proxy.connect().await, &request)
            .await
            .ends_with("hello")
    );
}

#[tokio::test]
async fn an_answer_whose_header_is_too_large_is_told_of() {
    let many = "a: b\r\n".repeat(101);
    let long = format!("X-Long: {}\r\n", "a".repeat(2 * 1024 * 1024));
    let proxy = Running::start().await;
    for fields in [many, long] {
        let server = raw_server(move |mut stream| {
            let fields = fields.clone();
            async move {
                read_head(&mut stream).await;
                let answer = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.ok();
                read_all(&mut stream).await;
            }
        })
        .await;
        // The reference: a stock client makes nothing of it either.
        let io = hyper_util::rt::TokioIo::new(connect(server).await);
        let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get("/").body(http_body_util::Empty::<bytes::Bytes>::new());
        assert!(
            soon(client.send_request(request.unwrap()))
                .await
                .unwrap_err()
                .is_parse()
        );

        let request =
            format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = ask(&mut proxy.connect().await, &request).await;
        assert_marked(&answer, "502 Bad Gateway", "upstream-protocol");
    }
}

#[tokio::test]
async fn an_untrusted_server_is_refused_and_the_way_out_is_named() {
    let server = tls_server(&[b"http/1.1"], |_| text("never")).await;
    let mut proxy = Running::start_with(|config| config.upstream_ca.clear()).await;
    let mut client = proxy
        .tls(&server.to_string(), "localhost", &[b"http/1.1"])
        .await;
    let request = "GET /?code=secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = ask(&mut client, request).await;
    assert_marked(&answer, "502 Bad Gateway", "upstream-certificate");
    assert!(answer.contains(&server.to_string()), "{answer}");
    assert!(answer.contains("--upstream-ca"), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");
    let notice = proxy.notice().await;
    assert!(matches!(
        notice,
        Notice::UpstreamFailed {
            id: "upstream-certificate",
            ..
        }
    ));
}

#[tokio::test]
async fn every_way_not_to_reach_a_server_has_its_own_id() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = closed.local_addr().unwrap().to_string();
    drop(closed);
    let clear = clear_server(|_| text("no TLS here")).await.to_string();
    let mut proxy = Running::start().await;
    for (to, id) in [
        (refusing.as_str(), "upstream-refused"),
        ("no-such-host.invalid:443", "upstream-dns"),
        (clear.as_str(), "upstream-tls"),
    ] {
        let mut client = proxy.tls(to, "localhost", &[b"h2", b"http/1.1"]).await;
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = ask(&mut client, request).await;
        assert_marked(&answer, "502 Bad Gateway", id);
        let Notice::UpstreamFailed { id: noticed, .. } = proxy.notice().await else {
            panic!("another notice");
        };
        assert_eq!(noticed, id);
    }
}

#[tokio::test]
async fn a_server_that_comes_up_later_is_found() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let proxy = Running::start().await;
    let mut client = proxy.tunnel(&address.to_string()).await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(read_head(&mut client).await.contains("upstream-refused"));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup")
            .await
            .unwrap();
    });
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(read_all(&mut client).await.ends_with("up"));
}

#[tokio::test]
async fn a_browser_that_opens_the_proxy_is_told_what_it_is() {
    let proxy = Running::start().await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = ask(&mut proxy.connect().await, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("This is grantscope"), "{answer}");
    let request = "GET /ca.pem HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = ask(&mut proxy.connect().await, request).await;
    assert!(answer.ends_with(proxy.authority.ca_pem()), "{answer}");
}

#[tokio::test]
async fn targets_that_no_proxy_understands_are_refused() {
    let proxy = Running::start().await;
    for request in [
        "CONNECT idp.test HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET ftp://idp.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ] {
        let answer = ask(&mut proxy.connect().await, request).await;
        assert_marked(&answer, "400 Bad Request", "request-target");
    }
}

#[tokio::test]
async fn tls_to_the_proxy_itself_is_told_of() {
    let mut proxy = Running::start().await;
    let answer = ask(&mut proxy.connect().await, "\x16\x03\x01\x02\0").await;
    assert_marked(&answer, "400 Bad Request", "request-tls");
    assert!(matches!(
        proxy.notice().await,
        Notice::ClientMisspoke {
            id: "request-tls",
            ..
        }
    ));
}
