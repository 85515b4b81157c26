//! The ways into grantscope and out of it that are not CONNECT, by a client that many programs have inside: curl.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use grantscope_testkit::RunningServer;

use crate::support::grantscope::Home;
use crate::support::lines::Lines;
use crate::support::scripted;

const MISSING: &str = "the tests need curl: install it with `apt-get install curl` or from curl.se";

/// A request for a token that the server refuses, by curl with these arguments.
async fn curl(home: &Home, server: &RunningServer, arguments: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        curl.env_remove(name).env_remove(name.to_uppercase());
    }
    curl.args(["--silent", "--show-error", "--max-time", "30", "--cacert"])
        .arg(home.path("ca").join("ca.pem"))
        .args(arguments)
        .args([
            "--data",
            "grant_type=refresh_token&refresh_token=unknown&client_id=web",
        ])
        .arg(format!("{}/token", server.issuer()));
    let output = tokio::task::spawn_blocking(move || curl.output());
    output.await.unwrap().expect(MISSING)
}

#[tokio::test]
async fn a_refusal_that_comes_by_socks_is_diagnosed() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let listening = scripted::proxy(&home);
    let address = listening.address.to_string();
    for proxy in [
        format!("socks5h://{address}"),
        format!("socks5://{address}"),
        format!("socks5h://me:pass@{address}"),
    ] {
        let output = curl(&home, &server, &["--proxy", &proxy]).await;
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains("\"error\""), "{proxy}: {output:?}");
    }
    let output = curl(&home, &server, &["--proxy", &format!("socks4://{address}")]).await;
    assert_eq!(output.status.code(), Some(97), "{output:?}");
    listening.end();
    let urls: Vec<_> = home
        .findings()
        .iter()
        .filter(|finding| finding["kind"] == "diagnosis")
        .map(|finding| finding["exchange"]["url"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(urls, vec![format!("{}/token", server.issuer()); 3]);
}

/// A proxy that allows no tunnel, and counts who asks.
fn other_proxy() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || refuse(client));
        }
    });
    (address, asked)
}

fn refuse(mut client: TcpStream) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").ok()
}

/// What curl said, started by `run` in an environment with another proxy and with these exceptions from it.
fn run_behind(proxy: SocketAddr, no_proxy: &str, url: &str) -> (String, String) {
    let home = Home::new();
    let mut run = home.command(&["run"]);
    run.args([
        "--",
        "curl",
        "--silent",
        "--include",
        "--max-time",
        "30",
        url,
    ])
    .env("HTTPS_PROXY", format!("http://{proxy}"))
    .env("NO_PROXY", no_proxy);
    let output = run.output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it).into_owned());
    assert_ne!(output.status.code(), Some(2), "{MISSING}, or: {said:?}");
    said.into()
}

#[test]
fn what_no_proxy_names_is_reached_without_the_proxy_of_the_environment() {
    let (proxy, asked) = other_proxy();
    let url = "https://idp.invalid/";
    let (answer, _) = run_behind(proxy, "10.0.0.0/8", url);
    let forbidden = "x-grantscope-error: upstream-proxy-forbidden";
    assert!(answer.contains(forbidden), "{answer}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let (answer, log) = run_behind(proxy, "10.0.0.0/33, .invalid:443", url);
    // Straight, nobody has such a name.
    assert!(
        answer.contains("x-grantscope-error: upstream-dns"),
        "{answer}"
    );
    assert!(
        log.contains("in NO_PROXY") && log.contains("10.0.0.0/33"),
        "{log}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_told_of_at_the_start() {
    let home = Home::new();
    let (certificate, key) = (home.path("c.pem"), home.path("c.key"));
    std::fs::write(home.path("grantscope.toml"), format!(
        "[[client_certificate]]\nhost = \"*.bank.example\"\ncertificate = {certificate:?}\nkey = {key:?}\n"
    ))
    .unwrap();
    let start = || {
        let output = home
            .command(&["proxy", "--listen", "127.0.0.1:0"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let said = start();
    assert!(
        said.contains("*.bank.example") && said.contains("c.pem"),
        "{said}"
    );
    // Any certificate will do: the key is not used.
    let exported = Home::new().command(&["ca", "export"]).output();
    std::fs::write(&certificate, exported.unwrap().stdout).unwrap();
    let label = "ENCRYPTED PRIVATE KEY";
    std::fs::write(
        &key,
        format!("-----BEGIN {label}-----\nMA==\n-----END {label}-----\n"),
    )
    .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let everybody = start();
        assert!(everybody.contains("chmod 600"), "{everybody}");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let said = start();
    assert!(
        said.contains("openssl pkey") && !said.contains("MA=="),
        "{said}"
    );
}

#[tokio::test]
async fn a_host_that_is_set_by_hand_is_told_of() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut listening = scripted::proxy(&home);
    let mut output = Lines::of(listening.child.stdout.take().unwrap());
    let proxy = format!("http://{}", listening.address);
    let arguments = ["--proxy", &proxy, "--header", "Host: other.test"];
    curl(&home, &server, &arguments).await;
    let told = output.wait_for("asks for other.test there");
    assert!(
        told.contains("is connected to localhost") && told.contains("Host that is set by hand"),
        "{told}"
    );
}
