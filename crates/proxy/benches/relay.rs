//! What the proxy adds: requests straight to a server and through a tunnel of the proxy, in one run and side by side.
//!
//! `cargo bench -p grantscope-proxy`. Everything runs in this process and on loopback, for about ten seconds. The figures
//! depend on the machine and on what else it does; the ratio of a line depends on them much less.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark ends by a panic where it cannot go on, and prints its figures"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use grantscope_oauth::Exchange;
use grantscope_proxy::{
    CertificateAuthority, Interest, Outcome, Proxy, ProxyConfig, RequestHead, Tap,
};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How often a request is sent over an open connection, and over a connection of its own.
const REQUESTS: usize = 5_000;
const CONNECTIONS: usize = 500;

/// Looks at heads alone, and wants none of the answers: what passes by without OAuth.
struct Uninterested;

impl Tap for Uninterested {
    fn wants(&self, _: &RequestHead<'_>) -> Interest {
        Interest::HeadOnly
    }

    fn wants_answer(&self, _: &http::response::Parts) -> bool {
        false
    }

    fn request_sent(&self, _: Arc<Exchange>) {}

    fn response_received(&self, _: Arc<Exchange>, _: Outcome) {}
}

/// A way to the server: where TCP goes, whether by CONNECT, and whom to trust.
struct Way {
    address: SocketAddr,
    tunnel_to: Option<SocketAddr>,
    tls: TlsConnector,
}

impl Way {
    fn new(
        address: SocketAddr,
        tunnel_to: Option<SocketAddr>,
        root: CertificateDer<'static>,
    ) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        let tls = TlsConnector::from(Arc::new(config));
        Self {
            address,
            tunnel_to,
            tls,
        }
    }

    async fn open(&self) -> SendRequest<Empty<Bytes>> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        if let Some(to) = self.tunnel_to {
            let request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
        }
        let name = ServerName::try_from("localhost").unwrap();
        let stream = self.tls.connect(name, stream).await.unwrap();
        let io = TokioIo::new(stream);
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// The median of the times that requests take, one after the other.
    async fn median_of_requests(&self) -> Duration {
        let mut sender = self.open().await;
        let mut times = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            let began = now();
            ask(&mut sender).await;
            times.push(now().duration_since(began));
        }
        median(times)
    }

    /// The median of the times that connections with one request each take, one after the other.
    async fn median_of_connections(&self) -> Duration {
        let mut times = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let began = now();
            ask(&mut self.open().await).await;
            times.push(now().duration_since(began));
        }
        median(times)
    }
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>) {
    let request = http::Request::get("/").header("host", "localhost");
    let request = request.body(Empty::new()).unwrap();
    sender.ready().await.unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response.into_body().collect().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A server with a certificate of its own, and that certificate.
async fn server() -> (SocketAddr, CertificateDer<'static>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap();
    let certificate = certificate.self_signed(&key).unwrap().der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let service = service_fn(|_| async {
                    let content = Full::new(Bytes::from_static(&[b'x'; 1024]));
                    Ok::<_, Infallible>(http::Response::new(content))
                });
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .ok();
            });
        }
    });
    (address, certificate)
}

#[tokio::main]
async fn main() {
    let (server, certificate) = server().await;
    let dir = tempfile::tempdir().unwrap();
    let roots = dir.path().join("server.pem");
    let text = pem(&certificate);
    std::fs::write(&roots, text).unwrap();
    let authority = CertificateAuthority::open(dir.path()).unwrap();
    let root = CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap();
    let mut config = ProxyConfig::new(authority, Arc::new(Uninterested));
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.upstream_ca = vec![roots];
    let proxy = Proxy::bind(config).await.unwrap();
    let address = proxy.local_addr();
    tokio::spawn(proxy.serve(std::future::pending()));

    let straight = Way::new(server, None, certificate);
    let through = Way::new(address, Some(server), root);
    // The first of each makes what is made once.
    ask(&mut straight.open().await).await;
    ask(&mut through.open().await).await;
    println!("median, one client         straight     through       adds");
    let open = (
        straight.median_of_requests().await,
        through.median_of_requests().await,
    );
    show("request, open connection", open);
    let new = (
        straight.median_of_connections().await,
        through.median_of_connections().await,
    );
    show("request, new connection", new);
}

fn show(what: &str, (straight, through): (Duration, Duration)) {
    let adds = through.saturating_sub(straight);
    println!("{what:<25}{straight:>10.1?}  {through:>10.1?} {adds:>10.1?}");
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
