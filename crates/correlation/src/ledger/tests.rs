use grantscope_oauth::{
    AuthorizationResponse, AuthorizationServerMetadata, Client, ClientAuthentication,
    EndSessionRequest, Fingerprint, FingerprintKey, Grant, RedirectUri, RequestMessage,
    ResponseMessage, ResponseMode, TokenRequest, TokenResponse,
};

use super::*;
use crate::seen::{Seen, Unseen};

const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

const LIMITS: Limits = Limits {
    exchanges_max: 4,
    mentions_max: 8,
    forgotten_max: 1_000,
};

fn reading(id: u64, request: RequestMessage, response: Option<ResponseMessage>) -> Reading {
    let at = Timestamp::from_second(1_800_000_000 + i64::try_from(id).unwrap()).unwrap();
    Reading {
        exchange: ExchangeId(id),
        started_at: at,
        sent_at: at,
        answered_at: response.as_ref().map(|_| at),
        method: "POST".to_owned(),
        endpoint: "https://idp.example/endpoint".to_owned(),
        url: KEY.digest(&format!("url {id}")),
        location: None,
        agent: None,
        marks: Vec::new(),
        status: response.as_ref().map(|_| 200),
        request,
        response,
        malformations: Vec::new(),
    }
}

fn code(text: &str) -> Fingerprint {
    KEY.read(&format!("code-of-a-usual-length-{text}"))
}

fn redeem(id: u64, of: &str, client: &str, refresh_token: &str) -> Reading {
    let request = TokenRequest {
        endpoint: "https://idp.example/token".to_owned(),
        called_as: None,
        grant: Grant::AuthorizationCode {
            code: Some(code(of)),
            redirect_uri: None,
            code_verifier: None,
        },
        client: Client {
            id: Some(client.to_owned()),
            authentication: ClientAuthentication::SecretPost(KEY.read("secret")),
        },
        scope: None,
        resource: Vec::new(),
        dpop: None,
        secrets_in_query: Vec::new(),
    };
    let response = TokenResponse {
        refresh_token: Some(KEY.read(refresh_token)),
        ..TokenResponse::default()
    };
    reading(
        id,
        RequestMessage::Token(request),
        Some(ResponseMessage::Token(response)),
    )
}

fn issue(id: u64, of: &str) -> Reading {
    let response = AuthorizationResponse {
        redirect_uri: RedirectUri(format!("https://app.example/{id}")),
        mode: ResponseMode::Query,
        code: Some(code(of)),
        state: None,
        iss: None,
        error: None,
        error_description: None,
    };
    let response = ResponseMessage::Authorization(response);
    reading(id, RequestMessage::Other, Some(response))
}

fn describe(id: u64) -> Reading {
    let metadata = AuthorizationServerMetadata {
        token_endpoint: Some(format!("https://idp-{id}.example/token")),
        ..AuthorizationServerMetadata::default()
    };
    let response = ResponseMessage::Metadata(metadata);
    reading(id, RequestMessage::Metadata, Some(response))
}

fn log_out(id: u64) -> Reading {
    let request = EndSessionRequest {
        endpoint: format!("https://idp-{id}.example/logout"),
        client_id: None,
        id_token_hint: Some(KEY.read(&format!("id token {id}"))),
        refresh_token: None,
    };
    let request = RequestMessage::EndSession(request);
    reading(id, request, Some(ResponseMessage::Other))
}

fn ledger(limits: Limits, readings: impl IntoIterator<Item = Reading>) -> Correlator {
    let ledger = Correlator::new(limits);
    for reading in readings {
        ledger.observe(Event::Finished(reading));
    }
    ledger
}

/// One of each kind, again and again.
fn mixed(ids: std::ops::Range<u64>) -> impl Iterator<Item = Reading> {
    ids.map(|id| match id % 4 {
        0 => redeem(id, &id.to_string(), &format!("client-{id}"), "refresh"),
        1 => issue(id, &id.to_string()),
        2 => describe(id),
        _ => log_out(id),
    })
}

fn issuance(ledger: &Correlator, of: &str) -> Option<Unseen> {
    match ledger.history().code(&code(of)).issuance {
        Seen::Seen(_) => None,
        Seen::Unseen(why) => Some(why),
    }
}

#[derive(Debug, PartialEq)]
struct Index {
    mentions: Vec<(Digest, Vec<Mention>)>,
    found_by: Vec<(String, Vec<ExchangeId>)>,
}

/// What is indexed, sorted.
fn index_of(ledger: &Correlator) -> Index {
    let mentions = ledger.mentions.iter();
    let mut mentions: Vec<_> = mentions
        .map(|it| (*it.key(), it.value().to_vec()))
        .collect();
    mentions.sort();
    let found_by = ledger.found_by.iter();
    let mut found_by: Vec<_> = found_by
        .map(|it| (format!("{:?}", it.key()), it.value().to_vec()))
        .collect();
    found_by.sort();
    Index { mentions, found_by }
}

#[test]
fn no_more_exchanges_are_kept_than_the_limit_allows() {
    let ledger = ledger(LIMITS, mixed(0..100));
    assert_eq!(ledger.exchanges.len(), 4);
    assert_eq!(ledger.order.lock().unwrap().len(), 4);
    assert!(ledger.history().reading(ExchangeId(95)).is_none());
    assert!(ledger.history().reading(ExchangeId(96)).is_some());
}

#[test]
fn what_is_left_in_the_index_is_that_of_the_exchanges_that_are_left() {
    let evicting = ledger(LIMITS, mixed(0..100));
    let fresh = ledger(LIMITS, mixed(96..100));
    assert_eq!(index_of(&evicting), index_of(&fresh));
}

