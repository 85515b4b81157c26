//! The first message of TLS, however it comes, and what the server gets of it.

use std::io::{Cursor, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConnection;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::LazyConfigAcceptor;

use crate::support::{
    Running, client_config, connect, connect_tls, raw_server, server_authority, soon, text,
    tls_server,
};
use crate::ways::Way;

/// A client that cuts its hello into records of its own choice.
struct Cutting {
    stream: TcpStream,
    tls: ClientConnection,
}

impl Cutting {
    async fn connect(
        mut stream: TcpStream,
        root: CertificateDer<'static>,
        alpn: &[&[u8]],
        record_len: usize,
    ) -> Self {
        let name = ServerName::try_from("localhost").unwrap();
        let config = Arc::new(client_config(root, alpn));
        let mut tls = ClientConnection::new(config, name).unwrap();
        let mut hello = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut hello).unwrap();
        }
        stream.write_all(&recut(&hello, record_len)).await.unwrap();
        let mut client = Self { stream, tls };
        while client.tls.is_handshaking() {
            client.turn().await;
        }
        client
    }

    /// Writes what there is to write, and reads something.
    async fn turn(&mut self) {
        self.write().await;
        let mut read = vec![0; 16 * 1024];
        let count = soon(self.stream.read(&mut read)).await.unwrap();
        assert!(count > 0, "the connection ended");
        let mut read = Cursor::new(&read[..count]);
        while read.position() < u64::try_from(count).unwrap() {
            self.tls.read_tls(&mut read).unwrap();
            self.tls.process_new_packets().unwrap();
        }
        self.write().await;
    }

    async fn write(&mut self) {
        let mut bytes = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut bytes).unwrap();
        }
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn ask(&mut self) -> String {
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        self.tls.writer().write_all(request).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"hello") {
            self.turn().await;
            // What is not there yet is no error.
            self.tls.reader().read_to_end(&mut answer).ok();
        }
        String::from_utf8(answer).unwrap()
    }
}

/// The same handshake messages in records of this length (RFC 8446 §5.1).
fn recut(records: &[u8], record_len: usize) -> Vec<u8> {
    let mut messages = Vec::new();
    let mut rest = records;
    while let [0x16, _, _, high, low, after @ ..] = rest {
        let (content, next) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        messages.extend_from_slice(content);
        rest = next;
    }
    assert!(rest.is_empty());
    let cut = messages.chunks(record_len).flat_map(|content| {
        let len = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x16, 3, 1], &len[..], content].concat()
    });
    cut.collect()
}

#[tokio::test]
async fn a_hello_in_many_records_is_read() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let proxy = Running::start().await;
    for record_len in [1, 5, 100] {
        let straight = connect(server).await;
        let through = proxy.tunnel(&server.to_string()).await;
        for (stream, root) in [(straight, server_authority()), (through, proxy.root())] {
            let mut client = Cutting::connect(stream, root, &[b"http/1.1"], record_len).await;
            let answer = client.ask().await;
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_hello_of_more_than_a_record_is_read() {
    let protocols: Vec<String> = (0..1500)
        .map(|number| format!("protocol-{number:05}"))
        .collect();
    let mut alpn: Vec<&[u8]> = protocols.iter().map(String::as_bytes).collect();
    alpn.push(b"http/1.1");
    assert!(alpn.iter().map(|protocol| protocol.len()).sum::<usize>() > 16 * 1024);
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let proxy = Running::start().await;
    for record_len in [100, 16 * 1024] {
        let straight = connect(server).await;
        let through = proxy.tunnel(&server.to_string()).await;
        for (stream, root) in [(straight, server_authority()), (through, proxy.root())] {
            let mut client = Cutting::connect(stream, root, &alpn, record_len).await;
            let answer = client.ask().await;
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_hello_without_end_is_given_up() {
    let server = tls_server(&[b"http/1.1"], |_| text("hello")).await;
    let proxy = Running::start().await;
    // A hello of 16 MiB is announced, and comes in records of 16 KiB.
    let mut record = vec![0x16, 3, 1, 0x40, 0];
    record.extend([1, 0xff, 0xff, 0xff]);
    record.resize(5 + 0x4000, 0);
    for way in Way::BOTH {
        let mut client = way.to(server, &proxy).await;
        let (mut reader, mut writer) = client.split();
        let sending = async {
            let mut sent = 0;
            while sent < 16 * 1024 * 1024 && writer.write_all(&record).await.is_ok() {
                sent += record.len();
            }
            sent
        };
        let mut answer = Vec::new();
        let both = async { tokio::join!(sending, reader.read_to_end(&mut answer)) };
        let (sent, _) = soon(both).await;
        assert!(sent < 16 * 1024 * 1024, "{way:?}");
    }
}

/// The name and the protocols that a server is asked for.
type Asked = (Option<String>, Vec<Vec<u8>>);

/// A server that tells what each hello asks it for.
async fn telling() -> (SocketAddr, mpsc::UnboundedReceiver<Asked>) {
    let (told, tells) = mpsc::unbounded_channel();
    let address = raw_server(move |stream| {
        let told = told.clone();
        async move {
            let hello = LazyConfigAcceptor::new(Acceptor::default(), stream)
                .await
                .unwrap();
            let hello = hello.client_hello();
            let name = hello.server_name().map(str::to_owned);
            let protocols = hello.alpn().into_iter().flatten();
            told.send((name, protocols.map(<[u8]>::to_vec).collect()))
                .unwrap();
        }
    })
    .await;
    (address, tells)
}

#[tokio::test]
async fn the_server_is_offered_what_the_client_offers() {
    let (server, mut asked) = telling().await;
    let proxy = Running::start().await;
    for (name, alpn) in [
        ("localhost", &[&b"h2"[..], b"http/1.1"][..]),
        ("idp.test", &[b"http/1.1"]),
        ("idp.test", &[b"acme-tls/1"]),
        ("idp.test", &[b"x", b"h2", b"y"]),
        ("localhost", &[]),
        // An address has no server name.
        ("127.0.0.1", &[b"h2"]),
    ] {
        let straight = connect(server).await;
        let through = proxy.tunnel(&server.to_string()).await;
        let mut seen = Vec::new();
        for stream in [straight, through] {
            // The server leaves after the hello.
            let root = proxy.root();
            drop(connect_tls(stream, name, root, alpn).await);
            seen.push(soon(asked.recv()).await.unwrap());
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].1, alpn);
    }
}
