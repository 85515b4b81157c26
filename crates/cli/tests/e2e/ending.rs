//! How the proxy ends: what is in flight is let end within a bound, a second request ends it at once, and a terminal that
//! closes ends it in order.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitStatus;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::grantscope::{Home, Listening};
#[cfg(target_os = "linux")]
use crate::support::lines::Lines;

/// A proxy with a request in flight that its server does not answer.
struct InFlight {
    proxy: Listening,
    client: TcpStream,
    server: TcpStream,
}

impl InFlight {
    fn start(home: &Home, configuration: &str) -> Self {
        std::fs::write(home.path("grantscope.toml"), configuration).unwrap();
        let proxy = Listening::start(home, &[]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(proxy.address).unwrap();
        write!(
            client,
            "GET http://{address}/ HTTP/1.1\r\nHost: {address}\r\n\r\n"
        )
        .unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let mut beginning = [0; 3];
        server.read_exact(&mut beginning).unwrap();
        Self {
            proxy,
            client,
            server,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.proxy.child), signal).unwrap();
    }

    fn ended(&mut self) -> ExitStatus {
        self.proxy.child.wait().unwrap()
    }
}

/// Waits until nobody listens any more: the signal has been taken in.
fn until_deaf(address: SocketAddr) {
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_in_flight_ends_before_the_proxy_does() {
    let home = Home::new();
    let mut in_flight = InFlight::start(&home, "[limits]\ndrain_max_s = 600\n");
    in_flight.signal(Signal::TERM);
    until_deaf(in_flight.proxy.address);
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate";
    in_flight.server.write_all(answer).unwrap();
    let mut read = String::new();
    in_flight.client.read_to_string(&mut read).unwrap();
    assert!(read.ends_with("late"), "{read}");
    assert!(in_flight.ended().success());
}

#[test]
fn what_does_not_end_is_cut_off_within_the_bound() {
    let home = Home::new();
    let mut in_flight = InFlight::start(&home, "[limits]\ndrain_max_s = 0\n");
    in_flight.signal(Signal::INT);
    assert!(in_flight.ended().success());
}

#[test]
fn a_second_signal_ends_at_once() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let home = Home::new();
        let mut in_flight = InFlight::start(&home, "[limits]\ndrain_max_s = 600\n");
        in_flight.signal(Signal::TERM);
        until_deaf(in_flight.proxy.address);
        in_flight.signal(signal);
        assert_eq!(in_flight.ended().code(), Some(code));
    }
}

/// `script` gives a program a terminal, which closes with it.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_closes_ends_it_in_order() {
    let home = Home::new();
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    command.arg("--har").arg(home.har_file());
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let mut terminal = Command::new("script")
        .args(["--quiet", "--command", &words.join(" "), "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is missing: apt-get install bsdutils");
    let mut output = Lines::of(terminal.stdout.take().unwrap());
    let listens = output.wait_for("listens on");
    let (_, address) = listens.rsplit_once(' ').unwrap();
    let address = address.trim().parse().unwrap();
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    until_deaf(address);
    // The file is written in one piece, at the end.
    while !home.har_file().exists() {
        std::thread::yield_now();
    }
}
