use std::sync::Arc;

use grantscope_oauth::{FingerprintKey, Headers, Providers};
use grantscope_testkit::scenarios;

use super::*;

const FLOW: &str = "
### A flow
```http
@0s   GET https://idp.test/authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=st4te
      302 Location: https://app.test/cb?code=C0de&state=st4te
@1s   GET https://app.test/cb?code=C0de&state=st4te
      @2s 302 Location: https://app.test/home
@1.5s POST https://idp.test/token  Authorization: Basic web:s3cret
      grant_type=authorization_code&code=C0de&redirect_uri=https://app.test/cb
      200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\"}
```
```verdicts
none
```
";

fn flow() -> Vec<Exchange> {
    scenarios("merge", FLOW).unwrap().remove(0).exchanges
}

fn source(name: &str, exchanges: &[Exchange], seconds_ahead: i64) -> Source {
    let mut exchanges = exchanges.to_vec();
    shift(&mut exchanges, SignedDuration::from_secs(-seconds_ahead));
    let entries = (1..).zip(&exchanges);
    Source {
        name: name.to_owned(),
        entries: entries.map(|(entry, it)| (it.id, entry)).collect(),
        exchanges,
    }
}

fn merged(sources: Vec<Source>) -> Merged {
    let providers = Arc::new(Providers::embedded());
    merge(
        sources,
        &Reader::new(FingerprintKey::new([7; 32]), providers),
    )
}

/// How long after the issue of the code it is presented, in milliseconds.
fn age_ms(merged: &Merged) -> i128 {
    let at = |path: &str| {
        let mut all = merged.exchanges.iter();
        all.find(|it| it.request.url.path() == path)
            .unwrap()
            .started_at
    };
    at("/token").duration_since(at("/authorize")).as_millis()
}

#[test]
fn a_browser_that_is_ahead_is_found_by_the_order_of_things() {
    for ahead in [300, 7, 86_400] {
        let flow = flow();
        let (browser, backend) = (
            source("browser.har", &flow[..2], ahead),
            source("backend.har", &flow[2..], 0),
        );
        let merged = merged(vec![browser, backend]);
        let note = merged.note.as_deref().unwrap();
        assert!(
            note.starts_with("2 files merged; backend.har is ") && note.ends_with(" behind"),
            "{note}"
        );
        assert!(
            (1_000..=2_000).contains(&age_ms(&merged)),
            "{note} {}",
            age_ms(&merged)
        );
    }
}

#[test]
fn the_first_file_tells_the_time() {
    let flow = flow();
    let (browser, backend) = (
        source("browser.har", &flow[..2], 300),
        source("backend.har", &flow[2..], 0),
    );
    let merged = merged(vec![backend, browser]);
    assert_eq!(
        merged.note.as_deref(),
        Some("2 files merged; browser.har is 4 min 59 s ahead")
    );
    let mut all = merged.exchanges.iter();
    let token = all.find(|it| it.request.url.path() == "/token").unwrap();
    assert_eq!(token.started_at, flow[2].started_at);
    assert!(
        (1_000..=2_000).contains(&age_ms(&merged)),
        "{}",
        age_ms(&merged)
    );
}

#[test]
fn clocks_that_may_agree_are_left_alone() {
    let flow = flow();
    let merged = merged(vec![source("a", &flow[..2], 0), source("b", &flow[2..], 0)]);
    assert_eq!(merged.note.as_deref(), Some("2 files merged"));
    assert_eq!(age_ms(&merged), 1_500);
}

/// That a code is presented late may be the fault that is looked for.
#[test]
fn a_late_presentation_is_no_proof_of_a_clock() {
    let flow = flow();
    let merged = merged(vec![
        source("a", &flow[..2], 0),
        source("b", &flow[2..], 300),
    ]);
    let note = merged.note.as_deref().unwrap();
    assert!(
        note.contains("b may be 5 min ahead") && note.contains("left as it is"),
        "{note}"
    );
    assert_eq!(age_ms(&merged), 301_500);
}

