//! A server that refuses each grant, with TLS and without, and a proxy behind which it has a name that no resolver knows.
//!
//! All of it is one port: the first bytes of a connection tell what it is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use grantscope_testkit::TestCa;
use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The server.
pub(super) struct Server {
    /// The URLs of the token endpoint: a name elsewhere with TLS and without, loopback with and without.
    pub(super) urls: [String; 4],
    /// The URL of the proxy that knows the way to the name.
    pub(super) proxy: String,
    /// The certificate by which it is verified.
    pub(super) ca_pem: String,
}

const NAME: &str = "idp.test";

impl Server {
    /// Serves until the test ends.
    pub(super) fn start() -> Self {
        let ca = TestCa::new().unwrap();
        let config = Arc::new(config(&ca));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let issuer = format!("https://localhost:{port}/tenant");
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (config, issuer) = (Arc::clone(&config), issuer.clone());
                // A client that gives up is what some tests are about.
                thread::spawn(move || serve(connection, &config, &issuer).ok());
            }
        });
        Self {
            urls: [
                format!("https://{NAME}/tenant/token"),
                format!("http://{NAME}/tenant/token"),
                format!("https://localhost:{port}/tenant/token"),
                format!("http://127.0.0.1:{port}/tenant/token"),
            ],
            proxy: format!("http://127.0.0.1:{port}"),
            ca_pem: ca.pem(),
        }
    }
}

fn config(ca: &TestCa) -> ServerConfig {
    let leaf = ca.leaf(&[NAME, "localhost"]).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate], leaf.key)
        .unwrap()
}

fn serve(connection: TcpStream, config: &Arc<ServerConfig>, issuer: &str) -> io::Result<()> {
    let mut first = [0];
    if connection.peek(&mut first)? == 0 {
        return Ok(());
    }
    // A TLS record that begins a handshake (RFC 8446 §5.1).
    if first == [22] {
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        return answer_all(StreamOwned::new(session, connection), issuer).map(drop);
    }
    match answer_all(connection, issuer)? {
        // Loopback is reached without a tunnel.
        Some(tunnel) => serve(tunnel, config, &format!("https://{NAME}/tenant")),
        None => Ok(()),
    }
}

/// Answers requests until the client has no more, or asks for a tunnel.
fn answer_all<S: Read + Write>(stream: S, issuer: &str) -> io::Result<Option<S>> {
    let mut reader = BufReader::new(stream);
    while let Some((line, is_last)) = request(&mut reader)? {
        let stream = reader.get_mut();
        if line.starts_with("CONNECT ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            return Ok(Some(reader.into_inner()));
        }
        stream.write_all(answer(&line, issuer).as_bytes())?;
        stream.flush()?;
        if is_last {
            break;
        }
    }
    Ok(None)
}

/// Reads a request: its first line, and whether the client wants no other answer.
fn request(reader: &mut impl BufRead) -> io::Result<Option<(String, bool)>> {
    let (mut length, mut first, mut is_last) = (0, String::new(), false);
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= "\r\n".len() {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        is_last |= line.trim_end() == "connection: close";
    }
    reader.read_exact(&mut vec![0; length])?;
    Ok(Some((first, is_last)))
}

/// The metadata of the server (RFC 8414), or a refusal.
fn answer(line: &str, issuer: &str) -> String {
    let (status, body) = if line.contains("/.well-known/") {
        let metadata = serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
        });
        ("200 OK", metadata.to_string())
    } else {
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#.to_owned())
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
