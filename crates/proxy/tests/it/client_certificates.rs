//! Servers that ask clients for a certificate (mutual TLS; RFC 8705).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use grantscope_proxy::{ClientCertificate, Notice};
use http::{Request, Response};
use http_body_util::Full;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncWriteExt;

use crate::support::{
    Running, ask, ask_http2, provider, read_all, read_head, serve, server_config_with, soon,
    tls_raw_server_with,
};

const H1: &[u8] = b"http/1.1";
const H2: &[u8] = b"h2";
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// An authority for clients, and the files of a certificate of it.
struct Clients {
    root: CertificateDer<'static>,
    leaf: CertificateDer<'static>,
    certificate: PathBuf,
    key: PathBuf,
    _directory: tempfile::TempDir,
}

impl Clients {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::CertifiedIssuer::self_signed(params, key).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let (certificate, key_file) = (
            directory.path().join("c.pem"),
            directory.path().join("c.key"),
        );
        std::fs::write(&certificate, leaf.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        make_private(&key_file);
        Self {
            root: issuer.der().clone(),
            leaf: leaf.der().clone(),
            certificate,
            key: key_file,
            _directory: directory,
        }
    }

    fn shown_to(&self, host: &str) -> Vec<ClientCertificate> {
        vec![ClientCertificate {
            host: host.to_owned(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
        }]
    }

    /// Lets in whom this authority knows and, if so said, also whom nobody knows.
    fn verifier(&self, lets_in_nobody: bool) -> Arc<dyn ClientCertVerifier> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let builder = if lets_in_nobody {
            builder.allow_unauthenticated()
        } else {
            builder
        };
        builder.build().unwrap()
    }

    /// A server that tells a client how long the certificate is that it has shown, or 0.
    async fn server(
        &self,
        version: &'static SupportedProtocolVersion,
        alpn: &[&[u8]],
        lets_in_nobody: bool,
    ) -> SocketAddr {
        let verifier = self.verifier(lets_in_nobody);
        let config = server_config_with(alpn, &[version], verifier);
        tls_raw_server_with(config, |stream| async move {
            let shown = stream.get_ref().1.peer_certificates();
            let length = shown.map_or(0, |shown| shown[0].len());
            let answer = move |_| Response::new(Full::from(length.to_string()));
            serve(stream, answer).await;
        })
        .await
    }
}

#[cfg(unix)]
fn make_private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn make_private(_: &std::path::Path) {}

async fn running(certificates: Vec<ClientCertificate>) -> Running {
    Running::start_with(|config| config.client_certificates = certificates).await
}

/// What a client of this version of HTTP is answered: the field that marks answers of ours, and the content.
async fn answer(proxy: &Running, server: SocketAddr, alpn: &[u8]) -> (String, String) {
    let to = format!("localhost:{}", server.port());
    let mut client = proxy.tls(&to, "localhost", &[alpn]).await;
    if alpn == H2 {
        let request = Request::get("https://localhost/").body(Full::<Bytes>::default());
        let response = ask_http2(client, request.unwrap()).await;
        let mark = response.headers().get("x-grantscope-error");
        let mark = mark.map_or("", |mark| mark.to_str().unwrap()).to_owned();
        let content = String::from_utf8(response.into_body().to_vec()).unwrap();
        return (mark, content);
    }
    let answer = ask(&mut client, REQUEST).await;
    let (head, content) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mark = head.split("x-grantscope-error: ").nth(1).unwrap_or("");
    let mark = mark.lines().next().unwrap_or("").to_owned();
    (mark, content.to_owned())
}

const KINDS: [(&SupportedProtocolVersion, &[u8]); 4] =
    [(&TLS12, H1), (&TLS12, H2), (&TLS13, H1), (&TLS13, H2)];

#[tokio::test]
async fn a_server_is_shown_the_certificate_that_is_for_it() {
    let clients = Clients::new();
    let length = clients.leaf.len().to_string();
    for (version, alpn) in KINDS {
        let server = clients.server(version, &[alpn], false).await;
        let mut proxy = running(clients.shown_to("localhost")).await;
        let expected = (String::new(), length.clone());
        assert_eq!(answer(&proxy, server, alpn).await, expected, "{version:?}");
        proxy.exchange().await;
        // The next connection resumes the session, or is the one that was left.
        assert_eq!(answer(&proxy, server, alpn).await, expected, "{version:?}");
    }
}

