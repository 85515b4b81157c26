//! A configuration that changes while the proxy runs: what can be taken over is, what cannot is named, and what is open goes on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::support::grantscope::{Home, Listening};
use crate::support::lines::Lines;
use crate::support::scripted;

/// A proxy whose output and log are read.
struct Followed {
    home: Home,
    proxy: Listening,
    output: Lines,
    log: Lines,
}

impl Followed {
    fn start(home: Home) -> Self {
        let upstream_ca = home.path("upstream.pem");
        let arguments = ["--upstream-ca", upstream_ca.to_str().unwrap()];
        let trusts_more = upstream_ca.exists();
        let mut proxy = Listening::start(&home, if trusts_more { &arguments } else { &[] });
        let output = Lines::of(proxy.child.stdout.take().unwrap());
        let log = Lines::of(proxy.child.stderr.take().unwrap());
        Self {
            home,
            proxy,
            output,
            log,
        }
    }

    fn configure(&self, text: &str) {
        fs::write(self.home.path("grantscope.toml"), text).unwrap();
    }

    fn taken_over(&mut self) -> String {
        self.output.wait_for("the configuration was read again")
    }
}

/// A server that greets, and sends back what it is sent.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                stream.write_all(b"220 ready\r\n").unwrap();
                let mut reader = stream.try_clone().unwrap();
                std::io::copy(&mut reader, &mut stream)
            });
        }
    });
    address
}

/// A tunnel through the proxy to this server, after its greeting.
fn tunnel(proxy: SocketAddr, server: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(proxy).unwrap();
    write!(
        stream,
        "CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n"
    )
    .unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"220 ready\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_named_later_is_passed_through_and_open_connections_go_on() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut followed = Followed::start(home);
    let mut open = tunnel(followed.proxy.address, echo());
    let refresh = async |followed: &Followed| {
        let (app, _) = scripted::through(&followed.proxy, &followed.home, &server);
        app.refresh("made-up").await
    };
    assert_eq!(refresh(&followed).await.unwrap().status, 400);

    followed.configure("passthrough = [\"localhost\", \"127.0.0.1\"]\n");
    assert!(followed.taken_over().ends_with("changed: passthrough"));
    // The app trusts grantscope's CA, and sees the certificate of the server now.
    assert!(refresh(&followed).await.is_err());
    open.write_all(b"still here").unwrap();
    let mut echoed = [0; 10];
    open.read_exact(&mut echoed).unwrap();
    assert_eq!(&echoed, b"still here");

    followed.configure("");
    followed.taken_over();
    assert_eq!(refresh(&followed).await.unwrap().status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_told_with_its_place_and_changes_nothing() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut followed = Followed::start(home);
    followed.configure("passthrough = [\"localhost\", \"127.0.0.1\"]\npassthru = []\n");
    let told = followed.log.wait_for("all stays as it was");
    assert!(
        told.contains("grantscope.toml") && told.contains("line 2"),
        "{told}"
    );
    followed.log.wait_for("unknown field `passthru`");
    followed.configure("allow_remote = [\"nobody\"]\n");
    followed.log.wait_for("in allow_remote");
    let provider = followed.home.path("mine.toml");
    fs::write(&provider, "id = 3\n").unwrap();
    followed.configure(&format!("providers = [{provider:?}]\n"));
    followed.log.wait_for("mine.toml");
    let (app, _) = scripted::through(&followed.proxy, &followed.home, &server);
    assert_eq!(app.refresh("made-up").await.unwrap().status, 400);
}

#[test]
fn what_needs_a_restart_is_named() {
    let mut followed = Followed::start(Home::new());
    followed.configure(
        "listen = \"127.0.0.1:1\"\n[history]\ndays_max = 1\n[limits]\ndrain_max_s = 1\n",
    );
    // `--listen` overrides the file, so that its line changes nothing.
    assert!(
        followed
            .taken_over()
            .ends_with("changed: limits.drain_max_s")
    );
    let told = followed.log.wait_for("a restart");
    assert!(told.ends_with("changed in history.days_max"), "{told}");
}

#[test]
fn a_provider_and_the_log_are_taken_over_when_their_files_are_written() {
    let home = Home::new();
    let provider = home.path("mine.toml");
    let of_mine = "id = \"mine\"\nname = \"Mine\"\n";
    fs::write(&provider, of_mine).unwrap();
    let configuration = format!("providers = [{provider:?}]\n");
    fs::write(home.path("grantscope.toml"), &configuration).unwrap();
    let mut followed = Followed::start(home);
    fs::write(&provider, format!("{of_mine}[endpoints]\nnone = 1\n")).unwrap();
    followed.log.wait_for("mine.toml");
    fs::write(&provider, of_mine).unwrap();
    assert!(followed.taken_over().ends_with("nothing else changed"));
    followed.configure(&format!("{configuration}log = \"trace\"\n"));
    assert!(followed.taken_over().ends_with("changed: log"));
    drop(TcpStream::connect(followed.proxy.address).unwrap());
    followed.log.wait_for("TRACE");
}

/// Nothing has changed, so that it is the signal that does it.
#[cfg(unix)]
#[test]
fn a_signal_asks_for_the_configuration_to_be_read() {
    use rustix::process::{Pid, Signal, kill_process};
    let mut followed = Followed::start(Home::new());
    let pid = Pid::from_child(&followed.proxy.child);
    kill_process(pid, Signal::HUP).unwrap();
    assert!(followed.taken_over().ends_with("nothing else changed"));
    kill_process(pid, Signal::TERM).unwrap();
    assert!(followed.proxy.child.wait().unwrap().success());
}
