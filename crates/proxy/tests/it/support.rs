//! A proxy with a recording tap, servers with certificates of their own, and clients that trust the proxy.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use grantscope_oauth::Exchange;
use grantscope_proxy::{
    CertificateAuthority, Control, Interest, Notice, Outcome, Proxy, ProxyConfig, RequestHead,
    Summary, Tap,
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// An event that does not come within this time is not coming.
pub(crate) const EVENT_MAX: Duration = Duration::from_secs(20);

/// A response with this field is of no interest to the tap, where the head of it decides.
pub(crate) const DULL: &str = "x-dull";

/// What a tap was told.
#[derive(Debug)]
pub(crate) enum Told {
    Sent(Arc<Exchange>),
    Received(Arc<Exchange>, Outcome),
    Notice(Notice),
}

struct Recorder {
    told: mpsc::UnboundedSender<Told>,
    interest: Interest,
}

impl Tap for Recorder {
    fn wants(&self, _: &RequestHead<'_>) -> Interest {
        self.interest
    }

    fn wants_answer(&self, response: &http::response::Parts) -> bool {
        !response.headers.contains_key(DULL)
    }

    fn request_sent(&self, exchange: Arc<Exchange>) {
        self.told.send(Told::Sent(exchange)).ok();
    }

    fn response_received(&self, exchange: Arc<Exchange>, outcome: Outcome) {
        self.told.send(Told::Received(exchange, outcome)).ok();
    }

    fn notice(&self, notice: Notice) {
        // In most tests the names are any.
        if !matches!(notice, Notice::NamesDisagree { .. }) {
            self.told.send(Told::Notice(notice)).ok();
        }
    }
}

/// A tap that tells what it is told.
pub(crate) fn tap(told: mpsc::UnboundedSender<Told>) -> Arc<dyn Tap> {
    Arc::new(Recorder {
        told,
        interest: Interest::Full,
    })
}

/// A proxy that runs until it is stopped, or the test is over.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) reverse: Vec<SocketAddr>,
    pub(crate) authority: CertificateAuthority,
    /// Changes it while it runs.
    pub(crate) control: Control,
    /// What it was set up with.
    pub(crate) config: ProxyConfig,
    told: mpsc::UnboundedReceiver<Told>,
    stop: Option<oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<Summary>,
    _dir: tempfile::TempDir,
}