#[tokio::test]
async fn a_server_that_gets_none_is_told_of_with_the_setting() {
    let clients = Clients::new();
    for (version, alpn) in KINDS {
        let server = clients.server(version, &[alpn], false).await;
        let mut proxy = running(clients.shown_to("other.test")).await;
        let (mark, content) = answer(&proxy, server, alpn).await;
        assert_eq!(mark, "upstream-client-certificate", "{version:?} {content}");
        assert!(content.contains("[[client_certificate]]"), "{content}");
        loop {
            match proxy.told().await {
                crate::support::Told::Notice(Notice::UpstreamFailed { id, .. }) => {
                    break assert_eq!(id, "upstream-client-certificate");
                }
                crate::support::Told::Notice(other) => panic!("another notice: {other:?}"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_that_the_server_does_not_know_is_told_of() {
    let (clients, strangers) = (Clients::new(), Clients::new());
    for (version, alpn) in KINDS {
        let server = clients.server(version, &[alpn], false).await;
        let proxy = running(strangers.shown_to("*")).await;
        let (mark, _) = answer(&proxy, server, alpn).await;
        assert_eq!(mark, "upstream-client-certificate", "“*” is no host");
        let proxy = running(strangers.shown_to("localhost")).await;
        let (mark, content) = answer(&proxy, server, alpn).await;
        assert_eq!(mark, "upstream-client-certificate-refused", "{content}");
    }
}

#[tokio::test]
async fn a_server_that_lets_everybody_in_is_not_minded() {
    let clients = Clients::new();
    for (version, alpn) in KINDS {
        let server = clients.server(version, &[alpn], true).await;
        let proxy = running(Vec::new()).await;
        let (mark, content) = answer(&proxy, server, alpn).await;
        assert_eq!((mark.as_str(), content.as_str()), ("", "0"), "{version:?}");
    }
}

#[tokio::test]
async fn a_server_that_closes_without_an_alert_is_told_of_too() {
    let clients = Clients::new();
    let config = server_config_with(&[H1], &[&TLS13], clients.verifier(true));
    let server = tls_raw_server_with(config, |mut stream| async move {
        stream.shutdown().await.ok();
    })
    .await;
    let proxy = running(Vec::new()).await;
    let (mark, content) = answer(&proxy, server, H1).await;
    assert_eq!(mark, "upstream-client-certificate", "{content}");
}

#[tokio::test]
async fn a_server_that_answered_once_is_content() {
    let clients = Clients::new();
    let config = server_config_with(&[H1], &[&TLS13], clients.verifier(true));
    let server = tls_raw_server_with(config, |mut stream| async move {
        read_head(&mut stream).await;
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(answer).await.unwrap();
        read_head(&mut stream).await;
    })
    .await;
    let proxy = running(Vec::new()).await;
    let to = format!("localhost:{}", server.port());
    let mut client = proxy.tls(&to, "localhost", &[H1]).await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).await.unwrap();
    assert!(read_head(&mut client).await.starts_with("HTTP/1.1 200"));
    client.write_all(request).await.unwrap();
    let rest = read_all(&mut client).await;
    assert!(
        rest.contains("x-grantscope-error: upstream-closed"),
        "{rest}"
    );
}

#[tokio::test]
async fn a_connection_is_not_used_again_under_another_certificate() {
    let clients = Clients::new();
    let server = clients.server(&TLS13, &[H1], true).await;
    let mut proxy = running(Vec::new()).await;
    let to = format!("localhost:{}", server.port());
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut lengths = Vec::new();
    for _ in 0..2 {
        let mut client = proxy.tls(&to, "localhost", &[H1]).await;
        client.write_all(request).await.unwrap();
        read_head(&mut client).await;
        let exchange = proxy.exchange().await;
        let content = exchange.response.as_ref().unwrap().body.text().into_owned();
        lengths.push((content, exchange.timings.ssl.is_some()));
        client.shutdown().await.unwrap();
        read_all(&mut client).await;
        let mut config = proxy.config.clone();
        config.client_certificates = clients.shown_to("localhost");
        proxy.control.adopt(&config).unwrap();
    }
    let length = clients.leaf.len().to_string();
    assert_eq!(lengths, [("0".to_owned(), true), (length, true)]);
}

#[tokio::test]
async fn a_client_with_a_certificate_is_not_asked_for_it() {
    let clients = Clients::new();
    let server = clients.server(&TLS13, &[H1], true).await;
    let proxy = running(Vec::new()).await;
    let asked = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut roots = RootCertStore::empty();
    roots.add(proxy.root()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(Asked(Arc::clone(&asked))));
    let tunnel = proxy.tunnel(&format!("localhost:{}", server.port())).await;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let connecting = connector.connect("localhost".try_into().unwrap(), tunnel);
    let mut client = soon(connecting).await.unwrap();
    assert!(ask(&mut client, REQUEST).await.ends_with("\r\n\r\n0"));
    assert!(!asked.load(std::sync::atomic::Ordering::SeqCst));
}

/// Notes whether it was asked.
#[derive(Debug)]
struct Asked(Arc<std::sync::atomic::AtomicBool>);

impl rustls::client::ResolvesClientCert for Asked {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[rustls::SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
