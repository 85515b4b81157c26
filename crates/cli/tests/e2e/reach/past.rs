//! Every client of a runtime goes through `grantscope run` and trusts it: at a server with TLS and one without, on loopback.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use grantscope_testkit::Canaries;

use crate::support::grantscope::Home;
use crate::support::peers::{PEERS, node_modules, python};
use crate::support::scripted;

/// A server without TLS that refuses each grant.
fn plain_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || refuse(connection));
        }
    });
    url
}

fn refuse(connection: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let body = r#"{"error":"invalid_grant"}"#;
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close";
    let length = body.len();
    let mut connection = reader.into_inner();
    write!(
        connection,
        "{head}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .ok()
}

/// Runs the clients of a runtime at both servers, and sees which came through at each.
async fn come_through(program: &str, script: &str, clients: &[&str]) {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let urls = [format!("{}/token", server.issuer()), plain_server()];
    let findings = home.findings_file();
    let mut run = home.command(&["run"]);
    run.arg("--upstream-ca")
        .arg(home.path("upstream.pem"))
        .arg("--findings")
        .arg(&findings)
        .args(["--", program])
        .arg(PathBuf::from(PEERS).join("reach").join(script))
        .args(&urls)
        // What the tests' own environment would add has no part in it.
        .env_remove("NODE_OPTIONS")
        .env_remove("JAVA_TOOL_OPTIONS");
    let output = tokio::task::spawn_blocking(move || run.output().unwrap());
    let output = output.await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let tokens = clients
        .iter()
        .map(|client| ("refresh token", format!("secret-of-{client}")));
    let canaries = Canaries::new(tokens.chain(server.secrets()));
    let leaks = home.leaks(&canaries, &[&output.stdout, &output.stderr]);
    assert_eq!(leaks, [""; 0]);
    for url in &urls {
        let seen: BTreeSet<_> = home
            .findings()
            .iter()
            .filter(|finding| finding["kind"] == "diagnosis" && finding["exchange"]["url"] == *url)
            .map(|finding| finding["client_id"].as_str().unwrap().to_owned())
            .collect();
        let expected: BTreeSet<_> = clients.iter().map(|&it| it.to_owned()).collect();
        assert_eq!(seen, expected, "at {url}\n{errors}");
    }
}

#[tokio::test]
async fn the_clients_of_node_come_through() {
    node_modules();
    let clients = [
        "node",
        "own-agent",
        "no-agent",
        "fetch",
        "undici",
        "undici-fetch",
        "node-fetch",
        "axios",
        "axios-1.13",
        "axios-0",
        "got",
        "worker",
        "child",
    ];
    come_through("node", "clients.cjs", &clients).await;
}

#[tokio::test]
async fn the_clients_of_python_come_through() {
    let clients = ["urllib", "requests", "httpx", "aiohttp"];
    come_through(&python(), "clients.py", &clients).await;
}

#[tokio::test]
async fn the_clients_of_java_come_through() {
    let found = Command::new("java").arg("--version").output();
    assert!(
        found.is_ok_and(|it| it.status.success()),
        "there is no JDK: `cargo xtask prepare` installs it, or tells how"
    );
    come_through("java", "Clients.java", &["url-connection", "http-client"]).await;
}

/// Runs a program of Node's that asks for something at a URL, and returns what was not seen.
fn gaps(home: &Home, program: &str, url: &str, changed: &[(&str, &str)]) -> Vec<serde_json::Value> {
    let mut run = home.command(&["run"]);
    run.arg("--findings")
        .arg(home.findings_file())
        .args(["--", "node", "-e", program, url]);
    // What the program changes in its own environment is its own way past grantscope.
    run.envs(changed.iter().copied());
    let output = run.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    home.gaps()
}

fn kinds(gaps: &[serde_json::Value]) -> Vec<&str> {
    gaps.iter()
        .map(|gap| gap["coverage"].as_str().unwrap())
        .collect()
}

#[test]
fn a_program_that_goes_past_grantscope_is_named() {
    // Its child has nothing of the environment, and keeps its connection until it was seen.
    let program = "
        const { execFileSync } = require('child_process');
        const child = `require('http').get('${process.argv[1]}', (answer) => {
            answer.resume();
            setTimeout(() => process.exit(0), 1000);
        })`;
        execFileSync(process.execPath, ['-e', child], { env: {} });";
    let gaps = gaps(&Home::new(), program, &held_server(), &[]);
    let expected: &[&str] = if cfg!(target_os = "linux") {
        &["nothing-arrived", "went-past"]
    } else {
        &["nothing-arrived"]
    };
    assert_eq!(kinds(&gaps), expected, "{gaps:#?}");
}

/// A server without TLS that answers and keeps the connection.
fn held_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let held: Vec<_> = listener
            .incoming()
            .flatten()
            .map(|mut connection| {
                // That the other end has gone away is the end of the test.
                let _sent = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                connection
            })
            .collect();
        drop(held);
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_trust_the_ca_is_named_with_the_remedy() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let program = "
        const ca = require('fs').readFileSync(process.env.OTHER_CA);
        require('https').get(process.argv[1], { ca }).on('error', () => {});";
    let other = home.path("upstream.pem");
    let changed = [("OTHER_CA", other.to_str().unwrap())];
    let gaps = gaps(&home, program, server.issuer(), &changed);
    assert_eq!(
        kinds(&gaps),
        ["client-rejected-certificate", "no-oauth-seen"],
        "{gaps:#?}"
    );
    assert!(
        gaps[0]["fix"]
            .as_str()
            .unwrap()
            .contains("NODE_EXTRA_CA_CERTS"),
        "{gaps:#?}"
    );
}
