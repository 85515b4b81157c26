//! The real server and the real clients, as processes of their own. `cargo xtask prepare` installs what they need.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use grantscope_testkit::TestCa;
use serde_json::Value;
use tempfile::TempDir;

/// Where their programs are.
pub(crate) const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/peers");
const MISSING: &str =
    "the peers of the end-to-end tests are not installed: run `cargo xtask prepare`";

/// Which client plays a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// `openid-client` on Node.
    JavaScript,
    /// `requests-oauthlib`.
    Python,
    /// No library at all, at other servers than `oidc-provider`.
    Plain,
}

/// What a client can play.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub name: String,
    /// The cause of the refusal that it ends in or passes through; `None` for a healthy flow.
    pub cause: Option<String>,
    /// How sure the diagnosis of it has to be, where the scenario says so.
    pub verdict: Option<String>,
    /// The options of the server that it needs, as JSON.
    pub provider: String,
    /// What may be warned of though all is well.
    pub warnings: Vec<String>,
}

impl Client {
    /// The program and its script.
    pub(crate) fn command(self) -> Vec<String> {
        match self {
            Self::JavaScript => on_node("client.mjs"),
            Self::Python => vec![python(), format!("{PEERS}/client.py")],
            Self::Plain => on_node("plain.mjs"),
        }
    }

    /// The script of the servers that it is a client of.
    fn server(self) -> &'static str {
        match self {
            Self::JavaScript | Self::Python => "provider.mjs",
            Self::Plain => "others.mjs",
        }
    }

    /// All scenarios that this client knows.
    pub(crate) fn scenarios(self) -> Vec<Scenario> {
        let command = self.command();
        let listed = Command::new(&command[0])
            .args(&command[1..])
            .arg("--list")
            .output()
            .expect(MISSING);
        assert!(
            listed.status.success(),
            "{MISSING}: {}",
            String::from_utf8_lossy(&listed.stderr)
        );
        String::from_utf8(listed.stdout)
            .unwrap()
            .lines()
            .map(scenario)
            .collect()
    }
}

fn on_node(script: &str) -> Vec<String> {
    installed(&Path::new(PEERS).join("node_modules"));
    vec!["node".to_owned(), format!("{PEERS}/{script}")]
}

/// The program that plays many scenarios of both clients at one server.
pub(crate) fn crowd(issuer: &str) -> Vec<String> {
    let apps = [Client::JavaScript, Client::Python].map(Client::command);
    let program = ["node".to_owned(), format!("{PEERS}/crowd.mjs")];
    let issuer = ["--issuer".to_owned(), issuer.to_owned()];
    let apps = apps.map(|app| Value::from(app).to_string());
    program.into_iter().chain(issuer).chain(apps).collect()
}

/// What an app says that discovers its server at an address that stands for it.
pub(crate) fn discovered(address: SocketAddr) -> Value {
    installed(&Path::new(PEERS).join("node_modules"));
    let mut command = Command::new("node");
    command
        .arg(format!("{PEERS}/discovered.mjs"))
        .arg(format!("http://{address}"));
    let output = command.output().expect(MISSING);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What another program reads in an export of this format: one that validates, or the importer of the tool it is for.
pub(crate) fn reads(format: &str, file: &Path) -> Value {
    installed(&Path::new(PEERS).join("node_modules"));
    let mut command = Command::new("node");
    command.arg(format!("{PEERS}/reads.mjs")).arg(format);
    let output = command.arg(file).output().expect(MISSING);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{format}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn scenario(line: &str) -> Scenario {
    let listed: Value = serde_json::from_str(line).unwrap();
    Scenario {
        name: listed["scenario"].as_str().unwrap().to_owned(),
        cause: listed["cause"].as_str().map(str::to_owned),
        verdict: listed["verdict"].as_str().map(str::to_owned),
        provider: listed["provider"].to_string(),
        warnings: serde_json::from_value(listed["warnings"].clone()).unwrap(),
    }
}

fn installed(directory: &Path) {
    assert!(directory.join(".installed-from").exists(), "{MISSING}");
}

/// Sees to it that npm's packages are there.
pub(crate) fn node_modules() {
    installed(&Path::new(PEERS).join("node_modules"));
}

/// The interpreter of the environment that has Python's packages.
pub(crate) fn python() -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let environment = target.join("peers").join("venv");
    installed(&environment);
    let program = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    environment.join(program).to_str().unwrap().to_owned()
}

/// Where that environment has its packages.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) fn python_packages() -> PathBuf {
    let asks = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let told = Command::new(python()).args(["-c", asks]).output().unwrap();
    PathBuf::from(String::from_utf8(told.stdout).unwrap().trim())
}

/// The certificates of the real server: of a CA that nobody else knows.
pub(crate) struct Certificates {
    directory: TempDir,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ca = TestCa::new().unwrap();
        let leaf = ca.leaf(&["localhost", "127.0.0.1"]).unwrap();
        std::fs::write(directory.path().join("ca.pem"), ca.pem()).unwrap();
        std::fs::write(
            directory.path().join("certificate.pem"),
            &leaf.certificate_pem,
        )
        .unwrap();
        std::fs::write(directory.path().join("key.pem"), &leaf.key_pem).unwrap();
        Self { directory }
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }
}

/// A stock authorization server: `oidc-provider`, or another. It ends when it is dropped.
pub(crate) struct Provider {
    child: Child,
    pub issuer: String,
}

impl Provider {
    pub(crate) fn start(certificates: &Certificates, options: &str) -> Self {
        Self::with(Some(certificates), options)
    }

    /// The server of a client's scenarios.
    pub(crate) fn of(client: Client, certificates: &Certificates, options: &str) -> Self {
        Self::run(client.server(), Some(certificates), options)
    }

    /// With these certificates, or without TLS.
    pub(crate) fn with(certificates: Option<&Certificates>, options: &str) -> Self {
        Self::run("provider.mjs", certificates, options)
    }

    fn run(script: &str, certificates: Option<&Certificates>, options: &str) -> Self {
        let program = on_node(script);
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]);
        if let Some(certificates) = certificates {
            let of = |name: &str| certificates.directory.path().join(name);
            command.arg("--cert").arg(of("certificate.pem"));
            command.arg("--key").arg(of("key.pem"));
        }
        let mut child = command
            .args(["--options", options])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(MISSING);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready: Value =
            serde_json::from_str(&lines.next().expect("the server ended at once").unwrap())
                .unwrap();
        // It tells of each refusal, and waits where nobody reads.
        thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            issuer: ready["issuer"].as_str().unwrap().to_owned(),
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}
