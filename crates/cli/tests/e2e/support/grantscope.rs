//! The binary under test, with directories of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use grantscope_testkit::Canaries;
use serde_json::Value;
use tempfile::TempDir;

/// The binary.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_grantscope");

/// Directories for one run of grantscope.
pub(crate) struct Home {
    directory: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn findings_file(&self) -> PathBuf {
        self.path("findings.jsonl")
    }

    pub(crate) fn har_file(&self) -> PathBuf {
        self.path("session.har")
    }

    /// `grantscope ARGUMENTS` with this home, and none of the machine's proxy variables.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .arg("--ca-dir")
            .arg(self.path("ca"))
            .arg("--data-dir")
            .arg(self.path("data"));
        // An empty file: the configuration of whoever runs the tests is not meant.
        let config = self.path("grantscope.toml");
        if !config.exists() {
            fs::write(&config, "").unwrap();
        }
        command.arg("--config").arg(config);
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command
    }

    /// The last revision of each finding, in the order of the exchanges.
    pub(crate) fn findings(&self) -> Vec<Value> {
        last_revisions(&fs::read_to_string(self.findings_file()).unwrap_or_default())
    }

    /// What was not seen, as far as it was told.
    pub(crate) fn gaps(&self) -> Vec<Value> {
        let lines = fs::read_to_string(self.findings_file()).unwrap_or_default();
        let findings = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        findings
            .filter(|it: &Value| it["kind"] == "coverage")
            .collect()
    }

    /// Where secrets are in what was written: in each file below this home, and in the output of programs.
    pub(crate) fn leaks(&self, canaries: &Canaries, outputs: &[&[u8]]) -> Vec<String> {
        let mut written = self.files();
        written.extend(outputs.iter().map(|it| ("an output".into(), it.to_vec())));
        let mut leaks = Vec::new();
        for (path, bytes) in &written {
            let found = canaries.found_in(bytes).into_iter();
            leaks.extend(found.map(|secret| format!("{} holds {secret}", path.display())));
        }
        leaks
    }

    /// Every file below this home, with its bytes.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.directory.path(), &mut files);
        files
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
}

/// The last revision of each finding in JSON Lines, without those on what was not seen.
pub(crate) fn last_revisions(lines: &str) -> Vec<Value> {
    let mut by_exchange = std::collections::BTreeMap::new();
    for line in lines.lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        if finding["kind"] == "coverage" {
            continue;
        }
        let exchange = finding["exchange"]["id"].as_u64().unwrap();
        // An exchange has one diagnosis, and as many warnings as there are kinds of them.
        let warning = finding["warning"].as_str().map(str::to_owned);
        by_exchange.insert((exchange, warning), finding);
    }
    by_exchange.into_values().collect()
}

/// A proxy that listens. It is killed when it is dropped.
pub(crate) struct Listening {
    pub child: Child,
    pub address: SocketAddr,
    /// Where it stands for servers, in the order of its arguments.
    pub reverse: Vec<SocketAddr>,
}

impl Listening {
    /// Starts `grantscope proxy` on a free port and waits until it says that it listens.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Self::of(command)
    }

    /// Starts a command that listens, and waits until it says so.
    pub(crate) fn of(mut command: Command) -> Self {
        let stands_for = command.get_args().filter(|it| *it == "--reverse").count();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap_or_default();
        let address = address
            .parse()
            .unwrap_or_else(|_| panic!("grantscope said {line:?} instead of its address"));
        let mut reverse = Vec::new();
        while reverse.len() < stands_for {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "it has ended");
            let address = line.trim().split_once(" stands for ");
            reverse.extend(address.map(|(address, _)| address.parse::<SocketAddr>().unwrap()));
        }
        child.stdout = Some(output.into_inner());
        Self {
            child,
            address,
            reverse,
        }
    }

    /// Asks it to end, where the system knows how to ask, and waits until it has.
    pub(crate) fn end(mut self) {
        #[cfg(unix)]
        {
            let pid = rustix::process::Pid::from_child(&self.child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        }
        #[cfg(not(unix))]
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        self.child.wait().unwrap();
    }
}