#[test]
fn the_clock_of_a_server_that_both_saw_tells_more() {
    let mut flow = flow();
    for exchange in [0, 2] {
        let date = flow[exchange]
            .answered_at()
            .unwrap()
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        let response = flow[exchange].response.as_mut().unwrap();
        let mut headers = Headers::default();
        headers.push("Date", date);
        response
            .headers
            .iter()
            .for_each(|(name, value)| headers.push(name, value));
        response.headers = headers;
    }
    let merged = merged(vec![
        source("a", &flow[..2], 0),
        source("b", &flow[2..], 300),
    ]);
    let note = merged.note.as_deref().unwrap();
    assert!(
        note.contains("b is 4 min 59 s ahead") || note.contains("b is 5 min ahead"),
        "{note}"
    );
    assert!(
        (1_000..=2_500).contains(&age_ms(&merged)),
        "{note} {}",
        age_ms(&merged)
    );
}

#[test]
fn an_exchange_that_both_saw_is_one_and_tells_the_offset() {
    let flow = flow();
    let merged = merged(vec![
        source("browser", &flow[..2], 0),
        source("backend", &flow[1..], 3),
    ]);
    assert_eq!(
        merged.note.as_deref(),
        Some("2 files merged; backend is 3.0 s ahead")
    );
    assert_eq!(merged.exchanges.len(), 3);
    assert_eq!(age_ms(&merged), 1_500);
}

#[test]
fn files_without_anything_in_common_are_not_shifted() {
    let flow = flow();
    let other = FLOW.replace("C0de", "An0ther").replace("st4te", "el5e");
    let other = scenarios("merge", &other).unwrap().remove(0).exchanges;
    let merged = merged(vec![
        source("a", &flow[..2], 300),
        source("b", &other[2..], 0),
    ]);
    assert_eq!(
        merged.note.as_deref(),
        Some("2 files merged; nothing ties b to the others")
    );
    assert_eq!(age_ms(&merged), 1_500 - 300_000);
}

/// An app that sends `state=xyz` in every login is no reason to take Tuesday for Monday.
#[test]
fn a_state_of_every_login_ties_nothing() {
    let monday = flow();
    let tuesday = scenarios("merge", &FLOW.replace("C0de", "An0ther"))
        .unwrap()
        .remove(0)
        .exchanges;
    let merged = merged(vec![
        source("monday", &monday, 0),
        source("tuesday", &tuesday, 86_400),
    ]);
    assert_eq!(
        merged.note.as_deref(),
        Some("2 files merged; nothing ties tuesday to the others")
    );
    assert_eq!(merged.exchanges.len(), 6);
}

#[test]
fn a_file_may_be_tied_by_another_one() {
    let flow = flow();
    let sources = vec![
        source("token", &flow[2..], 0),
        source("login", &flow[..1], 60),
        source("callback", &flow[1..2], 120),
    ];
    let merged = merged(sources);
    let times = |path: &str| {
        merged
            .exchanges
            .iter()
            .find(|it| it.request.url.path() == path)
            .unwrap()
            .started_at
    };
    assert!(
        times("/authorize") <= times("/cb") && times("/cb") <= times("/token"),
        "{:?}",
        merged.note
    );
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let flow = flow();
    let merged = merged(vec![source("a", &flow, 0), source("a", &flow, 0)]);
    assert_eq!(merged.note.as_deref(), Some("2 files merged"));
    assert_eq!(merged.exchanges.len(), 3);
}

#[test]
fn one_file_has_no_note() {
    let merged = merged(vec![source("a", &flow(), 0)]);
    assert_eq!((merged.note, merged.exchanges.len()), (None, 3));
}

#[test]
fn each_exchange_of_several_files_is_found_again_in_its_file() {
    let flow = flow();
    let merged = merged(vec![
        source("backend.har", &flow[2..], 0),
        source("browser.har", &flow[..2], 0),
    ]);
    let told: Vec<_> = merged
        .exchanges
        .iter()
        .map(|it| (it.id.0, it.request.url.path(), &merged.origins[&it.id]))
        .map(|(id, path, origin)| format!("{id} {path} {} {}", origin.file, origin.entry))
        .collect();
    assert_eq!(
        told,
        [
            "1 /authorize browser.har 1",
            "2 /cb browser.har 2",
            "3 /token backend.har 1"
        ]
    );
}
