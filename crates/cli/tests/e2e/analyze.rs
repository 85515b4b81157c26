//! `grantscope analyze` as a user types it: its formats, and the files of one incident.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use grantscope_capture::har;
use grantscope_capture::redact::Redactor;
use grantscope_oauth::Exchange;
use grantscope_rules::Cause;
use grantscope_testkit::scenarios;
use serde_json::Value;

use crate::support::capture;
use crate::support::grantscope::Home;

fn analyze(home: &Home, arguments: &[&str]) -> String {
    let output = home.command(&["analyze"]).args(arguments).output().unwrap();
    capture::assert_silent(&[&output.stdout, &output.stderr]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""));
    String::from_utf8(output.stdout).unwrap()
}

fn raw(home: &Home) -> String {
    let path = home.path("raw.har");
    fs::write(&path, capture::HAR).unwrap();
    path.to_str().unwrap().to_owned()
}

fn write_har(path: &Path, exchanges: &[Exchange]) {
    let keep = Redactor::keep_secrets();
    let exchanges: Vec<_> = exchanges.iter().map(|it| keep.redact(it)).collect();
    har::export(fs::File::create(path).unwrap(), "0", &exchanges, None).unwrap();
}

/// The first scenario of a cause in which it is proven, as a browser whose clock is ahead and a server saw it.
fn incident(home: &Home, cause: Cause, ahead: Duration) -> [PathBuf; 2] {
    let all = scenarios(cause.id(), cause.page().markdown()).unwrap();
    let is_proven = |page: &&grantscope_testkit::Scenario| {
        let verdicts = &page.verdicts;
        verdicts
            .iter()
            .any(|it| it.cause == cause.id() && it.verdict == "proven")
    };
    let scenario = all.iter().find(is_proven).unwrap();
    let (backend, mut browser): (Vec<_>, Vec<_>) = scenario
        .exchanges
        .iter()
        .cloned()
        .partition(|it| it.request.url.path().ends_with("/token"));
    for exchange in &mut browser {
        exchange.started_at = exchange.started_at.checked_add(ahead).unwrap();
    }
    let files = [home.path("browser.har"), home.path("backend.har")];
    write_har(&files[0], &browser);
    write_har(&files[1], &backend);
    files
}

#[test]
fn a_browser_five_minutes_ahead_of_the_server_is_one_incident_with_it() {
    for cause in [Cause::RedirectUriMismatch, Cause::PkceVerifierMismatch] {
        let home = Home::new();
        let [browser, backend] = incident(&home, cause, Duration::from_mins(5));
        let (browser, backend) = (browser.to_str().unwrap(), backend.to_str().unwrap());
        let log = analyze(&home, &[browser, backend]);
        let note = log.lines().next().unwrap();
        assert!(
            note.starts_with("2 files merged; backend.har is ") && note.ends_with(" behind"),
            "{log}"
        );
        assert!(log.contains(&format!("refused[{cause}] proven")), "{log}");
        for files in [[browser, backend], [backend, browser]] {
            let json = analyze(&home, &[files[0], files[1], "--format", "jsonl"]);
            assert!(!json.contains("merged"), "{json}");
            let mut lines = json
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap());
            let refusal = lines.find(|it| it["kind"] == "diagnosis").unwrap();
            assert_eq!(refusal["cause"], cause.id());
            assert!((0.0..15.0).contains(&age_s(&refusal)), "{refusal:#}");
        }
    }
}

#[test]
fn of_several_files_a_finding_tells_in_which_each_exchange_is() {
    let home = Home::new();
    let [browser, backend] = incident(&home, Cause::RedirectUriMismatch, Duration::ZERO);
    let files = [browser.to_str().unwrap(), backend.to_str().unwrap()];
    let log = analyze(&home, &files);
    let told = log.lines().find(|line| line.contains("= files: ")).unwrap();
    assert!(
        told.contains("#1 browser.har entry 1") && told.contains("backend.har entry 1"),
        "{log}"
    );
    let formatted = |format| analyze(&home, &[files[0], files[1], "--format", format]);
    let report: Value = serde_json::from_str(&formatted("json")).unwrap();
    assert_eq!(
        report["origins"][0],
        serde_json::json!({"exchange": 1, "file": "browser.har", "entry": 1})
    );
    assert!(formatted("markdown").contains("| 1 | `browser.har` | 1 |"));
    assert!(formatted("html").contains("<td>#1</td><td>browser.har</td><td>1</td>"));
    assert!(!analyze(&home, &[&raw(&home)]).contains("files:"));
}

/// From the issue of the code to the refusal.
fn age_s(refusal: &Value) -> f64 {
    let moments = refusal["grant"]["timeline"].as_array().unwrap();
    let at = |event: &str| -> jiff::Timestamp {
        let moment = moments.iter().find(|it| it["event"] == event).unwrap();
        moment["time"].as_str().unwrap().parse().unwrap()
    };
    at("refusal")
        .duration_since(at("authorization-response"))
        .as_secs_f64()
}

#[test]
fn a_report_is_written_as_markdown() {
    let home = Home::new();
    let report = analyze(&home, &[&raw(&home), "--format", "markdown"]);
    assert!(
        report.starts_with("# grantscope: 1 refused grant"),
        "{report}"
    );
    for heading in [
        "## 1. `redirect-uri-mismatch`: proven",
        "### Evidence",
        "### Ruled out",
        "### Timeline",
        "### Fix",
        "### References",
    ] {
        assert!(report.contains(heading), "{heading}: {report}");
    }
}

#[test]
fn a_page_needs_nothing_but_itself() {
    let home = Home::new();
    let page = analyze(&home, &[&raw(&home), "--format", "html"]);
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("Content-Security-Policy"),
        "{page}"
    );
    for outside in ["<script", "<link", "<img", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
}

#[test]
fn all_findings_are_one_object_of_json() {
    let home = Home::new();
    let json: Value =
        serde_json::from_str(&analyze(&home, &[&raw(&home), "--format", "json"])).unwrap();
    assert_eq!(json["schema"], "grantscope.report/1");
    assert_eq!(json["findings"][0]["cause"], "redirect-uri-mismatch");
    assert_eq!(json["findings"][0]["schema"], "grantscope.finding/1");
}

/// `analyze` looks for the secrets in whatever is printed.
#[test]
fn no_format_holds_a_secret() {
    let home = Home::new();
    let raw = raw(&home);
    for format in ["pretty", "jsonl", "json", "markdown", "html"] {
        assert!(!analyze(&home, &[&raw, "--format", format]).is_empty());
    }
}

#[test]
fn a_client_id_with_markup_is_a_text_in_every_format() {
    let home = Home::new();
    let path = home.path("hostile.har");
    let hostile = "%3Cscript%3Ealert(1)%3C/script%3E%60%7C%E2%80%AE";
    fs::write(
        &path,
        capture::HAR
            .replace("client_id=web", &format!("client_id={hostile}"))
            .replace(
                "d2ViOnMzY3IzdA==",
                "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0PmB84oCuOnMzY3IzdA==",
            ),
    )
    .unwrap();
    let path = path.to_str().unwrap();
    for format in ["markdown", "html"] {
        let text = analyze(&home, &[path, "--format", format]);
        assert!(text.contains("alert"), "{format}: {text}");
        // A backslash makes it a text of Markdown, and so does a fence.
        let text = text.replace("\\<", "");
        let text: String = text.split("\n```").step_by(2).collect();
        assert!(
            !text.contains("<script") && !text.contains('\u{202e}'),
            "{format}: {text}"
        );
    }
}
