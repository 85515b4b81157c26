//! The proxy under test, with directories of its own and small bounds, so that what is bounded is soon full.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// What is remembered and stored is full after a minute, and what grows after that has no bound.
const CONFIGURATION: &str = "\
[sessions]
bytes_max = 4_194_304
[history]
exchanges_max = 500
[limits]
exchanges_max = 500
";

/// A proxy that runs. It is killed where it is dropped.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: SocketAddr,
    home: TempDir,
}

impl Proxy {
    pub(crate) fn start(program: Option<&Path>, upstream_ca: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        fs::write(path("grantscope.toml"), CONFIGURATION).unwrap();
        fs::write(path("upstream.pem"), upstream_ca).unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_grantscope"));
        let mut child = Command::new(program.unwrap_or(built))
            .args(["proxy", "--listen", "127.0.0.1:0", "--config"])
            .arg(path("grantscope.toml"))
            .arg("--ca-dir")
            .arg(path("ca"))
            .arg("--data-dir")
            .arg(path("data"))
            .arg("--upstream-ca")
            .arg(path("upstream.pem"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .rsplit(' ')
            .next()
            .and_then(|it| it.parse().ok());
        // It is read to its end, so that a full pipe holds nothing up.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self {
            child,
            address: address.expect("grantscope says where it listens"),
            home,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ca_pem(&self) -> String {
        fs::read_to_string(self.home.path().join("ca").join("ca.pem")).unwrap()
    }

    /// Ends it in order.
    pub(crate) fn end(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "grantscope ended with {status}");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