#[test]
fn nothing_is_left_in_any_index_when_all_is_evicted() {
    let none = Limits {
        exchanges_max: 0,
        ..LIMITS
    };
    let ledger = ledger(none, mixed(0..8));
    assert!(ledger.exchanges.is_empty());
    assert!(ledger.mentions.is_empty());
    assert!(ledger.found_by.is_empty());
    assert_eq!(ledger.order.lock().unwrap().len(), 0);
}

#[test]
fn an_answer_leaves_nothing_of_what_the_request_was_mistaken_for() {
    let mistaken = Reading {
        response: None,
        ..redeem(1, "mistaken", "client", "refresh")
    };
    let finished = issue(1, "right");
    let corrected = Correlator::new(LIMITS);
    corrected.observe(Event::RequestSent(mistaken));
    corrected.observe(Event::Finished(finished.clone()));
    assert_eq!(index_of(&corrected), index_of(&ledger(LIMITS, [finished])));
}

#[test]
fn metadata_are_bounded_with_the_exchanges() {
    let ledger = ledger(LIMITS, (0..100).map(describe));
    assert_eq!(ledger.found_by.len(), 4);
    let server = |id| {
        let endpoint = format!("https://idp-{id}.example/token");
        ledger.history().metadata(&endpoint)
    };
    assert!(server(0).is_none());
    assert!(server(99).is_some());
}

#[test]
fn of_a_secret_the_oldest_and_the_newest_mentions_are_kept() {
    let many = Limits {
        exchanges_max: 1_000,
        ..LIMITS
    };
    let readings = (0..100).map(|id| redeem(id, "same", "client", "same"));
    let kept = |ledger: &Correlator| -> Vec<_> {
        let mentions = ledger.mentions(code("same").digest);
        mentions.iter().map(|it| it.exchange.0).collect()
    };
    let forwards = ledger(many, readings.clone());
    assert_eq!(kept(&forwards), [0, 1, 94, 95, 96, 97, 98, 99]);
    assert_eq!(index_of(&forwards), index_of(&ledger(many, readings.rev())));
    let of_client = forwards.found_by.iter().next().unwrap();
    assert_eq!(
        of_client.value()[..],
        [92, 93, 94, 95, 96, 97, 98, 99].map(ExchangeId)
    );
}

#[test]
fn what_was_evicted_is_not_taken_for_what_was_never_seen() {
    let ledger = ledger(LIMITS, mixed(0..100));
    assert_eq!(issuance(&ledger, "97"), None);
    assert_eq!(issuance(&ledger, "1"), Some(Unseen::Evicted));
    assert_eq!(issuance(&ledger, "never"), Some(Unseen::NotCaptured));
    let altered = KEY.read("code-of-a-usual-");
    assert_eq!(
        ledger.history().code(&altered).issuance,
        Seen::Unseen(Unseen::Evicted)
    );
    let until = ledger.history().coverage(None).forgotten_until;
    assert_eq!(until, Some(describe(95).started_at));
}

#[test]
fn a_mention_that_was_dropped_for_others_is_not_taken_for_one_that_never_was() {
    let narrow = Limits {
        exchanges_max: 1_000,
        mentions_max: 2,
        ..LIMITS
    };
    let issued = issue(1, "same");
    let presented = [0, 2, 3].map(|id| redeem(id, "same", "client", "refresh"));
    let ledger = ledger(narrow, presented.into_iter().chain([issued]));
    assert_eq!(issuance(&ledger, "same"), Some(Unseen::Evicted));
}

#[test]
fn beyond_the_forgotten_that_can_be_told_apart_each_unknown_secret_may_be_one() {
    let forgetful = Limits {
        forgotten_max: 20,
        ..LIMITS
    };
    let ledger = ledger(forgetful, mixed(0..100));
    assert!(ledger.forgotten.read().unwrap().len() <= 20);
    assert_eq!(issuance(&ledger, "1"), Some(Unseen::Evicted));
    assert_eq!(issuance(&ledger, "93"), Some(Unseen::Evicted));
    assert_eq!(issuance(&ledger, "never"), Some(Unseen::Evicted));
    assert_eq!(issuance(&ledger, "97"), None);
}

#[test]
fn an_exchange_that_is_answered_after_its_eviction_is_known_again() {
    let late = redeem(0, "late", "client", "refresh");
    let sent = Reading {
        response: None,
        ..late.clone()
    };
    let ledger = Correlator::new(LIMITS);
    ledger.observe(Event::RequestSent(sent));
    for reading in mixed(1..9) {
        ledger.observe(Event::Finished(reading));
    }
    assert!(ledger.history().presentation(ExchangeId(0)).is_none());
    ledger.observe(Event::Finished(late));
    assert!(ledger.history().presentation(ExchangeId(0)).is_some());
    assert_eq!(ledger.exchanges.len(), 4);
}

#[test]
fn what_the_server_has_not_dealt_with_leaves_no_trace() {
    let ledger = Correlator::default();
    ledger.observe(Event::RequestSent(redeem(1, "a", "web", "r")));
    ledger.observe(Event::Withdrawn(ExchangeId(1)));
    ledger.observe(Event::Withdrawn(ExchangeId(1)));
    assert!(ledger.history().reading(ExchangeId(1)).is_none());
    assert_eq!(ledger.history().code(&code("a")).presentations, []);
    assert!(!ledger.may_have_forgotten(code("a").digest));
    ledger.observe(Event::Finished(redeem(2, "a", "web", "r")));
    assert_eq!(ledger.history().code(&code("a")).presentations.len(), 1);
}
