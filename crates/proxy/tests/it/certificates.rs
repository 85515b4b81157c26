//! Servers whose certificates do not verify: the client is told what is wrong and how to mend it, by grantscope, in an
//! answer to its request. A client that asks the server straight refuses it as well.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CrlDistributionPoint, DnType, IsCa,
    KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::support::{Running, ask, connect, connect_tls, provider, raw_server, serve, text};
use crate::ways::Way;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// What a server shows, and the key that belongs to it.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

fn named(name: &str, is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = is_ca;
    params
}

fn authority(name: &str) -> Authority {
    let params = named(name, IsCa::Ca(BasicConstraints::Unconstrained));
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn authority_below(above: &Authority, name: &str) -> Authority {
    let params = named(name, IsCa::Ca(BasicConstraints::Unconstrained));
    CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), above).unwrap()
}

fn signed(by: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let key = KeyPair::generate().unwrap();
    let mut params = named("server", IsCa::NoCa);
    change(&mut params);
    let certificate = params.signed_by(&key, by).unwrap();
    Shown {
        chain: vec![certificate.der().clone()],
        key,
    }
}

fn self_signed(is_ca: IsCa) -> Shown {
    let key = KeyPair::generate().unwrap();
    let certificate = named("alone", is_ca).self_signed(&key).unwrap();
    Shown {
        chain: vec![certificate.der().clone()],
        key,
    }
}

/// A server that says hello to whoever accepts what it shows.
async fn server(shown: Shown) -> SocketAddr {
    let key = PrivateKeyDer::try_from(shown.key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(shown.chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    raw_server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, |_| text("hello")).await;
            }
        }
    })
    .await
}

/// What servers show, with what a client says that is shown it straight, and what we say of it, with the mend, where this root
/// is trusted.
fn cases(root: &Authority) -> Vec<(Shown, &'static str, &'static str, &'static str)> {
    let stranger = authority("Unknown Root");
    let middle = authority_below(root, "Middle");
    let strange_middle = authority_below(&stranger, "Strange Middle");
    let with = |mut shown: Shown, above: &Authority| {
        shown.chain.push(above.der().clone());
        shown
    };
    // Of the same name as the trusted one, with another key.
    let impostor = authority("Trusted Root");
    vec![
        (
            signed(root, |it| it.not_after = rcgen::date_time_ymd(2020, 1, 2)),
            "certificate expired",
            "was valid until 2020-01-02T00:00:00Z",
            "Renew the certificate",
        ),
        (
            signed(root, |it| it.not_before = rcgen::date_time_ymd(2999, 1, 2)),
            "certificate not valid yet",
            "is not valid before 2999-01-02T00:00:00Z",
            "Check the clock",
        ),
        (
            signed(root, |it| {
                *it = CertificateParams::new(["other.test".to_owned()]).unwrap();
            }),
            "certificate not valid for name",
            "and not for localhost",
            "subjectAltName",
        ),
        (
            self_signed(IsCa::NoCa),
            "UnknownIssuer",
            "is signed by itself, as \\\"CN=alone\\\"",
            "--upstream-ca",
        ),
        (
            self_signed(IsCa::Ca(BasicConstraints::Unconstrained)),
            "CaUsedAsEndEntity",
            "is one of a certificate authority, \\\"CN=alone\\\"",
            "basicConstraints=CA:FALSE",
        ),
        (
            signed(&stranger, |_| {}),
            "UnknownIssuer",
            "is signed by \\\"CN=Unknown Root\\\", of which the server shows no certificate",
            "--upstream-ca",
        ),
        (
            signed(&middle, |_| {}),
            "UnknownIssuer",
            "is signed by \\\"CN=Middle\\\", of which the server shows no certificate",
            "show its whole chain",
        ),
        (
            with(signed(&strange_middle, |_| {}), &strange_middle),
            "UnknownIssuer",
            "its chain leads to \\\"CN=Unknown Root\\\"",
            "--upstream-ca",
        ),
        (
            signed(&impostor, |_| {}),
            "BadSignature",
            "its signature is not one of \\\"CN=Trusted Root\\\"",
            "the key in use",
        ),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_with_the_mend() {
    let root = authority("Trusted Root");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("root.pem");
    std::fs::write(&file, root.pem()).unwrap();
    let proxy = Running::start_with(|config| config.upstream_ca = vec![file]).await;
    for (shown, refused, problem, advice) in cases(&root) {
        let server = server(shown).await;
        let stream = connect(server).await;
        let straight = connect_tls(stream, "localhost", root.der().clone(), &[]).await;
        let straight = straight.unwrap_err().to_string();
        assert!(straight.contains(refused), "{problem}: {straight}");
        let mut client = proxy.tls(&server.to_string(), "localhost", &[]).await;
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = ask(&mut client, request).await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        assert!(
            answer.contains("x-grantscope-error: upstream-certificate"),
            "{answer}"
        );
        for expected in [problem, advice, "\"answered_by\": \"grantscope\""] {
            assert!(answer.contains(expected), "{expected}: {answer}");
        }
        assert!(!answer.contains("OtherError"), "{answer}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_given_is_trusted() {
    let key = KeyPair::generate().unwrap();
    let certificate = named("alone", IsCa::NoCa).self_signed(&key).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("server.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let chain = vec![certificate.der().clone()];
    let server = server(Shown { chain, key }).await;
    let proxy = Running::start_with(|config| config.upstream_ca = vec![file]).await;
    let mut client = proxy.tls(&server.to_string(), "localhost", &[]).await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut client, request).await.ends_with("hello"));
}

#[tokio::test]
async fn a_certificate_that_tells_where_revocations_are_is_taken_as_by_a_stock_client() {
    // Nobody asks there: neither the client that is straight at the server, nor we.
    let root = authority("Trusted Root");
    let shown = || {
        signed(&root, |it| {
            let uris = vec!["http://127.0.0.1:9/revoked.crl".to_owned()];
            it.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        })
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("root.pem");
    std::fs::write(&file, root.pem()).unwrap();
    let proxy = Running::start_with(|config| config.upstream_ca = vec![file]).await;
    let server = server(shown()).await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for way in Way::BOTH {
        let trusted = match way {
            Way::Straight => root.der().clone(),
            Way::Through => proxy.root(),
        };
        let stream = way.to(server, &proxy).await;
        let mut client = connect_tls(stream, "localhost", trusted, &[])
            .await
            .unwrap();
        assert!(
            ask(&mut client, request).await.ends_with("hello"),
            "{way:?}"
        );
    }
}
