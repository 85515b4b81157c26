//! The pages beside the proxy: a refusal is read from them, and from the events that an open page follows.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grantscope_testkit::Canaries;

use crate::support::grantscope::{Home, Listening};
use crate::support::scripted;

/// Nothing that is waited for takes so long.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What the program printed of its pages.
struct Pages {
    address: SocketAddr,
    token: String,
}

impl Pages {
    /// Reads what is printed until the address of the pages comes.
    fn announced(lines: impl Iterator<Item = std::io::Result<String>>) -> Self {
        let line = lines
            .map(Result::unwrap)
            .find(|line| line.contains("/enter/"));
        let line = line.expect("the address of the pages is printed");
        let (_, url) = line.split_once("http://").unwrap();
        let (address, token) = url.split_once("/enter/").unwrap();
        Self {
            address: address.parse().unwrap(),
            token: token.to_owned(),
        }
    }

    fn ask(&self, path: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.address).unwrap();
        connection.set_read_timeout(Some(WAIT_MAX)).unwrap();
        let (address, port) = (self.address, self.address.port());
        let cookie = format!("grantscope-{port}={}", self.token);
        write!(
            connection,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        connection
    }

    fn page(&self, path: &str) -> String {
        let mut answer = String::new();
        self.ask(path).read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer
    }

    /// The page to which the first link of this beginning leads.
    fn behind(&self, page: &str, link: &str) -> String {
        let begin = format!("href=\"{link}");
        let at = page
            .find(&begin)
            .unwrap_or_else(|| panic!("no {link} in {page}"));
        let path = page[at + 6..].split(['"', '#']).next().unwrap();
        self.page(path)
    }
}

#[tokio::test]
async fn a_refusal_appears_on_an_open_page() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let (proxy, pages) = listening(&home);
    let empty = pages.page("/");
    assert!(
        empty.contains("Nothing of OAuth has been seen yet"),
        "{empty}"
    );

    let mut events = BufReader::new(pages.ask("/events")).lines();
    let mut until = |text: &str| {
        let mut lines = events.by_ref().map(Result::unwrap);
        lines.find(|line| line.contains(text))
    };
    assert!(until("event: hello").is_some());

    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 200);
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 400);
    #[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
    let answered = Instant::now();
    let found = until("\"kind\":\"diagnosis\"").unwrap();
    let took = answered.elapsed();
    assert!(found.contains("\"about\":\"code-reused\""), "{found}");
    println!("the refusal was told of {took:?} after its answer");

    let log = pages.page("/");
    assert!(
        log.contains("code-reused") && log.contains("1 grant issued"),
        "{log}"
    );
    let finding = pages.behind(&log, "/findings/");
    assert!(finding.contains("All causes"), "{finding}");
    let exchange = pages.behind(&finding, "/exchanges/");
    assert!(exchange.contains("id=\"form-code\""), "{exchange}");
    let grant = pages.behind(&exchange, "/grants/code%23");
    let shown = [log, finding, exchange, grant].concat();
    let canaries = Canaries::new([server.secrets(), login.secrets()].concat());
    canaries.assert_silent("a page", shown.as_bytes());
    proxy.end();
}

/// A program reads standard output, and whoever started it can look all the same.
#[test]
fn where_findings_are_for_a_program_the_address_is_on_standard_error() {
    let home = Home::new();
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0", "--format", "jsonl"]);
    let mut proxy = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pages = Pages::announced(BufReader::new(proxy.stderr.take().unwrap()).lines());
    let log = pages.page("/");
    proxy.kill().unwrap();
    let output = proxy.wait_with_output().unwrap();
    assert!(log.contains("Nothing of OAuth has been seen yet"), "{log}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[tokio::test]
async fn a_file_is_looked_at_without_a_proxy() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let har = home.har_file();
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    let upstream_ca = home.path("upstream.pem");
    command.arg("--upstream-ca").arg(upstream_ca);
    command.args(["--dashboard", "off", "--har"]).arg(&har);
    let proxy = Listening::of(command);
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    app.exchange(&login, &callback).await.unwrap();
    app.exchange(&login, &callback).await.unwrap();
    proxy.end();

    for capture in [har.to_str().unwrap(), "latest"] {
        let mut open = home.command(&["open", capture]);
        let (mut open, pages) = opened(&mut open);
        let log = pages.page("/");
        open.kill().unwrap();
        open.wait().unwrap();
        assert!(log.contains("code-reused"), "{capture}: {log}");
    }
}

fn opened(command: &mut Command) -> (std::process::Child, Pages) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let pages = Pages::announced(BufReader::new(output).lines());
    (child, pages)
}

/// A proxy that trusts the server, and its pages: both addresses are read from what it prints.
fn listening(home: &Home) -> (Listening, Pages) {
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    command.arg("--upstream-ca").arg(home.path("upstream.pem"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.rsplit(' ').next().unwrap().parse().unwrap();
    let pages = Pages::announced(lines.by_ref());
    // The log goes on; nobody waits for it.
    std::thread::spawn(move || lines.for_each(drop));
    (
        Listening {
            child,
            address,
            reverse: Vec::new(),
        },
        pages,
    )
}

#[test]
fn an_address_that_others_reach_is_refused() {
    let home = Home::new();
    for (address, expected) in [
        ("0.0.0.0:0", "loopback"),
        ("nonsense", "neither an address"),
    ] {
        let arguments = ["proxy", "--listen", "127.0.0.1:0", "--dashboard", address];
        let output = home.command(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(expected), "{told}");
    }
    let nothing = home.command(&["open", "none"]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
}
