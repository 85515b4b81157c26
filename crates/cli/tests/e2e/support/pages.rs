//! The dashboard in a real browser: scripts of `peers/dashboard` that look at it and tell what is amiss.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use super::grantscope::{Home, Listening};
use super::peers::{PEERS, node_modules};

const MISSING: &str = "there is no Chromium: `cargo xtask prepare` installs it, or tells how";

/// A program that serves pages. It is killed when it is dropped.
pub(crate) struct Pages {
    child: Child,
    /// The address that lets in.
    pub url: String,
}

impl Pages {
    /// `grantscope open CAPTURE`, once it says where the pages are.
    pub(crate) fn open(home: &Home, capture: &Path) -> Self {
        let mut command = home.command(&["open"]);
        command.arg(capture);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = announced(lines);
        Self { child, url }
    }
}

impl Pages {
    /// The most memory that it had, in KiB, where the system tells.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).ok()?;
        let peak = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        peak.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// `grantscope proxy` that trusts the scripted server, once it says where it listens and where its pages are.
pub(crate) fn beside_a_proxy(home: &Home) -> (Listening, String) {
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    command.arg("--upstream-ca").arg(home.path("upstream.pem"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.rsplit(' ').next().unwrap().parse().unwrap();
    let url = announced(lines.by_ref());
    // The log goes on; nobody waits for it.
    thread::spawn(move || lines.for_each(drop));
    (
        Listening {
            child,
            address,
            reverse: Vec::new(),
        },
        url,
    )
}

/// The address of the pages, among the lines that are printed.
fn announced(lines: impl Iterator<Item = std::io::Result<String>>) -> String {
    let words = |line: std::io::Result<String>| {
        let line = line.unwrap();
        line.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let url = lines.flat_map(words).find(|word| word.contains("/enter/"));
    url.expect("the address of the pages is printed")
}

/// A script that looks at pages.
pub(crate) struct Look {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Look {
    /// Starts a script of `peers/dashboard` at these pages.
    pub(crate) fn at(url: &str, script: &str, arguments: &[&str]) -> Self {
        node_modules();
        let found = Command::new("chromium").arg("--version").output();
        assert!(found.is_ok_and(|it| it.status.success()), "{MISSING}");
        let mut child = Command::new("node")
            .arg(format!("{PEERS}/dashboard/{script}"))
            .args(["--url", url])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, output }
    }

    /// What it prints next.
    pub(crate) fn line(&mut self) -> String {
        self.output.next().expect("the script goes on").unwrap()
    }

    /// Waits until it has ended, and fails with what it found amiss. Returns what it printed.
    pub(crate) fn end(self) -> Vec<String> {
        let Self { child, output } = self;
        let printed: Vec<_> = output.map(Result::unwrap).collect();
        let ended = child.wait_with_output().unwrap();
        let amiss = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{amiss}");
        printed
    }
}
