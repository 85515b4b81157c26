//! Every play ends as it says, without a proxy.

use super::*;
use crate::relay::Relay;

async fn without_proxy() -> Context {
    let servers = Servers::start().await.unwrap();
    let ca_pem = servers.ca_pem();
    Context::new(servers, None, &ca_pem).unwrap()
}

#[tokio::test]
async fn every_play_ends_as_expected_and_all_in_six_seconds() {
    let context = without_proxy().await;
    let mut total = Duration::ZERO;
    for next in plays() {
        let played = play(next, &context).await.expect(next.name);
        total += played.elapsed;
        match next.expected {
            Expected::Healthy => assert!(played.refusals.is_empty(), "{}", next.name),
            Expected::Refused { cause } => {
                let last = played.refusals.last().expect(next.name);
                let wanted = match cause {
                    "client-credentials-wrong" => (401, "invalid_client"),
                    "client-not-allowed" => (400, "unauthorized_client"),
                    "refresh-scope-exceeded" => (400, "invalid_scope"),
                    _ => (400, "invalid_grant"),
                };
                assert_eq!((last.status, last.error.as_str()), wanted, "{}", next.name);
            }
        }
    }
    context.shutdown().await;
    assert!(total < Duration::from_secs(6), "{total:?}");
}

#[tokio::test]
async fn a_play_goes_through_the_proxy_it_is_given() {
    let servers = Servers::start().await.unwrap();
    let relay = Relay::start().await;
    let ca_pem = servers.ca_pem();
    let context = Context::new(servers, Some(relay.addr), &ca_pem).unwrap();
    let reloaded = plays().iter().find(|play| play.name == "callback-reloaded");
    play(reloaded.unwrap(), &context).await.unwrap();
    assert_eq!(relay.tunnels(), 3);
}

#[test]
fn the_names_of_plays_are_unique() {
    let mut names: Vec<_> = plays().iter().map(|play| play.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), plays().len());
}
