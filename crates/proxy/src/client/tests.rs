//! A client that has to present a token, and does not get to this machine by a name. Its address is made up, since all clients of a test are on this machine.

use std::sync::{Arc, Mutex};

use grantscope_oauth::Exchange;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;
use crate::ca::CertificateAuthority;
use crate::config::ProxyConfig;
use crate::listen::Proxy;
use crate::tap::{Outcome, Tap};

const TOKEN: &str = "a-token-of-24-characters";
const EVENT_MAX: Duration = Duration::from_secs(20);

/// Keeps what it is told, as text.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Tap for Told {
    fn request_sent(&self, exchange: Arc<Exchange>) {
        self.0.lock().unwrap().push(format!("{exchange:?}"));
    }

    fn response_received(&self, exchange: Arc<Exchange>, _: Outcome) {
        self.0.lock().unwrap().push(format!("{exchange:?}"));
    }
}

/// A connection of a client on another machine, and what the tap is told.
async fn remote() -> (TcpStream, Arc<Told>) {
    let directory = tempfile::tempdir().unwrap();
    let authority = CertificateAuthority::open(directory.path()).unwrap();
    let told = Arc::new(Told::default());
    let mut config = ProxyConfig::new(authority, Arc::clone(&told) as _);
    config.listen = "127.0.0.1:0".parse().unwrap();
    let proxy = Proxy::bind(config).await.unwrap();
    let (shared, token) = (proxy.shared(), TOKEN.parse().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    tokio::spawn(async move {
        let _alive = (proxy, directory);
        let address = "192.0.2.7:4000".parse().unwrap();
        run(shared, accepted, address, Some(token)).await
    });
    (client, told)
}

/// All that is answered to this.
async fn answer(client: &mut TcpStream, request: &[u8]) -> String {
    client.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let reading = client.read_to_end(&mut answer);
    timeout(EVENT_MAX, reading).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn next<const LEN: usize>(client: &mut TcpStream) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let reading = client.read_exact(&mut bytes);
    timeout(EVENT_MAX, reading).await.unwrap().unwrap();
    bytes
}

#[tokio::test]
async fn who_presents_no_token_is_asked_for_it() {
    for request in [
        "CONNECT idp.test:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET http://idp.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "CONNECT idp.test:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Proxy-Authorization: Bearer another-of-24-characters\r\n\r\n",
    ] {
        let (mut client, told) = remote().await;
        let answer = answer(&mut client, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 407 "), "{answer}");
        for field in [
            "x-grantscope-error: client-not-authenticated\r\n",
            "proxy-authenticate: Basic realm=\"grantscope\"\r\n",
            "proxy-authenticate: Bearer realm=\"grantscope\"\r\n",
        ] {
            assert!(answer.contains(field), "{answer}");
        }
        assert!(
            !answer.contains("another-of") && !answer.contains(TOKEN),
            "{answer}"
        );
        assert!(told.0.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_certificate_is_for_everybody() {
    let (mut client, _) = remote().await;
    let request = b"GET /ca.pem HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = answer(&mut client, request).await;
    assert!(answer.contains("BEGIN CERTIFICATE"), "{answer}");
}

#[tokio::test]
async fn who_presents_the_token_is_served_and_nobody_else_sees_it() {
    let (mut client, _) = remote().await;
    let connect = format!(
        "CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Bearer {TOKEN}\r\n\r\n"
    );
    client.write_all(connect.as_bytes()).await.unwrap();
    assert_eq!(&next::<12>(&mut client).await, b"HTTP/1.1 200");

    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = server.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(char::from(stream.read_u8().await.unwrap()));
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(answer).await.unwrap();
        head
    });
    let (mut client, told) = remote().await;
    let request = format!(
        "GET http://{to}/ HTTP/1.1\r\nHost: a\r\nProxy-Authorization: bearer {TOKEN}\r\n\
         Connection: close\r\n\r\n"
    );
    let answer = answer(&mut client, request.as_bytes()).await;
    assert!(answer.ends_with("ok"), "{answer}");
    let head = timeout(EVENT_MAX, serving).await.unwrap().unwrap();
    assert!(
        !head.to_ascii_lowercase().contains("proxy-authorization"),
        "{head}"
    );
    let told = told.0.lock().unwrap().join("\n");
    assert!(
        told.contains("concealed") && !told.contains(TOKEN),
        "{told}"
    );
}

#[tokio::test]
async fn a_client_of_socks_presents_it_as_its_password() {
    let (mut client, _) = remote().await;
    client.write_all(b"\x05\x01\0").await.unwrap();
    assert_eq!(next(&mut client).await, [5, 0xff]);
    for (password, status) in [("another-of-24-characters", 1), (TOKEN, 0)] {
        let (mut client, _) = remote().await;
        client.write_all(b"\x05\x02\0\x02").await.unwrap();
        assert_eq!(next(&mut client).await, [5, 2]);
        let said = [b"\x01\x02me\x18", password.as_bytes()].concat();
        client.write_all(&said).await.unwrap();
        assert_eq!(next(&mut client).await, [1, status]);
    }
}

/// A name for loopback that says nothing of it, as one in the DNS may be: the resolver takes it for `127.0.0.1`
/// (`inet_aton`), and no other name of this kind is on every machine.
#[cfg(unix)]
const REBOUND: &str = "127.1";

#[cfg(unix)]
#[tokio::test]
async fn a_name_leads_a_client_of_another_machine_not_to_this_one() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("{REBOUND}:{}", server.local_addr().unwrap().port());
    // To this machine itself the name leads there.
    let straight = TcpStream::connect(&to).await.unwrap();
    server.accept().await.unwrap();
    drop(straight);

    let proves = format!("Host: a\r\nProxy-Authorization: Bearer {TOKEN}\r\n");
    let (mut client, _) = remote().await;
    let request = format!("GET http://{to}/ HTTP/1.1\r\n{proves}Connection: close\r\n\r\n");
    assert_is_refused(&answer(&mut client, request.as_bytes()).await);

    let (mut client, _) = remote().await;
    let tunnel = format!("CONNECT {to} HTTP/1.1\r\n{proves}\r\n");
    let request = "GET / HTTP/1.1\r\nHost: idp.test\r\nConnection: close\r\n\r\n";
    let answered = answer(&mut client, (tunnel + request).as_bytes()).await;
    assert_is_refused(answered.split_once("\r\n\r\n").unwrap().1);

    let reached = timeout(Duration::ZERO, server.accept()).await;
    assert!(reached.is_err(), "this machine was reached by {REBOUND}");
}

#[cfg(unix)]
fn assert_is_refused(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let error = "x-grantscope-error: upstream-loopback\r\n";
    assert!(answer.contains(error), "{answer}");
}
