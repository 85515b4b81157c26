//! A scenario, played through grantscope: what holds for each of them, whatever it is about.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Mutex;
use std::thread;

use grantscope_testkit::Canaries;
use serde_json::Value;

use super::grantscope::{Home, last_revisions};
use super::peers::{Certificates, Client, Provider, Scenario, crowd};

/// One scenario, played.
pub(crate) struct Played {
    output: Output,
    findings: Vec<Value>,
    home: Home,
}

/// Plays the scenarios of a client that are `wanted`, two at a time, those that need the same server options at one server.
///
/// `judge` tells what is wrong with one, beyond what holds for each.
pub(crate) fn play_all(
    client: Client,
    wanted: fn(&Scenario) -> bool,
    judge: fn(&Played, &Scenario) -> Vec<String>,
) {
    let certificates = Certificates::new();
    let mut by_options: BTreeMap<String, Vec<Scenario>> = BTreeMap::new();
    for scenario in client.scenarios().into_iter().filter(wanted) {
        by_options
            .entry(scenario.provider.clone())
            .or_default()
            .push(scenario);
    }
    let faults = Mutex::new(Vec::new());
    for (options, scenarios) in by_options {
        let provider = Provider::of(client, &certificates, &options);
        let (provider, certificates, faults) = (&provider, &certificates, &faults);
        thread::scope(|scope| {
            for share in scenarios.chunks(scenarios.len().div_ceil(2)) {
                scope.spawn(move || {
                    for scenario in share {
                        let played = play(client, scenario, &provider.issuer, certificates);
                        let found = [played.faults(), judge(&played, scenario)].concat();
                        faults.lock().unwrap().extend(
                            found
                                .into_iter()
                                .map(|fault| format!("{}: {fault}", scenario.name)),
                        );
                    }
                });
            }
        });
    }
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{client:?}\n{}", faults.join("\n"));
}

/// Plays one scenario.
pub(crate) fn play(
    client: Client,
    scenario: &Scenario,
    issuer: &str,
    certificates: &Certificates,
) -> Played {
    let fail_on = match (&scenario.cause, scenario.warnings.as_slice()) {
        (Some(_), _) => None,
        (None, []) => Some("warning"),
        (None, _) => Some("diagnosis"),
    };
    let mut command = client.command();
    command.extend(["--issuer", issuer, "--scenario", &scenario.name].map(str::to_owned));
    watch(&command, fail_on, certificates)
}

/// Plays all healthy scenarios that need no options of the server, of both clients, through one grantscope.
pub(crate) fn play_crowd() -> (Played, Vec<String>) {
    let certificates = Certificates::new();
    let provider = Provider::start(&certificates, "{}");
    let played = watch(&crowd(&provider.issuer), Some("warning"), &certificates);
    let faults = played.faults();
    (played, faults)
}

/// Runs a command through grantscope.
fn watch(command: &[String], fail_on: Option<&str>, certificates: &Certificates) -> Played {
    let home = Home::new();
    let mut grantscope = home.command(&["run"]);
    grantscope
        .arg("--upstream-ca")
        .arg(certificates.ca())
        .arg("--findings")
        .arg(home.findings_file())
        .arg("--har")
        .arg(home.har_file());
    if let Some(kind) = fail_on {
        grantscope.args(["--fail-on", kind]);
    }
    let output = grantscope.arg("--").args(command).output().unwrap();
    Played {
        output,
        findings: home.findings(),
        home,
    }
}

impl Played {
    /// The session as HAR.
    pub(crate) fn har(&self) -> PathBuf {
        self.home.har_file()
    }

    /// The findings of a kind.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.findings
            .iter()
            .filter(move |finding| finding["kind"] == kind)
    }

    /// How many grants grantscope says were issued.
    pub(crate) fn grants_counted(&self) -> Option<usize> {
        let said = text(&self.output.stderr);
        let (before, _) = said.split_once(" grants issued")?;
        before.split_whitespace().last()?.parse().ok()
    }

    /// How many grants the client was given.
    pub(crate) fn grants_received(&self) -> usize {
        let steps = text(&self.output.stdout);
        let steps = steps.lines().map(|line| {
            serde_json::from_str::<Value>(line)
                .unwrap_or_else(|_| panic!("the client wrote a line that is no JSON: {line}"))
        });
        steps
            .filter(|step| step["step"] == "token" && step["status"] == 200)
            .count()
    }

    /// What is wrong whatever the scenario is about.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.output.status.success() {
            faults.push(format!(
                "the client ended with {}: {}",
                self.output.status,
                text(&self.output.stderr)
            ));
        }
        faults.extend(self.leaks());
        faults.extend(self.differs_from_its_har());
        faults
    }

    /// No secret that the client saw is in anything that grantscope wrote, in no encoding.
    fn leaks(&self) -> Vec<String> {
        let canaries = Canaries::new(secrets(&self.output.stdout));
        self.home.leaks(&canaries, &[&self.output.stderr])
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

fn without_revision(finding: &Value) -> Value {
    let mut finding = finding.clone();
    finding.as_object_mut().unwrap().remove("revision");
    finding
}

/// The secrets that the client saw, with their kinds.
fn secrets(output: &[u8]) -> Vec<(String, String)> {
    let last = text(output)
        .lines()
        .last()
        .and_then(|line| serde_json::from_str::<Value>(line).ok());
    let all = last
        .and_then(|line| line["secrets"].as_array().cloned())
        .expect("the client lists its secrets at the end");
    let of = |secret: &Value, name: &str| secret[name].as_str().map(str::to_owned);
    all.iter()
        .filter_map(|secret| Some((of(secret, "kind")?, of(secret, "value")?)))
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
