//! Stock `oidc-provider` as the server, `openid-client` and `requests-oauthlib` as clients, grantscope between them.
//!
//! The server gives one and the same text for every refused grant, so that each cause is told from the traffic.

use std::collections::BTreeMap;
use std::process::Output;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::support::grantscope::{Home, last_revisions};
use crate::support::peers::{Certificates, Client, Provider, Scenario};

/// The verdict on the cause of a scenario, where the traffic does not prove it.
const NOT_PROVEN: &[(&str, &str)] = &[
    // The lifetime of this server's codes and tokens is not on the wire, and they are younger than its documented one.
    ("code-expired", "possible"),
    ("refresh-expired", "possible"),
    // Another user agent, or an earlier time, may have had the code or the token.
    ("code-unknown", "likely"),
    ("refresh-unknown", "possible"),
    // Servers differ in whether they mind.
    ("pkce-verifier-unexpected", "likely"),
    ("assertion-audience-mismatch", "likely"),
    ("assertion-replayed", "likely"),
    // The key that the server has registered is not on the wire.
    ("assertion-signature-invalid", "likely"),
    // No request of the client was accepted before, to compare its credentials with.
    ("client-credentials-wrong-secret", "likely"),
    ("client-credentials-wrong-missing", "likely"),
    ("client-credentials-wrong-method", "likely"),
    // That the server ended the family or the session is its own record.
    ("refresh-revoked-by-code-replay", "likely"),
    ("refresh-session-ended", "likely"),
];

/// One scenario, played.
struct Played {
    output: Output,
    findings: Vec<Value>,
    home: Home,
}

fn play(client: Client, scenario: &Scenario, issuer: &str, certificates: &Certificates) -> Played {
    let home = Home::new();
    let mut command = home.command(&["run"]);
    command.arg("--upstream-ca").arg(certificates.ca());
    command
        .arg("--findings")
        .arg(home.findings_file())
        .arg("--har")
        .arg(home.har_file());
    command.arg("--").args(client.command()).args([
        "--issuer",
        issuer,
        "--scenario",
        &scenario.name,
    ]);
    let output = command.output().unwrap();
    Played {
        output,
        findings: home.findings(),
        home,
    }
}

impl Played {
    fn faults(&self, scenario: &Scenario) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.output.status.success() {
            faults.push(format!(
                "the client ended with {}: {}",
                self.output.status,
                text(&self.output.stderr)
            ));
        }
        faults.extend(self.wrong_diagnosis(scenario));
        faults.extend(self.leaks());
        faults.extend(self.differs_from_its_har());
        faults
    }

    fn wrong_diagnosis(&self, scenario: &Scenario) -> Option<String> {
        let found: Vec<_> = self.findings.iter().map(cause_and_verdict).collect();
        let Some(cause) = &scenario.cause else {
            return (!found.is_empty()).then(|| format!("a healthy flow was diagnosed: {found:?}"));
        };
        let exception = NOT_PROVEN.iter().find(|(name, _)| *name == scenario.name);
        let verdict = exception.map_or("proven", |(_, verdict)| verdict);
        let expected = (cause.clone(), verdict.to_owned());
        (!found.contains(&expected))
            .then(|| format!("diagnosed {found:?}, and it was {expected:?}"))
    }

    /// No secret that the client saw is in anything that grantscope wrote.
    fn leaks(&self) -> Vec<String> {
        let mut written = self.home.files();
        written.push(("standard error".into(), self.output.stderr.clone()));
        let holds = |bytes: &[u8], secret: &str| {
            bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        };
        let mut leaks = Vec::new();
        for secret in secrets(&self.output.stdout) {
            let value = secret["value"].as_str().unwrap();
            for (path, _) in written.iter().filter(|(_, bytes)| holds(bytes, value)) {
                leaks.push(format!(
                    "{} holds a secret: {}",
                    path.display(),
                    secret["kind"]
                ));
            }
        }
        leaks
    }

    /// The redacted export gives the diagnosis that the raw traffic gave.
    fn differs_from_its_har(&self) -> Option<String> {
        let mut command = self.home.command(&["analyze", "--format", "jsonl"]);
        let analyzed = command.arg(self.home.har_file()).output().unwrap();
        let again = last_revisions(&text(&analyzed.stdout));
        let of = |findings: &[Value]| findings.iter().map(without_revision).collect::<Vec<_>>();
        let (live, again) = (of(&self.findings), of(&again));
        (live != again)
            .then(|| format!("live it was\n{live:#?}\nand from the HAR file\n{again:#?}"))
    }
}

fn cause_and_verdict(finding: &Value) -> (String, String) {
    let of = |name: &str| finding[name].as_str().unwrap_or("none").to_owned();
    (of("cause"), of("verdict"))
}

fn without_revision(finding: &Value) -> Value {
    let mut finding = finding.clone();
    finding.as_object_mut().unwrap().remove("revision");
    finding
}

/// The secrets that the client saw. Some are too short to be told from other text.
fn secrets(output: &[u8]) -> Vec<Value> {
    const CHARACTERS_MIN: usize = 6;
    let last = text(output)
        .lines()
        .last()
        .and_then(|line| serde_json::from_str::<Value>(line).ok());
    let all = last
        .and_then(|line| line["secrets"].as_array().cloned())
        .expect("the client lists its secrets at the end");
    all.into_iter()
        .filter(|secret| {
            secret["value"]
                .as_str()
                .is_some_and(|it| it.len() >= CHARACTERS_MIN)
        })
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Plays all scenarios of a client, those that need the same server options at one server.
fn play_all(client: Client) {
    let certificates = Certificates::new();
    let mut by_options: BTreeMap<String, Vec<Scenario>> = BTreeMap::new();
    for scenario in client.scenarios() {
        by_options
            .entry(scenario.provider.clone())
            .or_default()
            .push(scenario);
    }
    let faults = Mutex::new(Vec::new());
    for (options, scenarios) in by_options {
        let provider = Provider::start(&certificates, &options);
        let (provider, certificates, faults) = (&provider, &certificates, &faults);
        thread::scope(|scope| {
            for share in scenarios.chunks(scenarios.len().div_ceil(2)) {
                scope.spawn(move || {
                    for scenario in share {
                        let played = play(client, scenario, &provider.issuer, certificates);
                        let found = played.faults(scenario).into_iter();
                        faults
                            .lock()
                            .unwrap()
                            .extend(found.map(|fault| format!("{}: {fault}", scenario.name)));
                    }
                });
            }
        });
    }
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{client:?}\n{}", faults.join("\n"));
}

#[test]
fn every_refusal_that_openid_client_meets_is_diagnosed_and_no_healthy_flow_is() {
    play_all(Client::JavaScript);
}

#[test]
fn every_refusal_that_requests_oauthlib_meets_is_diagnosed_and_no_healthy_flow_is() {
    play_all(Client::Python);
}

/// The mission asks for fifteen scenarios at least.
#[test]
fn the_scenarios_cover_the_causes_and_healthy_flows() {
    let scenarios: Vec<_> = [Client::JavaScript, Client::Python]
        .into_iter()
        .flat_map(Client::scenarios)
        .collect();
    let causes: std::collections::BTreeSet<_> = scenarios
        .iter()
        .filter_map(|scenario| scenario.cause.clone())
        .collect();
    let healthy = scenarios
        .iter()
        .filter(|scenario| scenario.cause.is_none())
        .count();
    assert!(
        causes.len() >= 15 && healthy >= 4,
        "{causes:?}, {healthy} healthy flows"
    );
}
