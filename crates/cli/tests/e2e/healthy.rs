//! Flows in which all is well: nothing is diagnosed, nothing is warned of without cause, and every grant is counted, so
//! that a flow that was not read is not taken for a healthy one.

use std::collections::BTreeSet;

use crate::support::peers::{Client, Scenario};
use crate::support::played::{Played, play_all, play_crowd};

fn judge(played: &Played, due: &BTreeSet<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let diagnosed: Vec<_> = played.of_kind("diagnosis").collect();
    if !diagnosed.is_empty() {
        faults.push(format!("a healthy flow was diagnosed: {diagnosed:#?}"));
    }
    let warned: Vec<_> = played.of_kind("warning").collect();
    let names: BTreeSet<_> = warned
        .iter()
        .filter_map(|warning| warning["warning"].as_str())
        .collect();
    if names != *due {
        faults.push(format!(
            "{due:?} is to be warned of, and it was {warned:#?}"
        ));
    }
    let (counted, received) = (played.grants_counted(), played.grants_received());
    if counted != Some(received) {
        faults.push(format!(
            "{counted:?} grants were counted, and the client received {received}"
        ));
    }
    faults
}

fn play_healthy(client: Client) {
    let is_healthy = |scenario: &Scenario| scenario.cause.is_none();
    play_all(client, is_healthy, |played, scenario| {
        let due = scenario.warnings.iter().map(String::as_str).collect();
        judge(played, &due)
    });
}

#[test]
fn nothing_is_found_in_the_healthy_flows_of_openid_client() {
    play_healthy(Client::JavaScript);
}

#[test]
fn nothing_is_found_in_the_healthy_flows_of_requests_oauthlib() {
    play_healthy(Client::Python);
}

/// What one does must not be taken for what another did.
#[test]
fn nothing_is_found_where_many_are_at_one_server() {
    const GRANTS_MIN: usize = 100;
    let (played, mut faults) = play_crowd();
    faults.extend(judge(&played, &BTreeSet::new()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        played.grants_received() >= GRANTS_MIN,
        "{} grants",
        played.grants_received()
    );
}

#[test]
fn the_healthy_flows_are_many_and_meet_the_server_in_many_configurations() {
    let all = [Client::JavaScript, Client::Python]
        .into_iter()
        .flat_map(Client::scenarios);
    let healthy: Vec<_> = all.filter(|scenario| scenario.cause.is_none()).collect();
    let configurations: BTreeSet<_> = healthy.iter().map(|scenario| &scenario.provider).collect();
    assert!(
        healthy.len() >= 50 && configurations.len() >= 10,
        "{} healthy flows in {} configurations",
        healthy.len(),
        configurations.len()
    );
}
