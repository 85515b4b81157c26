//! The server behind the proxies: a small page, tokens that differ each time, and a download.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How long a download is.
pub(crate) const DOWNLOAD_MIB: u32 = 256;
pub(crate) const DOWNLOAD_BYTES: u64 = (DOWNLOAD_MIB as u64) << 20;

/// A server that listens.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Its certificate, which the proxies trust.
    pub(crate) certificate: PathBuf,
    _directory: TempDir,
}

/// Starts it.
pub(crate) async fn start() -> Server {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost".to_owned()];
    let certified = rcgen::CertificateParams::new(names).unwrap();
    let certified = certified.self_signed(&key).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let certificate = directory.path().join("server.pem");
    std::fs::write(&certificate, certified.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certified.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config))));
    Server {
        address,
        certificate,
        _directory: directory,
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(stream, acceptor.clone()));
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor) {
    stream.set_nodelay(true).unwrap();
    // A proxy that is ended breaks its connections off.
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await
        .ok();
}

async fn answer(
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path().to_owned();
    request.into_body().collect().await.ok();
    Ok(match path.as_str() {
        "/token" => Response::builder()
            .header("content-type", "application/json")
            .header("cache-control", "no-store")
            .body(Full::from(tokens()).boxed())
            .unwrap(),
        "/download" => Response::new(Download(DOWNLOAD_BYTES).boxed()),
        _ => Response::new(Full::from(vec![b'x'; 1024]).boxed()),
    })
}

/// Tokens as long as usual. No two answers have the same, so that nothing is gained by remembering them.
fn tokens() -> String {
    static ISSUED: AtomicU64 = AtomicU64::new(0);
    let number = ISSUED.fetch_add(1, Ordering::Relaxed);
    let (access, refresh) = ("aB3_".repeat(160), "xY9-".repeat(16));
    format!(
        r#"{{"access_token":"{access}{number}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}{number}","scope":"openid profile"}}"#
    )
}

/// So many bytes, in pieces.
struct Download(u64);

static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

impl Body for Download {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.min(PIECE.len() as u64);
        self.0 -= piece;
        let piece = &PIECE[..usize::try_from(piece).unwrap()];
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(Bytes::from_static(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}
