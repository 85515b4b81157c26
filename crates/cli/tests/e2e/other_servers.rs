//! Other servers than `oidc-provider`, as their makers ship them, and an app without a library: what they answer is in words, or
//! without any, that no other test has.

use crate::support::peers::{Client, Scenario};
use crate::support::played::{Played, play_all};

/// The last refusal has the cause and the verdict of the scenario, and a healthy flow has none.
fn judge(played: &Played, scenario: &Scenario) -> Vec<String> {
    let last = played.of_kind("diagnosis").last();
    let of = |name: &str| last.and_then(|finding| finding[name].as_str());
    let (cause, verdict) = (of("cause"), of("verdict"));
    let expected = (scenario.cause.as_deref(), scenario.verdict.as_deref());
    let fault = format!("diagnosed {cause:?} {verdict:?}, and it was {expected:?}");
    let is_right = (cause, verdict) == expected && (expected.0.is_some() || last.is_none());
    (!is_right).then_some(fault).into_iter().collect()
}

#[test]
fn what_other_servers_refuse_is_diagnosed_and_what_they_grant_is_not() {
    play_all(Client::Plain, |_| true, judge);
}
