//! What a client may write for a host and a port: all of it is answered, and what can be reached is.

use std::net::Ipv6Addr;

use grantscope_proxy::Notice;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{
    Running, ask, clear_server, connect_tls, raw_server, read_all, serve, soon, text, tls_server,
};
use crate::ways::Way;

const END: &str = "Host: a\r\nConnection: close\r\n\r\n";

/// What the proxy answers to a request line.
async fn answer(proxy: &Running, line: &str) -> String {
    let request = format!("{line} HTTP/1.1\r\n{END}");
    ask(&mut proxy.connect().await, &request).await
}

fn assert_is(answer: &str, status: u16, id: &str) {
    let status = format!("HTTP/1.1 {status} ");
    let id = format!("x-grantscope-error: {id}\r\n");
    assert!(
        answer.starts_with(&status) && answer.contains(&id),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_no_host_or_port_is_refused_in_our_name() {
    let proxy = Running::start().await;
    for target in [
        "idp.test:65536",
        "idp.test:99999999999999999999",
        "idp.test:-1",
        "idp.test:0x50",
        ":443",
        "[::1",
        "[::1]443",
        "::1:443",
        "gr\u{fc}n.test:443",
        "a b:443",
    ] {
        for line in [format!("CONNECT {target}"), format!("GET http://{target}/")] {
            let answer = answer(&proxy, &line).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
            assert!(
                answer.contains("via: 1.1 grantscope\r\n"),
                "{line}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn a_target_with_characters_that_no_url_has_is_refused() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    for target in ["/<a>", "/?<a>", "/a b"] {
        let request = format!("GET {target} HTTP/1.1\r\n{END}");
        for way in Way::BOTH {
            let mut client = way.to(server, &proxy).await;
            let answer = ask(&mut client, &request).await;
            assert!(
                answer.starts_with("HTTP/1.1 400 "),
                "{way:?}, {target}: {answer}"
            );
            let is_ours = answer.contains("via: 1.1 grantscope");
            assert_eq!(is_ours, way == Way::Through, "{target}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_connected_to_is_told_of() {
    let proxy = Running::start().await;
    for (target, id) in [
        ("127.0.0.1:0", "upstream-refused"),
        // A zone (RFC 6874) is of one machine, and in no certificate.
        ("[fe80::1%25lo]:443", "upstream-dns"),
    ] {
        let answer = answer(&proxy, &format!("GET http://{target}/")).await;
        assert_is(&answer, 502, id);
    }
}

#[tokio::test]
async fn a_name_that_is_too_long_for_the_dns_is_told_of() {
    let proxy = Running::start().await;
    for length in [64, 253, 300, 5_000] {
        let name = "a".repeat(length);
        let answer = answer(&proxy, &format!("GET http://{name}/")).await;
        assert_is(&answer, 502, "upstream-dns");
    }
}

#[tokio::test]
async fn user_information_in_a_url_is_for_nobody() {
    let server = tls_server(&[b"http/1.1"], |request| {
        let asked = format!("{} {:?}", request.uri(), request.headers());
        http::Response::new(asked.into())
    })
    .await;
    let proxy = Running::start().await;
    let answer = answer(&proxy, &format!("GET https://me:s3cret@{server}/x")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("/x ") && answer.contains(&server.to_string()),
        "{answer}"
    );
    assert!(
        !answer.contains("s3cret") && !answer.contains("authorization"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connect_has_no_content() {
    // RFC 9110 §9.3.6: what follows it is the tunnel's, unless somebody reads it as a content that is announced.
    let server = raw_server(|mut stream| async move {
        let mut got = [0; 4];
        stream.read_exact(&mut got).await.ok();
        stream.write_all(&got).await.ok();
    })
    .await;
    let proxy = Running::start().await;
    let asked = async |announced: &str| {
        let mut client = proxy.connect().await;
        let connect = format!("CONNECT {server} HTTP/1.1\r\nHost: a\r\n{announced}\r\n");
        client.write_all(connect.as_bytes()).await.unwrap();
        client.write_all(b"\0\x01\x02\x03").await.unwrap();
        client.shutdown().await.unwrap();
        read_all(&mut client).await
    };
    for announced in ["", "Content-Length: 0\r\n"] {
        let answer = asked(announced).await;
        assert_eq!(answer, "HTTP/1.1 200 OK\r\n\r\n\0\x01\x02\x03");
    }
    for announced in ["Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n"] {
        assert_is(&asked(announced).await, 400, "request-malformed");
    }
}

#[tokio::test]
async fn an_address_in_brackets_is_reached_on_every_way_in() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, |_| text("hello")));
        }
    });
    let proxy = Running::start().await;
    let absolute = answer(&proxy, &format!("GET http://{server}/")).await;
    assert!(absolute.ends_with("hello"), "{absolute}");
    let mut tunnel = proxy.tunnel(&server.to_string()).await;
    let request = format!("GET / HTTP/1.1\r\n{END}");
    assert!(ask(&mut tunnel, &request).await.ends_with("hello"));
}

#[tokio::test]
async fn a_client_of_any_host_is_shown_a_certificate_for_it() {
    let mut proxy = Running::start().await;
    for host in [
        "a".repeat(255),
        "under_score.test".into(),
        "-.test".into(),
        "*".into(),
    ] {
        let mut tunnel = proxy.connect().await;
        let length = u8::try_from(host.len()).unwrap();
        let asks = [
            &b"\x05\x01\0\x05\x01\0\x03"[..],
            &[length],
            host.as_bytes(),
            b"\x01\xbb",
        ];
        tunnel.write_all(&asks.concat()).await.unwrap();
        soon(tunnel.read_exact(&mut [0; 12])).await.unwrap();
        // An address is not named in the hello, so that the tunnel's host counts, for which this client did not ask.
        let connecting = connect_tls(tunnel, "127.0.0.1", proxy.root(), &[b"http/1.1"]);
        let error = soon(connecting).await.unwrap_err().to_string();
        assert!(
            error.contains(&format!("only valid for DnsName(\"{host}\")")),
            "{error}"
        );
        let notice = proxy.notice().await;
        let is_told = matches!(&notice, Notice::ClientRejectedCertificate { host: told, .. } if *told == format!("{host}:443"));
        assert!(is_told, "{notice:?}");
    }
}
