//! A new user: the commands that the README gives for the first diagnosis of one's own app, as they stand there.
//!
//! The apps are a user's, with the server's private CA named as their runtime has it; the server is a stock one. The port is free
//! and not the one of the README, and the browser has no window: nothing else is changed.

use std::fs;
use std::iter;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::grantscope::{BINARY, Home};
use crate::support::lines::Lines;
use crate::support::peers::{Certificates, PEERS, Provider, python};

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"));
const SECTION: &str = "## The first diagnosis of your own app, in two commands";

/// The lines of code of the section.
fn commands() -> Vec<&'static str> {
    let section = README
        .split(SECTION)
        .nth(1)
        .expect("the README has the section");
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(|block| block.lines().skip(1));
    lines.collect()
}

/// The command that ends with these words.
fn command(ending: &str) -> &'static str {
    let named = commands().into_iter().find(|line| line.ends_with(ending));
    named.unwrap_or_else(|| panic!("the README has no command for {ending}"))
}

/// A port that is free, and below those that systems give to whoever asks for any: it stays free until the app listens.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut ports = iter::repeat_with(|| {
        let next = std::process::id() + NEXT.fetch_add(1, Ordering::Relaxed);
        20_000 + u16::try_from(next % 10_000).unwrap()
    });
    ports.find(is_free).unwrap()
}

/// A directory of programs that come first: grantscope as it was installed, Python with the app's packages, and a browser without a
/// window that leaves the name of its profile.
fn programs(home: &Home) -> String {
    let bin = home.path("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(BINARY, bin.join("grantscope")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let chromium = std::env::split_paths(&path).map(|it| it.join("chromium"));
    let chromium = chromium.into_iter().find(|it| it.is_file());
    let chromium =
        chromium.expect("there is no Chromium: `cargo xtask prepare` installs it, or tells how");
    let script = format!(
        "#!/bin/sh\nfor word; do case $word in --user-data-dir=*) echo \"${{word#*=}}\" > {} ;; esac; done\n\
         exec {} --headless=new --no-sandbox --disable-gpu --remote-debugging-port=0 \"$@\"\n",
        home.path("profile").display(),
        chromium.display(),
    );
    fs::write(bin.join("chromium"), script).unwrap();
    fs::set_permissions(bin.join("chromium"), fs::Permissions::from_mode(0o755)).unwrap();
    let python = PathBuf::from(python());
    format!(
        "{}:{}:{path}",
        bin.display(),
        python.parent().unwrap().display()
    )
}

/// What a user has: an app, and the variables by which it is started.
struct App {
    directory: &'static str,
    /// The words after `--` in the README.
    command: &'static str,
    /// How it is told of the server's CA, where the server has one.
    told_of_ca: &'static str,
}

/// Starts the command of the README as it stands there, but for the port.
fn start(app: &App, home: &Home, provider: &Provider, port: u16, ca: Option<&Path>) -> Child {
    let line = command(app.command);
    let usual = line
        .split("localhost:")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let line = line.replace(&format!(":{usual}"), &format!(":{port}"));
    let line = match ca {
        // What no variable tells, the README says, is told by a flag.
        Some(ca) if app.told_of_ca == "--upstream-ca" => {
            line.replacen("run ", &format!("run --upstream-ca {} ", ca.display()), 1)
        }
        _ => line,
    };
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec {line}")])
        .current_dir(Path::new(PEERS).join("trial").join(app.directory))
        .env("PATH", programs(home))
        .env("HOME", home.path("user"))
        .env("XDG_DATA_HOME", home.path("data"))
        .env("XDG_CONFIG_HOME", home.path("config"))
        .env("ISSUER", &provider.issuer)
        .env("OAUTHLIB_INSECURE_TRANSPORT", "1")
        .env("PORT", port.to_string())
        .env("CLIENT_ID", "web")
        .env("CLIENT_SECRET", secret());
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        shell.env_remove(name).env_remove(name.to_uppercase());
    }
    if let Some(ca) = ca.filter(|_| !app.told_of_ca.starts_with('-')) {
        shell.env(app.told_of_ca, ca);
    }
    shell
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The secret of the client `web`.
fn secret() -> String {
    let clients = fs::read_to_string(format!("{PEERS}/clients.json")).unwrap();
    let clients: Value = serde_json::from_str(&clients).unwrap();
    clients[0]["client_secret"].as_str().unwrap().to_owned()
}

/// From the command of the README to the first diagnosis, at a server with a private CA or without TLS.
fn is_diagnosed(app: &App, has_tls: bool) {
    let home = Home::new();
    let (port, certificates) = (free_port(), has_tls.then(Certificates::new));
    let redirect_uri = format!("http://localhost:{port}/cb");
    let options = serde_json::json!({"clients": {"web": {"redirect_uris": [redirect_uri]}}});
    let provider = Provider::with(certificates.as_ref(), &options.to_string());
    let ca = certificates.as_ref().map(Certificates::ca);
    let mut child = start(app, &home, &provider, port, ca.as_deref());
    let mut log = Lines::of(child.stderr.take().unwrap());
    let login = Command::new("node")
        .arg(format!("{PEERS}/trial/login.mjs"))
        .arg(home.path("profile"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&login.stdout);
    if !said.starts_with("login failed: ") {
        child.kill().unwrap();
        log.wait_for(&format!("a refusal, for the login said {login:?}"));
    }
    let line = log.wait_for("refused[");
    assert!(
        line.contains("refused[redirect-uri-mismatch] proven"),
        "{line}"
    );
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    // The browser ends with grantscope, and nothing of its profile stays.
    let profile = fs::read_to_string(home.path("profile")).unwrap();
    assert!(!Path::new(profile.trim()).exists(), "{profile}");
}

const NODE: App = App {
    directory: "node",
    command: "npm start",
    told_of_ca: "NODE_EXTRA_CA_CERTS",
};
const PYTHON: App = App {
    directory: "python",
    command: "python manage.py runserver",
    told_of_ca: "REQUESTS_CA_BUNDLE",
};
const JAVA: App = App {
    directory: "java",
    command: "./gradlew --no-daemon bootRun",
    told_of_ca: "--upstream-ca",
};

#[test]
fn the_readme_says_what_a_clone_is_installed_from() {
    assert_eq!(commands()[0], "cargo install --locked --path crates/cli");
    let manifest = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    assert!(env!("CARGO_MANIFEST_DIR").ends_with("crates/cli"));
    assert!(manifest.contains("name = \"grantscope\""));
}

#[test]
fn an_app_on_node_is_diagnosed_by_the_command_of_the_readme() {
    is_diagnosed(&NODE, true);
    is_diagnosed(&NODE, false);
}

#[test]
fn an_app_on_python_is_diagnosed_by_the_command_of_the_readme() {
    is_diagnosed(&PYTHON, true);
    is_diagnosed(&PYTHON, false);
}

#[test]
fn an_app_on_java_is_diagnosed_by_the_command_of_the_readme() {
    is_diagnosed(&JAVA, true);
    is_diagnosed(&JAVA, false);
}
