//! The clients: what they ask for, and how.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::proxies::Proxy;
use crate::server::{DOWNLOAD_BYTES, DOWNLOAD_MIB, Server};

/// So many requests are under way at a time; a download is alone.
const AT_ONCE: usize = 8;
/// So many requests each client sends before it is measured.
const WARM_UP: usize = 50;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    Http1,
    Http2,
    Connections,
    Tokens,
    Download,
}

impl Mode {
    pub(crate) const ALL: [Self; 5] = [
        Self::Http1,
        Self::Http2,
        Self::Connections,
        Self::Tokens,
        Self::Download,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http1 => "GET, open HTTP/1.1 connection",
            Self::Http2 => "GET, HTTP/2",
            Self::Connections => "GET, new connection",
            Self::Tokens => "token request, open HTTP/1.1 connection",
            Self::Download => "download of a GiB",
        }
    }

    /// A time in microseconds as it is shown.
    pub(crate) fn shown(self, microseconds: f64) -> String {
        match self {
            Self::Download => format!("{:.0} ms", microseconds / 1e3),
            _ => format!("{microseconds:.0} µs"),
        }
    }

    fn request(self, number: usize) -> Request<Full<Bytes>> {
        let (method, path, content) = match self {
            Self::Tokens => ("POST", "/token", refresh(number)),
            Self::Download => ("GET", "/download", String::new()),
            Self::Http1 | Self::Http2 | Self::Connections => ("GET", "/page", String::new()),
        };
        let uri = match self {
            Self::Http2 => format!("https://localhost{path}"),
            _ => path.to_owned(),
        };
        let mut request = Request::builder().method(method).uri(uri);
        if self != Self::Http2 {
            request = request.header("host", "localhost");
        }
        if !content.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        request.body(Full::from(content)).unwrap()
    }
}

/// No two requests present the same token.
fn refresh(number: usize) -> String {
    let token = "pQ7-".repeat(16);
    format!(
        "grant_type=refresh_token&refresh_token={token}{number}&client_id=app&client_secret=s3cret-of-the-app"
    )
}

/// Clients that are connected and warm.
pub(crate) struct Clients(Vec<Client>);

struct Client {
    way: Way,
    sender: Sender,
    sent: usize,
}

#[derive(Clone)]
struct Way {
    proxy: std::net::SocketAddr,
    server: std::net::SocketAddr,
    tls: TlsConnector,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Clients {
    /// Connects as many as the mode has.
    pub(crate) async fn connect(mode: Mode, server: &Server, proxy: &Proxy) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(&proxy.ca).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        let offered: &[u8] = if mode == Mode::Http2 {
            b"h2"
        } else {
            b"http/1.1"
        };
        config.alpn_protocols = vec![offered.to_vec()];
        let way = Way {
            proxy: proxy.address,
            server: server.address,
            tls: TlsConnector::from(Arc::new(config)),
        };
        let count = if mode == Mode::Download { 1 } else { AT_ONCE };
        let mut clients = Vec::new();
        for number in 0..count {
            let mut client = Client {
                sender: way.open(mode).await,
                way: way.clone(),
                sent: number * 1_000_000,
            };
            if mode != Mode::Download {
                for _ in 0..WARM_UP {
                    client.ask(mode).await;
                }
            }
            clients.push(client);
        }
        Self(clients)
    }

    /// Asks for so long, and gives how many units came: requests, or GiB of a download.
    pub(crate) async fn run(self, mode: Mode, lasting: Duration) -> f64 {
        let until = Instant::now() + lasting;
        let mut clients: JoinSet<(Client, u32)> = JoinSet::new();
        for mut client in self.0 {
            clients.spawn(async move {
                let mut asked = 0;
                while asked == 0 || (mode != Mode::Download && Instant::now() < until) {
                    if mode == Mode::Connections {
                        client.sender = client.way.open(mode).await;
                    }
                    client.ask(mode).await;
                    asked += 1;
                }
                (client, asked)
            });
        }
        // The connections stay open until all is done: ending them would be measured as well.
        let requests = clients
            .join_all()
            .await
            .iter()
            .map(|(_, asked)| f64::from(*asked))
            .sum();
        match mode {
            Mode::Download => f64::from(DOWNLOAD_MIB) / 1024.0,
            _ => requests,
        }
    }
}

impl Client {
    async fn ask(&mut self, mode: Mode) {
        self.sent += 1;
        let request = mode.request(self.sent);
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
            Sender::Http2(sender) => {
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
        };
        assert_eq!(response.status(), 200);
        let mut content = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = content.frame().await {
            bytes += frame
                .unwrap()
                .data_ref()
                .map_or(0, |data| data.len() as u64);
        }
        assert!(mode != Mode::Download || bytes == DOWNLOAD_BYTES, "{bytes}");
    }
}

impl Way {
    async fn open(&self, mode: Mode) -> Sender {
        let mut stream = TcpStream::connect(self.proxy).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let port = self.server.port();
        let connect =
            format!("CONNECT localhost:{port} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        stream.write_all(connect.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(
            head.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        let name = ServerName::try_from("localhost").unwrap();
        let io = TokioIo::new(self.tls.connect(name, stream).await.unwrap());
        if mode == Mode::Http2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            return Sender::Http2(sender);
        }
        let (sender, connection) = http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        Sender::Http1(sender)
    }
}