impl Running {
    /// A proxy that trusts the test servers.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(configure: impl FnOnce(&mut ProxyConfig)) -> Self {
        Self::start_interested(Interest::Full, configure).await
    }

    pub(crate) async fn start_interested(
        interest: Interest,
        configure: impl FnOnce(&mut ProxyConfig),
    ) -> Self {
        let (sender, told) = mpsc::unbounded_channel();
        let recorder = Recorder {
            told: sender,
            interest,
        };
        let dir = tempfile::tempdir().unwrap();
        let authority = CertificateAuthority::open(dir.path()).unwrap();
        let mut config = ProxyConfig::new(authority.clone(), Arc::new(recorder));
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.upstream_ca = vec![server_authority_file()];
        configure(&mut config);
        let proxy = Proxy::bind(config.clone()).await.unwrap();
        let (address, control) = (proxy.local_addr(), proxy.control());
        let reverse = proxy.reverse_addrs().collect();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            let shutdown = async {
                stopped.await.ok();
            };
            proxy.serve(shutdown).await.unwrap()
        });
        Self {
            address,
            reverse,
            authority,
            control,
            config,
            told,
            stop: Some(stop),
            served,
            _dir: dir,
        }
    }

    /// What the tap is told next.
    pub(crate) async fn told(&mut self) -> Told {
        soon(self.told.recv()).await.expect("the tap is gone")
    }

    pub(crate) async fn sent(&mut self) -> Arc<Exchange> {
        match self.told().await {
            Told::Sent(exchange) => exchange,
            other => panic!("not a request: {other:?}"),
        }
    }

    pub(crate) async fn received(&mut self) -> (Arc<Exchange>, Outcome) {
        match self.told().await {
            Told::Received(exchange, outcome) => (exchange, outcome),
            other => panic!("not a response: {other:?}"),
        }
    }

    /// An exchange of which the tap was told in order.
    pub(crate) async fn exchange(&mut self) -> Arc<Exchange> {
        let sent = self.sent().await;
        assert!(sent.response.is_none());
        let (exchange, outcome) = self.received().await;
        assert_eq!(exchange.id, sent.id);
        assert_eq!(outcome, Outcome::Answered);
        exchange
    }

    pub(crate) async fn notice(&mut self) -> Notice {
        match self.told().await {
            Told::Notice(notice) => notice,
            other => panic!("not a notice: {other:?}"),
        }
    }

    /// Whether the tap was told anything that was not asked for.
    pub(crate) fn has_told_more(&mut self) -> bool {
        self.told.try_recv().is_ok()
    }

    pub(crate) fn begin_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).ok();
    }

    pub(crate) async fn stopped(self) -> Summary {
        soon(self.served).await.unwrap()
    }

    pub(crate) async fn stop(mut self) -> Summary {
        self.begin_to_stop();
        self.stopped().await
    }

    /// A connection to the proxy.
    pub(crate) async fn connect(&self) -> TcpStream {
        connect(self.address).await
    }

    /// A tunnel through the proxy.
    pub(crate) async fn tunnel(&self, to: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: test/1\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        stream
    }

    /// TLS through the proxy by a client that trusts it.
    pub(crate) async fn tls(
        &self,
        to: &str,
        name: &str,
        alpn: &[&[u8]],
    ) -> client::TlsStream<TcpStream> {
        let tunnel = self.tunnel(to).await;
        soon(connect_tls(tunnel, name, self.root(), alpn))
            .await
            .unwrap()
    }

    /// The certificate of the proxy's authority.
    pub(crate) fn root(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.authority.ca_pem().as_bytes()).unwrap()
    }
}

/// A connection on which small messages do not wait for each other.
pub(crate) async fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The other end of such a connection.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// TLS by a client that trusts one certificate.
pub(crate) async fn connect_tls(
    stream: TcpStream,
    name: &str,
    root: CertificateDer<'static>,
    alpn: &[&[u8]],
) -> std::io::Result<client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(client_config(root, alpn)))
        .connect(name, stream)
        .await
}

/// How a client speaks TLS that trusts one certificate.
pub(crate) fn client_config(root: CertificateDer<'static>, alpn: &[&[u8]]) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Waits for what must come, for a bounded time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(EVENT_MAX, future)
        .await
        .expect("an event did not come")
}

/// The head of a message, up to and with the empty line.
pub(crate) async fn read_head<T: AsyncRead + Unpin>(stream: &mut T) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// All that comes until the end.
pub(crate) async fn read_all<T: AsyncRead + Unpin>(stream: &mut T) -> String {
    let mut all = Vec::new();
    match soon(stream.read_to_end(&mut all)).await {
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => panic!("{error}"),
        _ => {}
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Sends a request and reads all of the answer, which ends with the connection.
pub(crate) async fn ask<T: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut T,
    request: &str,
) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    read_all(stream).await
}

/// Sends a request over HTTP/2 and gives the answer with its content.
pub(crate) async fn ask_http2<T>(stream: T, request: Request<Full<Bytes>>) -> Response<Bytes>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = soon(sender.send_request(request)).await.unwrap();
    let (parts, content) = response.into_parts();
    Response::from_parts(parts, soon(content.collect()).await.unwrap().to_bytes())
}

/// A request as a server got it.
pub(crate) type Got = Request<Bytes>;

