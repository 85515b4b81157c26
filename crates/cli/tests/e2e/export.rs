//! `grantscope export` in all its formats: what other programs read in them, and what nobody may.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::grantscope::{Home, last_revisions};
use crate::support::peers::reads;
#[cfg(unix)]
use crate::support::{grantscope::Listening, scripted};

const FORMATS: [&str; 8] = [
    "har", "jsonl", "json", "postman", "insomnia", "curl", "markdown", "html",
];

fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = home.command(arguments).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn capture(home: &Home) -> String {
    let path = home.path("raw.har");
    fs::write(&path, include_str!("capture.har")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Exports to a file, whose content is what standard output would have been.
fn export(home: &Home, capture: &str, format: &str, more: &[&str]) -> PathBuf {
    let file = home.path(&format!("exported.{format}"));
    let to = file.to_str().unwrap();
    let arguments = [&["export", capture, "--format", format], more].concat();
    let written = run(home, &[&arguments[..], &["-o", to]].concat());
    assert_eq!(written, (Some(0), String::new(), String::new()));
    assert_eq!(run(home, &arguments).1, fs::read_to_string(&file).unwrap());
    file
}

#[test]
fn a_har_is_valid_by_the_schema_and_found_to_be_the_same() {
    let home = Home::new();
    let capture = capture(&home);
    let file = export(&home, &capture, "har", &[]);
    assert_eq!(reads("har", &file)["entries"], 2);
    let only = export(
        &home,
        &capture,
        "har",
        &["--only", &finding(&home, &capture)],
    );
    let [raw, again] = [capture.as_str(), only.to_str().unwrap()]
        .map(|file| run(&home, &["analyze", file, "--format", "jsonl"]).1);
    let diagnoses = |lines: &str| {
        let mut all = last_revisions(lines);
        all.retain(|it| it["kind"] == "diagnosis");
        all
    };
    assert_eq!(diagnoses(&raw), diagnoses(&again));
}

fn finding(home: &Home, capture: &str) -> String {
    let (_, lines, _) = run(home, &["analyze", capture, "--format", "jsonl"]);
    let findings = last_revisions(&lines);
    let refusal = findings.iter().find(|it| it["kind"] == "diagnosis");
    refusal.unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_flows_of_the_demo_are_a_valid_har() {
    let home = Home::new();
    let har = home.har_file();
    let output = home
        .command(&["demo", "--quiet", "--har", har.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let count = entries(&har).len();
    assert!(count > 50, "{count}");
    assert_eq!(reads("har", &har)["entries"], count);
    for entry in entries(&har) {
        let timings = entry["timings"].as_object().unwrap();
        let phases = timings.iter().filter(|(name, _)| *name != "ssl");
        let sum: f64 = phases
            .filter_map(|(_, it)| it.as_f64())
            .filter(|it| *it >= 0.0)
            .sum();
        assert!(
            (entry["time"].as_f64().unwrap() - sum).abs() < 1e-6,
            "{timings:?}"
        );
        assert!(
            ["send", "wait", "receive"]
                .iter()
                .all(|it| timings[*it].as_f64() >= Some(0.0))
        );
    }
}

#[cfg(unix)]
#[test]
fn the_network_panel_of_a_browser_imports_a_har() {
    let home = Home::new();
    let file = export(&home, &capture(&home), "har", &[]);
    let imported = reads("panel", &file);
    assert_eq!(imported["statuses"], serde_json::json!([302, 400]));
}

fn entries(har: &std::path::Path) -> Vec<Value> {
    let har: Value = serde_json::from_str(&fs::read_to_string(har).unwrap()).unwrap();
    har["log"]["entries"].as_array().unwrap().clone()
}

/// Ended by a signal, it writes the file itself.
#[cfg(unix)]
#[tokio::test]
async fn a_har_of_a_run_is_the_one_that_its_session_is_exported_as() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let (har, ca) = (home.har_file(), home.path("upstream.pem"));
    let arguments = [
        "--upstream-ca",
        ca.to_str().unwrap(),
        "--har",
        har.to_str().unwrap(),
    ];
    let proxy = Listening::start(&home, &arguments);
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 200);
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 400);
    proxy.end();

    let (_, exported, _) = run(&home, &["export", "latest"]);
    let [live, later] = [fs::read_to_string(&har).unwrap(), exported].map(|text| {
        let mut har: Value = serde_json::from_str(&text).unwrap();
        let findings = har["log"]["_grantscope"]["findings"]
            .as_array_mut()
            .unwrap();
        // How often a finding was revised depends on when the requests that ran at once were answered.
        for finding in findings.iter_mut() {
            finding.as_object_mut().unwrap().remove("revision");
        }
        findings.sort_by_key(|it| it["id"].to_string());
        har
    });
    assert_eq!(live, later);
    let found = later["log"]["_grantscope"]["findings"].to_string();
    assert!(found.contains("code-reused"), "{found}");
    assert_eq!(
        reads("har", &har)["entries"],
        later["log"]["entries"].as_array().unwrap().len()
    );
}

#[test]
fn other_tools_read_the_refused_request_with_variables_for_its_secrets() {
    let home = Home::new();
    let capture = capture(&home);
    for (format, code, secret) in [
        ("postman", "{{code}}", "{{client_secret}}"),
        ("insomnia", "{{ _.code }}", "{{ _.client_secret }}"),
    ] {
        let read = reads(format, &export(&home, &capture, format, &[]));
        assert_eq!(
            read["variables"],
            serde_json::json!(["code", "client_secret"]),
            "{format}"
        );
        let requests = read["requests"].as_array().unwrap();
        let [request] = requests.as_slice() else {
            panic!("{format}: {requests:#?}");
        };
        assert_eq!(request["method"], "POST");
        assert_eq!(request["url"], "https://idp.test/token");
        assert_eq!(request["secret"], secret, "{format}");
        let body = request["body"].as_str().unwrap();
        assert!(body.contains(&format!("code={code}")), "{format}: {body}");
    }
}

#[test]
fn no_export_holds_a_secret() {
    let home = Home::new();
    let capture = capture(&home);
    for format in FORMATS {
        let text = fs::read_to_string(export(&home, &capture, format, &[])).unwrap();
        for secret in [
            "SplxlOBeZQQYbYS6WxSbIA",
            "s3cr3t",
            "d2ViOnMzY3IzdA",
            "af0ifjsldkj",
        ] {
            assert!(!text.contains(secret), "{secret} in {format}: {text}");
        }
    }
}

#[test]
fn a_page_and_an_issue_show_what_was_sent() {
    let home = Home::new();
    let capture = capture(&home);
    let page = fs::read_to_string(export(&home, &capture, "html", &[])).unwrap();
    for part in [
        "<svg",
        "authorization server",
        "400 invalid_grant",
        "id=\"x2\"",
        "href=\"#x2-",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for outside in ["<script", "<link", "<img", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
    let issue = fs::read_to_string(export(&home, &capture, "markdown", &[])).unwrap();
    for part in [
        "## Traffic",
        "Basic web:secret#",
        "form grant_type = authorization_code",
    ] {
        assert!(issue.contains(part), "{part}: {issue}");
    }
}

#[test]
fn only_what_a_finding_is_about_is_exported() {
    let home = Home::new();
    let twice = home.path("twice.har");
    let har = include_str!("capture.har");
    // The same again a day later, with another code.
    let mut both: Value = serde_json::from_str(har).unwrap();
    let later = har
        .replace("2026-01-05", "2026-01-06")
        .replace("SplxlOBeZQQYbYS6WxSbIA", "Zx8pQ1LmN4rT6vY0bC3dEf")
        .replace("af0ifjsldkj", "bg1jgktmelk");
    let later: Value = serde_json::from_str(&later).unwrap();
    let entries = both["log"]["entries"].as_array_mut().unwrap();
    entries.extend(later["log"]["entries"].as_array().unwrap().clone());
    fs::write(&twice, both.to_string()).unwrap();
    let twice = twice.to_str().unwrap();
    let first = finding(&home, twice);
    let (_, all, _) = run(&home, &["export", twice, "--format", "jsonl"]);
    let (_, only, _) = run(
        &home,
        &["export", twice, "--format", "jsonl", "--only", &first],
    );
    assert_eq!((all.lines().count(), only.lines().count()), (4, 2));
    assert!(
        only.contains("2026-01-05") && !only.contains("2026-01-06"),
        "{only}"
    );
}

#[test]
fn what_cannot_be_exported_is_told_with_what_can() {
    let home = Home::new();
    let capture = capture(&home);
    let (code, _, error) = run(&home, &["export", &capture, "--format", "pretty"]);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("does not write pretty; it writes har, "),
        "{error}"
    );
    let (code, _, error) = run(&home, &["export", &capture, "--only", "nonsense"]);
    assert_eq!(code, Some(2));
    let finding = finding(&home, &capture);
    assert!(
        error.contains("“nonsense”") && error.contains(&finding),
        "{error}"
    );
    for command in [
        &["analyze", &capture, "--format", "curl"][..],
        &["proxy", "--format", "html"],
    ] {
        let (code, _, error) = run(&home, command);
        assert_eq!(code, Some(2));
        assert!(error.contains("does not write"), "{error}");
    }
}
