//! The clients: each kind does one thing again and again, until it is told to stop.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::server::Addresses;

/// The pause of a client between two things, which keeps the load steady and the machine free for others.
const PAUSE: Duration = Duration::from_millis(20);
/// So many requests go over one connection that is kept alive.
const REQUESTS_PER_CONNECTION: u64 = 500;
/// How long a client that stops in the midst stays.
const HALF_OPEN_FOR: Duration = Duration::from_secs(2);
/// A thing that takes longer has hung.
const HUNG_AFTER: Duration = Duration::from_mins(1);

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    KeepAlive,
    NewConnection,
    NewHost,
    Token,
    Upload,
    Cleartext,
    WebSocket,
    Aborted,
    HalfOpen,
}

/// Each kind, and how many clients do it at a time.
const KINDS: [(Kind, u64); 9] = [
    (Kind::KeepAlive, 4),
    (Kind::NewConnection, 2),
    (Kind::NewHost, 1),
    (Kind::Token, 3),
    (Kind::Upload, 1),
    (Kind::Cleartext, 2),
    (Kind::WebSocket, 1),
    (Kind::Aborted, 2),
    (Kind::HalfOpen, 8),
];

/// How often each was done, and how often it failed.
#[derive(Clone, Default)]
pub(crate) struct Counts(BTreeMap<Kind, (u64, u64)>);

impl Counts {
    fn count(&mut self, kind: Kind, failed: bool) {
        let (done, faults) = self.0.entry(kind).or_default();
        *done += 1;
        *faults += u64::from(failed);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |(kind, (done, failed)): (&Kind, &(u64, u64))| {
            format!("{kind:?} {done} ({failed} failed)")
        };
        let all: Vec<_> = self.0.iter().map(text).collect();
        f.write_str(&all.join(", "))
    }
}

/// The clients, under way.
pub(crate) struct Load {
    clients: JoinSet<()>,
    stop: watch::Sender<bool>,
    counts: Arc<Mutex<Counts>>,
}

/// What a client needs.
#[derive(Clone)]
struct Way {
    proxy: SocketAddr,
    servers: Addresses,
    tls: TlsConnector,
}

impl Load {
    pub(crate) fn start(proxy: SocketAddr, ca_pem: &str, servers: Addresses) -> Self {
        let tls = connector(ca_pem);
        let way = Way {
            proxy,
            servers,
            tls,
        };
        let (stop, stopping) = watch::channel(false);
        let counts = Arc::<Mutex<Counts>>::default();
        let mut clients = JoinSet::new();
        for (kind, number) in KINDS
            .iter()
            .flat_map(|&(kind, count)| (0..count).map(move |it| (kind, it)))
        {
            clients.spawn(client(
                kind,
                number,
                way.clone(),
                stopping.clone(),
                Arc::clone(&counts),
            ));
        }
        Self {
            clients,
            stop,
            counts,
        }
    }

    pub(crate) async fn stop(mut self) -> Counts {
        self.stop.send_replace(true);
        while self.clients.join_next().await.is_some() {}
        self.counts.lock().unwrap().clone()
    }
}

