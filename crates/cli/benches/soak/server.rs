//! The servers behind the proxy: one with TLS for any name below `soak.test`, and one without.

use std::net::SocketAddr;
use std::sync::Arc;

use grantscope_testkit::TestCa;
use rustls::ServerConfig;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
    AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How long the content of a download is.
const DOWNLOAD_BYTES: usize = 1 << 20;

/// The servers, which run until the process ends.
pub(crate) struct Server {
    pub(crate) ca_pem: String,
    pub(crate) addresses: Addresses,
}

/// Where they listen.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) tls: SocketAddr,
    pub(crate) clear: SocketAddr,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let ca = TestCa::new().unwrap();
        let leaf = ca.leaf(&["*.soak.test"]).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.certificate], leaf.key)
            .unwrap();
        let tls = listen(Some(TlsAcceptor::from(Arc::new(config)))).await;
        let clear = listen(None).await;
        Self {
            ca_pem: ca.pem(),
            addresses: Addresses { tls, clear },
        }
    }
}

async fn listen(acceptor: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Clients that leave in the midst are part of the load.
                let _left = match acceptor {
                    Some(acceptor) => match acceptor.accept(stream).await {
                        Ok(stream) => serve(stream).await,
                        Err(_) => None,
                    },
                    None => serve(stream).await,
                };
            });
        }
    });
    address
}

/// Answers requests until the client leaves.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (first, length, upgrades) = head(&mut stream).await?;
        let mut content = vec![0; length];
        stream.read_exact(&mut content).await.ok()?;
        if upgrades {
            let switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
            stream.write_all(switching).await.ok()?;
            return echo(stream).await;
        }
        let answer = answer(&first, &content);
        stream.write_all(&answer).await.ok()?;
        stream.flush().await.ok()?;
    }
}

/// The request line, the length of the content, and whether an upgrade is asked for.
async fn head(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<(String, usize, bool)> {
    let (mut first, mut length, mut upgrades) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line).await.ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(": ") {
            _ if read == 0 => return None,
            _ if line.is_empty() => return Some((first, length, upgrades)),
            Some(("content-length", value)) => length = value.parse().ok()?,
            Some(("upgrade", _)) => upgrades = true,
            _ if first.is_empty() => first = line,
            _ => {}
        }
    }
}

fn answer(first: &str, content: &[u8]) -> Vec<u8> {
    if first.starts_with("get /download") {
        return with_content(
            "200 OK",
            "application/octet-stream",
            &vec![b'x'; DOWNLOAD_BYTES],
        );
    }
    if first.starts_with("post /token") {
        // Every other token is refused.
        let is_odd = content.last().is_some_and(|digit| digit % 2 == 1);
        let (status, body) = if is_odd {
            ("400 Bad Request", &br#"{"error":"invalid_grant","error_description":"the refresh token was used before"}"#[..])
        } else {
            ("200 OK", &br#"{"access_token":"soak-access-token-2718281828","token_type":"Bearer","expires_in":60,"refresh_token":"soak-refresh-token-3141592653"}"#[..])
        };
        return with_content(status, "application/json", body);
    }
    with_content("200 OK", "text/plain", b"hello")
}

fn with_content(status: &str, kind: &str, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), content].concat()
}

async fn echo(mut stream: BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> Option<()> {
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 {
            return stream.shutdown().await.ok();
        }
        stream.write_all(&buffer[..read]).await.ok()?;
        stream.flush().await.ok()?;
    }
}
