//! Stock `oidc-provider` as the server, `openid-client` and `requests-oauthlib` as clients, grantscope between them.
//!
//! The server gives one and the same text for every refused grant, so that each cause is told from the traffic.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::peers::{Client, Scenario};
use crate::support::played::{Played, play_all};

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
    // Whether a refresh token falls with an access token is the server's policy.
    ("refresh-revoked-with-access-token", "likely"),
    // That the server ended the family or the session is its own record.
    ("refresh-revoked-by-code-replay", "likely"),
    ("refresh-session-ended", "likely"),
];

/// The cause of the scenario is found with its verdict.
fn wrong_diagnosis(played: &Played, scenario: &Scenario) -> Option<String> {
    let cause = scenario.cause.clone()?;
    let found: Vec<_> = played.of_kind("diagnosis").map(cause_and_verdict).collect();
    let exception = NOT_PROVEN.iter().find(|(name, _)| *name == scenario.name);
    let verdict = exception.map_or("proven", |(_, verdict)| verdict);
    let expected = (cause, verdict.to_owned());
    (!found.contains(&expected)).then(|| format!("diagnosed {found:?}, and it was {expected:?}"))
}

fn cause_and_verdict(finding: &Value) -> (String, String) {
    let of = |name: &str| finding[name].as_str().unwrap_or("none").to_owned();
    (of("cause"), of("verdict"))
}

fn play_refusals(client: Client) {
    let refused = |scenario: &Scenario| scenario.cause.is_some();
    play_all(client, refused, |played, scenario| {
        wrong_diagnosis(played, scenario).into_iter().collect()
    });
}

#[test]
fn every_refusal_that_openid_client_meets_is_diagnosed() {
    play_refusals(Client::JavaScript);
}

#[test]
fn every_refusal_that_requests_oauthlib_meets_is_diagnosed() {
    play_refusals(Client::Python);
}

/// The mission asks for fifteen scenarios at least.
#[test]
fn the_scenarios_cover_the_causes_and_healthy_flows() {
    let scenarios: Vec<_> = [Client::JavaScript, Client::Python]
        .into_iter()
        .flat_map(Client::scenarios)
        .collect();
    let causes: BTreeSet<_> = scenarios
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
