//! HTTPS, directly or through a proxy by CONNECT (RFC 9110 §9.3.6). Each request has a connection of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, LOCATION};
use http::{Method, Request, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Empty, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Error;
use crate::clock::Stopwatch;
use crate::test_ca::crypto;

/// A client that trusts one CA and follows no redirect.
#[derive(Clone)]
pub struct HttpClient {
    proxy: Option<SocketAddr>,
    tls: TlsConnector,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The version that was spoken, with the proxy or the server.
    pub version: Version,
    /// The header fields.
    pub headers: HeaderMap,
    /// The content.
    pub body: Bytes,
    /// From the beginning of the connection to the end of the response.
    pub elapsed: Duration,
}

/// Where a request goes.
struct Target {
    host: String,
    port: u16,
}

impl HttpClient {
    /// A client for HTTP/1.1 that goes through the proxy, or directly where there is none, and trusts these certificates.
    pub fn new(proxy: Option<SocketAddr>, ca_pem: &str) -> Result<Self, Error> {
        Self::with_alpn(proxy, ca_pem, b"http/1.1")
    }

    /// The same for HTTP/2.
    pub fn http2(proxy: Option<SocketAddr>, ca_pem: &str) -> Result<Self, Error> {
        Self::with_alpn(proxy, ca_pem, b"h2")
    }

    fn with_alpn(proxy: Option<SocketAddr>, ca_pem: &str, alpn: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
            roots.add(certificate.map_err(Error::Trust)?)?;
        }
        let mut config = ClientConfig::builder_with_provider(crypto())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(Self {
            proxy,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Fetches a URL.
    pub async fn fetch(&self, url: &str) -> Result<Reply, Error> {
        self.send(Request::builder().uri(url), Bytes::new()).await
    }

    /// Posts a form (`application/x-www-form-urlencoded`) that is encoded already, with further header fields.
    pub async fn post(&self, url: &str, form: String, fields: HeaderMap) -> Result<Reply, Error> {
        let mut request = Request::builder().method(Method::POST).uri(url);
        if let Some(headers) = request.headers_mut() {
            headers.extend(fields);
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(CONTENT_TYPE, form);
        }
        self.send(request, form.into()).await
    }

    async fn send(&self, head: http::request::Builder, body: Bytes) -> Result<Reply, Error> {
        let url = head.uri_ref().cloned().unwrap_or_default();
        let target = Target::of(&url)?;
        let request = head
            .body(Full::from(body))
            .map_err(|_malformed| Error::NotAUrl(url.to_string()))?;
        let stopwatch = Stopwatch::start();
        let stream = self.handshake(&target).await?;
        let (parts, body) = exchange(stream, &target, request)
            .await
            .map_err(|source| target.broke_off(source))?;
        Ok(Reply {
            status: parts.status.as_u16(),
            version: parts.version,
            headers: parts.headers,
            body,
            elapsed: stopwatch.elapsed(),
        })
    }

    async fn handshake(&self, target: &Target) -> Result<TlsStream<TcpStream>, Error> {
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_malformed| Error::NotAUrl(target.authority()))?;
        let stream = match self.proxy {
            Some(proxy) => tunnel(proxy, target).await?,
            None => connect(&target.host, target.port).await?,
        };
        let stream = self.tls.connect(name, stream).await;
        stream.map_err(|source| Error::Handshake {
            host: target.host.clone(),
            source,
        })
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient")
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// The content as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A string member of a JSON object.
    pub fn member(&self, name: &str) -> Option<String> {
        self.json()[name].as_str().map(str::to_owned)
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Target {
    fn of(url: &Uri) -> Result<Self, Error> {
        match (url.scheme_str(), url.host()) {
            (Some("https"), Some(host)) => Ok(Self {
                host: host.to_owned(),
                port: url.port_u16().unwrap_or(443),
            }),
            _ => Err(Error::NotAUrl(url.to_string())),
        }
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn broke_off(&self, source: hyper::Error) -> Error {
        Error::Http {
            peer: self.authority(),
            source,
        }
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, Error> {
    TcpStream::connect((host, port))
        .await
        .map_err(|source| Error::Connect {
            address: format!("{host}:{port}"),
            source,
        })
}

/// Asks the proxy for a connection to the target.
async fn tunnel(proxy: SocketAddr, target: &Target) -> Result<TcpStream, Error> {
    let stream = connect(&proxy.ip().to_string(), proxy.port()).await?;
    let broke_off = |source| Error::Http {
        peer: proxy.to_string(),
        source,
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broke_off)?;
    tokio::spawn(connection.with_upgrades());
    let request = connect_request(target)?;
    let response = sender.send_request(request).await.map_err(broke_off)?;
    if response.status() != StatusCode::OK {
        return Err(Error::ConnectRefused {
            proxy,
            target: target.authority(),
            status: response.status().as_u16(),
        });
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(broke_off)?;
    // The client speaks first in TLS, so that hyper has read nothing beyond the response.
    let parts = upgraded.downcast::<TokioIo<TcpStream>>();
    parts
        .map(|parts| parts.io.into_inner())
        .map_err(|_other_stream| Error::NotAUrl(target.authority()))
}

fn connect_request(target: &Target) -> Result<Request<Empty<Bytes>>, Error> {
    Request::connect(target.authority())
        .header(HOST, target.authority())
        .body(Empty::new())
        .map_err(|_malformed| Error::NotAUrl(target.authority()))
}

async fn exchange(
    stream: TlsStream<TcpStream>,
    target: &Target,
    request: Request<Full<Bytes>>,
) -> Result<(http::response::Parts, Bytes), hyper::Error> {
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = TokioIo::new(stream);
    let response = if is_http2 {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await?
    } else {
        let (mut sender, connection) = http1::handshake(io).await?;
        tokio::spawn(connection);
        sender.send_request(in_origin_form(request, target)).await?
    };
    let (parts, body) = response.into_parts();
    Ok((parts, body.collect().await?.to_bytes()))
}

/// HTTP/1.1 to an origin server names the path alone, and the host in a field (RFC 9112 §3.2.1).
fn in_origin_form(mut request: Request<Full<Bytes>>, target: &Target) -> Request<Full<Bytes>> {
    if let Ok(host) = HeaderValue::from_str(&target.authority()) {
        request.headers_mut().insert(HOST, host);
    }
    if let Some(path) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
    request
}
