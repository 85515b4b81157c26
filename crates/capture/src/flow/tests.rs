use http::Version;
use proptest::prelude::*;

use super::*;

/// What mitmproxy 11 recorded; `tests/flows/make.py` makes it.
const LOGIN: &[u8] = include_bytes!("../../tests/flows/mitmproxy-11.mitm");
/// The same of mitmproxy 9.
const EARLIER: &[u8] = include_bytes!("../../tests/flows/mitmproxy-9.mitm");

fn read(flows: &[u8]) -> Result<Import, FlowError> {
    import(flows, Wanted::All)
}

#[test]
fn the_flows_of_a_real_mitmproxy_become_exchanges() {
    is_the_login(LOGIN);
    is_the_login(EARLIER);
}

fn is_the_login(flows: &[u8]) {
    assert!(is_flows(flows));
    let import = read(flows).unwrap();
    assert_eq!(import.skipped, []);
    let urls: Vec<_> = import
        .exchanges
        .iter()
        .map(|it| it.request.url.endpoint())
        .collect();
    assert_eq!(
        urls,
        [
            "https://app.test/",
            "https://idp.test/authorize",
            "https://idp.test/token"
        ]
    );
    let [page, authorization, token] = import.exchanges.as_slice() else {
        panic!("{import:?}")
    };
    assert_eq!(page.response.as_ref().unwrap().body.text(), "<p>é</p>");
    let redirect = authorization.response.as_ref().unwrap();
    assert_eq!(redirect.status, 302);
    assert!(
        redirect
            .headers
            .first("location")
            .unwrap()
            .starts_with("https://app.test/cb?code=")
    );
    assert_eq!(token.request.version, Version::HTTP_2);
    assert!(
        token
            .request
            .body
            .text()
            .starts_with("grant_type=authorization_code&code=")
    );
    let refusal = &token.response.as_ref().unwrap().body;
    assert!(refusal.text().contains("\"invalid_grant\""), "{refusal:?}");
    assert!(refusal.coding.is_none() && !refusal.truncated);
    assert!(token.timings.send.is_some() && token.timings.wait.is_some());
    assert!(token.peer.client.is_some_and(|it| it.ip().is_loopback()));
    assert!(
        page.started_at <= authorization.started_at && authorization.started_at <= token.started_at
    );
}

#[test]
fn what_is_whole_of_a_damaged_file_is_read() {
    let second = LOGIN.len() / 2;
    let import = read(&LOGIN[..second]).unwrap();
    assert_eq!(import.exchanges.len(), 1);
    assert!(
        import.skipped[0].reason.contains(&format!("byte {second}")),
        "{import:?}"
    );
    assert!(matches!(
        read(&LOGIN[..100]),
        Err(FlowError::Truncated { byte: 100 })
    ));
    let mut damaged = LOGIN.to_vec();
    damaged.extend_from_slice(b"\0\0");
    let import = read(&damaged).unwrap();
    assert_eq!((import.exchanges.len(), import.skipped.len()), (3, 1));
}

#[test]
fn what_is_no_flow_of_http_is_passed_and_what_lacks_a_field_is_skipped() {
    let flow = |text: &str| format!("{}:{text}}}", text.len());
    let tcp = flow("4:type;3:tcp;");
    let bare = flow("4:type;4:http;");
    let import = read(format!("{tcp}{bare}").as_bytes()).unwrap();
    assert_eq!(import.exchanges.len(), 0);
    assert_eq!(import.skipped[0].entry, 2);
    assert_eq!(import.skipped[0].reason, "it has no request");
}

proptest! {
    #[test]
    fn a_file_that_is_damaged_anywhere_never_panics(at in 0..LOGIN.len(), with in proptest::collection::vec(any::<u8>(), 0..6), cut in 0usize..40) {
        let end = (at + cut).min(LOGIN.len());
        let damaged = [&LOGIN[..at], &with, &LOGIN[end..]].concat();
        if let Ok(import) = read(&damaged) {
            prop_assert!(import.exchanges.len() <= 4);
        }
    }
}