fn connector(ca_pem: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn client(
    kind: Kind,
    number: u64,
    way: Way,
    stopping: watch::Receiver<bool>,
    counts: Arc<Mutex<Counts>>,
) {
    let mut round = number << 32;
    let mut open = None;
    while !*stopping.borrow() {
        round += 1;
        let did = timeout(HUNG_AFTER, way.does(kind, round, &mut open)).await;
        let failed = !matches!(did, Ok(Ok(())));
        if failed {
            open = None;
        }
        counts.lock().unwrap().count(kind, failed);
        sleep(PAUSE).await;
    }
}

type Open = Option<TlsStream<TcpStream>>;

impl Way {
    async fn does(&self, kind: Kind, round: u64, open: &mut Open) -> io::Result<()> {
        match kind {
            Kind::KeepAlive => {
                if round % REQUESTS_PER_CONNECTION == 1 {
                    *open = None;
                }
                let stream = match open {
                    Some(stream) => stream,
                    None => open.insert(self.tunnel("kept.soak.test").await?),
                };
                get(stream, "/").await
            }
            Kind::NewConnection => get(&mut self.tunnel("new.soak.test").await?, "/").await,
            Kind::NewHost => {
                get(&mut self.tunnel(&format!("h{round}.soak.test")).await?, "/").await
            }
            Kind::Token => {
                let mut stream = self.tunnel("idp.soak.test").await?;
                let form = format!(
                    "grant_type=refresh_token&client_id=soak&refresh_token=made-up-token-{round}"
                );
                post(&mut stream, "/token", form.as_bytes()).await
            }
            Kind::Upload => {
                let mut stream = self.tunnel("new.soak.test").await?;
                post(&mut stream, "/upload", &vec![b'x'; 256 * 1024]).await
            }
            Kind::Cleartext => self.cleartext().await,
            Kind::WebSocket => self.web_socket().await,
            Kind::Aborted => self.aborted(round).await,
            Kind::HalfOpen => self.half_open(round).await,
        }
    }

    /// A tunnel to the server with TLS in it, to a server of this name.
    async fn tunnel(&self, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut stream = TcpStream::connect(self.proxy).await?;
        let server = self.servers.tls;
        let connect = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n");
        stream.write_all(connect.as_bytes()).await?;
        read_head(&mut stream).await?;
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        self.tls.connect(name, stream).await
    }

    async fn cleartext(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.proxy).await?;
        let server = self.servers.clear;
        get(&mut stream, &format!("http://{server}/")).await
    }

    async fn web_socket(&self) -> io::Result<()> {
        let mut stream = self.tunnel("socket.soak.test").await?;
        let upgrade =
            b"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        stream.write_all(upgrade).await?;
        read_head(&mut stream).await?;
        for _ in 0..10 {
            stream.write_all(b"\x81\x05hello").await?;
            let mut frame = [0; 7];
            stream.read_exact(&mut frame).await?;
        }
        stream.shutdown().await
    }

    /// Leaves in the midst of a request, of an answer, or of a handshake.
    async fn aborted(&self, round: u64) -> io::Result<()> {
        if round.is_multiple_of(3) {
            let mut stream = TcpStream::connect(self.proxy).await?;
            let server = self.servers.tls;
            stream
                .write_all(format!("CONNECT {server} HTTP/1.1\r\n\r\n").as_bytes())
                .await?;
            read_head(&mut stream).await?;
            return stream.write_all(b"\x16\x03\x01\x02").await;
        }
        let mut stream = self.tunnel("new.soak.test").await?;
        if round % 3 == 1 {
            return stream
                .write_all(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nhalf")
                .await;
        }
        stream
            .write_all(b"GET /download HTTP/1.1\r\nHost: a\r\n\r\n")
            .await?;
        let mut beginning = [0; 1024];
        stream.read_exact(&mut beginning).await.map(drop)
    }

    /// Stops in the midst and stays.
    async fn half_open(&self, round: u64) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.proxy).await?;
        if round.is_multiple_of(2) {
            stream
                .write_all(b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost:")
                .await?;
        }
        sleep(HALF_OPEN_FOR).await;
        Ok(())
    }
}

async fn get(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str) -> io::Result<()> {
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
        .await?;
    read_answer(stream).await
}

async fn post(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    path: &str,
    content: &[u8],
) -> io::Result<()> {
    let length = content.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: idp.soak.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(content).await?;
    read_answer(stream).await
}

async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let head = read_head(stream).await?.to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let length = length
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).await?;
    // An answer of grantscope's own says that something went wrong.
    if head.contains("x-grantscope-error") {
        return Err(io::Error::other(
            "grantscope answered in place of the server",
        ));
    }
    Ok(())
}

/// Reads byte by byte, since what comes after the header is not for here.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
