//! What the fuzz targets of `crates/fuzz` ask of the proxy, with any bytes. Each function panics where something does not hold.
//!
//! Nothing else is to use it: it is here because what reads the bytes of strangers is private.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1::Connection;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::body::{Content, Outgoing};
use crate::ca::CertificateAuthority;
use crate::detect::{classify, detect};
use crate::facade::{Facade, Names};
use crate::limits::TimeLimits;
use crate::line::Line;
use crate::metadata;
use crate::rewind::Rewind;
use crate::serve::{Answered, Asked, http1_server};
use crate::target;
use crate::upstream::Origin;
use crate::wire::ClientWire;

/// What has been told of the first bytes stays true whatever comes after them, however they were cut into pieces.
pub async fn detection(bytes: &[u8]) {
    let told = (0..=bytes.len()).find_map(|end| classify(&bytes[..end]));
    if let Some(told) = told {
        let of_all = classify(bytes);
        assert_eq!(of_all, Some(told), "more bytes change what is told");
    }
    let mut stream = Rewind::new(bytes);
    let detected = detect(&mut stream).await;
    assert!(detected.is_ok_and(|it| it.is_some() != bytes.is_empty()));
    assert!(
        bytes.starts_with(stream.ahead()),
        "a byte was lost or changed"
    );
}

/// A `ClientHello`, and the certificate for the name in it.
pub fn client_hello(bytes: &[u8], authority: &CertificateAuthority) {
    let mut acceptor = Acceptor::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        match acceptor.read_tls(&mut rest) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => {
                let hello = accepted.client_hello();
                let name = hello.server_name().unwrap_or("localhost");
                assert!(
                    authority.certify(name).is_ok(),
                    "a name of a hello has no certificate"
                );
                return;
            }
            Err(_) => return,
        }
    }
}

/// The target of a CONNECT request, and the certificate for the host in it.
pub fn connect_target(text: &str, authority: &CertificateAuthority) {
    let Ok(uri) = text.parse() else { return };
    if let Ok((host, _)) = target::of_connect(&uri) {
        assert!(!host.is_empty(), "there is no host in {text:?}");
        // A host that no certificate can be made for is an error, which the client is told of.
        drop(authority.certify(&host));
    }
}

/// Metadata of a server, as a client is told them that has another name for it: places of the server have that name, and
/// all else is the same.
pub fn metadata(document: &[u8]) {
    let origin = Origin {
        host: "idp.test".to_owned(),
        port: 80,
        tls: None,
    };
    let facade = Facade {
        origin: Arc::new(origin),
        address: ([127, 0, 0, 1], 9443).into(),
        is_tls: false,
    };
    let (parts, ()) = http::Request::new(()).into_parts();
    let (answer, ()) = Response::new(()).into_parts();
    let names = facade.names(&parts);
    let Ok(Some(told)) = metadata::retell(&answer, document, &names) else {
        return;
    };
    let [before, after] = [document, &told].map(|it| unsigned(serde_json::from_slice(it).ok()?));
    assert!(
        before
            .zip(after)
            .is_some_and(|(before, after)| is_renamed(&before, &after, &names)),
        "more than the server's name has changed"
    );
}

/// Without signed metadata, which are left out, unless they are none.
fn unsigned(mut document: Value) -> Option<Value> {
    let members = document.as_object_mut()?;
    // In their order, in which they are compared.
    members.retain(|name, _| name != "signed_metadata");
    Some(document)
}

/// Whether one value is the other with the client's name for the server. What is an identifier is the same.
fn is_renamed(before: &Value, after: &Value, names: &Names) -> bool {
    match (before, after) {
        (Value::String(before), Value::String(after)) => {
            let rest = names.server_origin_len(before).map(|len| &before[len..]);
            rest.map_or(before == after, |rest| {
                after.strip_prefix(names.client_origin()) == Some(rest)
            })
        }
        (Value::Array(before), Value::Array(after)) => {
            let mut pairs = before.iter().zip(after);
            before.len() == after.len() && pairs.all(|(one, other)| is_renamed(one, other, names))
        }
        (Value::Object(before), Value::Object(after)) => {
            let mut pairs = before.iter().zip(after);
            before.len() == after.len()
                && pairs.all(|((name, one), (also, other))| {
                    let is_fixed = metadata::is_identifier(name);
                    name == also
                        && (is_fixed && one == other || !is_fixed && is_renamed(one, other, names))
                })
        }
        (before, after) => before == after,
    }
}

/// A client's side of HTTP/1: whatever it sends, the connection ends with it, each request is answered once, and what cannot
/// be read is answered in our name.
pub async fn wire(bytes: &[u8]) {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let serving = serve(server);
    let asking = async {
        // The server may have refused the rest.
        drop(client.write_all(bytes).await);
        drop(client.shutdown().await);
        let mut answers = Vec::new();
        drop(client.read_to_end(&mut answers).await);
        answers
    };
    let (answered, answers) = tokio::join!(serving, asking);
    let answers = String::from_utf8_lossy(&answers);
    let heads = answers.split("HTTP/1.1 ").skip(1);
    let final_heads = heads.filter(|head| !head.starts_with("100"));
    let (fine, refused): (Vec<_>, Vec<_>) = final_heads.partition(|head| head.starts_with("204"));
    assert!(
        fine.len() <= answered,
        "{} answers to {answered} requests",
        fine.len()
    );
    let unsigned = refused
        .iter()
        .find(|head| !head.contains("via: 1.1 grantscope"));
    assert_eq!(unsigned, None, "hyper answered in nobody's name");
}

/// Serves a connection, and counts its requests.
async fn serve(stream: DuplexStream) -> usize {
    let line = Arc::<Line>::default();
    let header_max = TimeLimits::default().header_max;
    let wire = ClientWire::new(stream, Arc::clone(&line), header_max, Box::new(|_| ()));
    let asked = std::cell::Cell::new(0);
    let service = service_fn(|request: Asked| {
        asked.set(asked.get() + 1);
        answer(request, Arc::clone(&line))
    });
    let connection: Connection<_, _> = http1_server().serve_connection(TokioIo::new(wire), service);
    // A client that does not speak HTTP is an error.
    drop(connection.await);
    asked.get()
}

async fn answer(request: Asked, line: Arc<Line>) -> Answered {
    line.begin(false);
    line.take_up();
    // A content that breaks off is answered as well.
    drop(request.into_body().collect().await);
    line.request_ended();
    let mut response = Response::new(Outgoing::new(Content::Own(Full::new(Bytes::new())), &line));
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    Ok(response)
}
