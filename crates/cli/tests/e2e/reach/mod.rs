//! `docs/runtimes.md` holds: every client in its tables comes through `grantscope run` and trusts it, or grantscope tells why not.

mod page;
mod past;
mod runtimes;
mod rust;
mod server;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;
use std::thread;

use grantscope_testkit::Canaries;
use serde_json::Value;

use crate::support::grantscope::Home;
use page::Row;
use server::Server;

/// A program that presents a refresh token by many clients: `PROGRAM CLIENT,… URL…`.
struct Program(Vec<OsString>);

impl Program {
    fn new<Word: Into<OsString>>(words: impl IntoIterator<Item = Word>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }
}

/// What a run of a program left behind.
struct Run {
    /// The clients whose request was seen, by the number of the URL.
    seen: BTreeSet<(usize, String)>,
    /// The kinds of what was not seen.
    gaps: Vec<String>,
    errors: String,
}

/// Runs the clients of a section at four URLs, and sees that each comes through where the table says so; and that grantscope
/// tells of those that do not, each run by itself.
fn holds(section: &str, program: &Program) {
    let rows = page::section(section);
    assert!(!rows.is_empty(), "{section}");
    let server = Server::start();
    let all: Vec<_> = rows.iter().map(|row| row.client.clone()).collect();
    let expected: BTreeSet<_> = rows.iter().flat_map(Row::through).collect();
    thread::scope(|scope| {
        for (row, url, kind) in rows.iter().flat_map(Row::gaps) {
            let server = &server;
            scope.spawn(move || is_told(program, server, row, url, &kind));
        }
        let run = play(program, &server, &all, &[0, 1, 2, 3]);
        let missing: Vec<_> = expected.difference(&run.seen).collect();
        let unexpected: Vec<_> = run.seen.difference(&expected).collect();
        assert!(
            missing.is_empty() && unexpected.is_empty(),
            "{section}: missing {missing:?}, unexpected {unexpected:?}\n{}",
            run.errors
        );
    });
}

/// A client that does not come through is told of by a gap of this kind.
fn is_told(program: &Program, server: &Server, row: &Row, url: usize, kind: &str) {
    let run = play(program, server, std::slice::from_ref(&row.client), &[url]);
    let place = format!("{} at {}: {}", row.client, server.urls[url], run.errors);
    assert_eq!(run.seen, BTreeSet::new(), "{place}");
    assert!(
        run.gaps.iter().any(|it| it == kind),
        "{place}{:?}",
        run.gaps
    );
}

fn play(program: &Program, server: &Server, clients: &[String], urls: &[usize]) -> Run {
    let home = Home::new();
    std::fs::write(home.path("upstream.pem"), &server.ca_pem).unwrap();
    let mut run = home.command(&["run", "--quiet"]);
    run.arg("--upstream-ca")
        .arg(home.path("upstream.pem"))
        .args(["--upstream-proxy", &server.proxy])
        .arg("--findings")
        .arg(home.findings_file())
        .arg("--har")
        .arg(home.har_file())
        .arg("--")
        .args(&program.0)
        .arg(clients.join(","))
        .args(urls.iter().map(|&url| &server.urls[url]));
    without_ours(&mut run);
    let output = run.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{:?}: {errors}", program.0);
    let secrets = clients
        .iter()
        .map(|it| ("refresh token", format!("secret-of-{it}")));
    let leaks = home.leaks(&Canaries::new(secrets), &[&output.stdout, &output.stderr]);
    assert_eq!(leaks, [""; 0]);
    let har: Value = serde_json::from_slice(&std::fs::read(home.har_file()).unwrap()).unwrap();
    let kinds = home.gaps();
    Run {
        seen: seen(&har, clients, urls, server),
        gaps: kinds
            .iter()
            .map(|it| it["coverage"].as_str().unwrap().to_owned())
            .collect(),
        errors,
    }
}

/// What the tests' own environment would add has no part in it.
fn without_ours(run: &mut Command) {
    for name in [
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "RUBYOPT",
        "PHP_INI_SCAN_DIR",
        "WGETRC",
    ] {
        run.env_remove(name);
    }
}

/// The clients by their client ids, which stay readable in a redacted session.
fn seen(
    har: &Value,
    clients: &[String],
    urls: &[usize],
    server: &Server,
) -> BTreeSet<(usize, String)> {
    let entries = har["log"]["entries"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for request in entries.iter().map(|entry| &entry["request"]) {
        let asked = request["url"].as_str().unwrap();
        let form = request["postData"]["text"].as_str().unwrap_or_default();
        let query = asked.split_once('?').map_or("", |(_, query)| query);
        let fields = form.split('&').chain(query.split('&'));
        let names: Vec<_> = fields
            .filter_map(|it| it.strip_prefix("client_id="))
            .collect();
        for &url in urls
            .iter()
            .filter(|&&url| asked.starts_with(&server.urls[url]))
        {
            let named = clients.iter().filter(|it| names.contains(&it.as_str()));
            seen.extend(named.map(|client| (url, client.clone())));
        }
    }
    seen
}