/// A server over `stream` that answers by `answer`, in either version of HTTP.
pub(crate) async fn serve<T, F>(stream: T, answer: F)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Got) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let (parts, content) = request.into_parts();
            let content = content.collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(answer(Request::from_parts(parts, content)))
        }
    });
    hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

/// A server that speaks TLS, for each of these ALPN protocols in this order of preference.
pub(crate) async fn tls_server<F>(alpn: &[&[u8]], answer: F) -> SocketAddr
where
    F: Fn(Got) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
{
    tls_raw_server(alpn, move |stream| {
        let answer = answer.clone();
        async move { serve(stream, answer).await }
    })
    .await
}

/// A server that does with each TLS connection whatever is wanted.
pub(crate) async fn tls_raw_server<F, D>(alpn: &[&[u8]], each: F) -> SocketAddr
where
    F: Fn(server::TlsStream<TcpStream>) -> D + Send + Sync + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    tls_raw_server_with(server_config(alpn), each).await
}

/// The same, with a configuration of its own.
pub(crate) async fn tls_raw_server_with<F, D>(config: rustls::ServerConfig, each: F) -> SocketAddr
where
    F: Fn(server::TlsStream<TcpStream>) -> D + Send + Sync + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let each = Arc::new(each);
    raw_server(move |stream| {
        let acceptor = acceptor.clone();
        let each = Arc::clone(&each);
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                each(stream).await;
            }
        }
    })
    .await
}

/// The server's end of a TLS connection, for these ALPN protocols.
pub(crate) async fn accept_tls(stream: TcpStream, alpn: &[&[u8]]) -> server::TlsStream<TcpStream> {
    let acceptor = TlsAcceptor::from(Arc::new(server_config(alpn)));
    soon(acceptor.accept(stream)).await.unwrap()
}

/// A cleartext server that answers by `answer`.
pub(crate) async fn clear_server<F>(answer: F) -> SocketAddr
where
    F: Fn(Got) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
{
    raw_server(move |stream| serve(stream, answer.clone())).await
}

/// A server that does with each connection whatever is wanted.
pub(crate) async fn raw_server<F, D>(each: F) -> SocketAddr
where
    F: Fn(TcpStream) -> D + Send + Sync + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            tokio::spawn(each(accept(&listener).await));
        }
    });
    address
}

/// An answer with a text.
pub(crate) fn text(text: &'static str) -> Response<Full<Bytes>> {
    Response::new(Full::from(text))
}

/// The certificate authority of the test servers.
struct ServerAuthority {
    file: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    _dir: tempfile::TempDir,
}

static SERVER_AUTHORITY: LazyLock<ServerAuthority> = LazyLock::new(|| {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = rcgen::CertifiedIssuer::self_signed(params, ca_key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost", "idp.test", "127.0.0.1"].map(String::from);
    let params = rcgen::CertificateParams::new(names).unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("servers.pem");
    std::fs::write(&file, issuer.pem()).unwrap();
    ServerAuthority {
        file,
        certificates: vec![leaf.der().clone()],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        _dir: dir,
    }
});

pub(crate) fn server_authority_file() -> PathBuf {
    SERVER_AUTHORITY.file.clone()
}

pub(crate) fn server_authority() -> CertificateDer<'static> {
    CertificateDer::from_pem_file(server_authority_file()).unwrap()
}

fn server_config(alpn: &[&[u8]]) -> rustls::ServerConfig {
    let nobody = rustls::server::WebPkiClientVerifier::no_client_auth();
    server_config_with(alpn, rustls::DEFAULT_VERSIONS, nobody)
}

/// A test server that asks clients who they are.
pub(crate) fn server_config_with(
    alpn: &[&[u8]],
    versions: &[&'static rustls::SupportedProtocolVersion],
    clients: Arc<dyn rustls::server::danger::ClientCertVerifier>,
) -> rustls::ServerConfig {
    let authority = &*SERVER_AUTHORITY;
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(authority.certificates.clone(), authority.key.clone_key())
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    config
}
