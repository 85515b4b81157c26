//! `--keylog`: with it, tshark reads a packet capture of both legs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use grantscope_testkit::TestCa;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    SupportedProtocolVersion,
};

use crate::support::grantscope::{Home, Listening};
use crate::support::packets::Relay;

const BODY: &str = "grant_type=refresh_token&refresh_token=r3fr3sh-t0ken-4711&client_id=web";
const ANSWER: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\
    Content-Length: 25\r\nConnection: close\r\n\r\n{\"error\":\"invalid_grant\"}";

type Version = &'static SupportedProtocolVersion;

#[test]
fn a_capture_of_tls_1_2_is_decrypted_on_both_legs() {
    the_token_request_is_read_on_both_legs(&TLS12);
}

#[test]
fn a_capture_of_tls_1_3_is_decrypted_on_both_legs() {
    the_token_request_is_read_on_both_legs(&TLS13);
}

fn the_token_request_is_read_on_both_legs(version: Version) {
    let home = Home::new();
    let (server, answered) = serve(&home, version);
    let upstream = Relay::start(server);
    let keys = home.path("keys.log");
    fs::write(&keys, "").unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let ca = home.path("upstream.pem");
    let arguments = [
        "--upstream-ca",
        ca.to_str().unwrap(),
        "--keylog",
        keys.to_str().unwrap(),
    ];
    let mut proxy = Listening::start(&home, &arguments);
    let downstream = Relay::start(proxy.address);

    let target = format!("localhost:{}", upstream.address.port());
    ask(&home, downstream.address.into(), &target, version);
    answered.join().unwrap();

    let port = upstream.address.port();
    for (leg, relay) in [("client", downstream), ("upstream", upstream)] {
        let capture = home.path(&format!("{leg}.pcap"));
        relay.recorded().write(&capture);
        let read = read(&capture, port, &keys);
        assert_eq!(read, "POST\t/token\tHTTP/1.1\n", "{leg} leg, {version:?}");
        let unread = home.path("no-keys.log");
        fs::write(&unread, "").unwrap();
        assert!(
            !self::read(&capture, port, &unread).contains("/token"),
            "{leg} leg"
        );
    }
    let mode = fs::metadata(&keys).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the key log is its owner's alone");
    let mut errors = proxy.child.stderr.take().unwrap();
    proxy.end();
    let mut log = String::new();
    errors.read_to_string(&mut log).unwrap();
    let told = format!(
        "the secrets of TLS connections are written to {}",
        keys.display()
    );
    assert!(log.contains(&told), "{log}");
}

/// What tshark reads of the requests to the token endpoint: method, target and version.
fn read(capture: &Path, tls_port: u16, keys: &Path) -> String {
    let output = Command::new("tshark")
        .arg("-r")
        .arg(capture)
        .arg("-o")
        .arg(format!("tls.keylog_file:{}", keys.display()))
        .args(["-d", &format!("tcp.port=={tls_port},tls")])
        .args(["-Y", "http.request.method == POST", "-T", "fields"])
        .args(["-e", "http.request.method", "-e", "http.request.uri"])
        .args(["-e", "http.request.version"])
        .output()
        .expect("tshark is not installed: run `cargo xtask prepare`, or `apt-get install tshark`");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A token endpoint that speaks one version of TLS, and refuses one request.
fn serve(home: &Home, version: Version) -> (SocketAddr, JoinHandle<()>) {
    let ca = TestCa::new().unwrap();
    fs::write(home.path("upstream.pem"), ca.pem()).unwrap();
    let leaf = ca.leaf(&["localhost"]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate], leaf.key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answered = thread::spawn(move || {
        let (connection, _) = listener.accept().unwrap();
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(session, connection);
        until(&mut stream, BODY);
        stream.write_all(ANSWER.as_bytes()).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    (address, answered)
}

/// Sends the token request through the proxy, in a tunnel and in one version of TLS.
fn ask(home: &Home, proxy: SocketAddr, target: &str, version: Version) {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(home.path("ca").join("ca.pem")).unwrap();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection = TcpStream::connect(proxy).unwrap();
    write!(
        connection,
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"
    )
    .unwrap();
    until(&mut connection, "\r\n\r\n");
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, connection);
    let length = BODY.len();
    write!(
        stream,
        "POST /token HTTP/1.1\r\nHost: {target}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{BODY}"
    )
    .unwrap();
    until(&mut stream, "invalid_grant\"}");
    assert_eq!(stream.conn.protocol_version(), Some(version.version));
}

/// Reads until a text has come.
fn until(stream: &mut impl std::io::Read, end: &str) {
    let mut read = Vec::new();
    let mut buffer = [0; 1024];
    while !read.ends_with(end.as_bytes()) {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "the connection ended before {end:?}");
        read.extend_from_slice(&buffer[..length]);
    }
}
