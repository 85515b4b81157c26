//! Which authorization request led to a code, and the way of the code from there.

use std::time::Duration;

use grantscope_correlation::{
    Authorization, CodeHistory, CodeLife, Correlator, Event, Leg, Limits, Party, Seen, Unseen,
};
use grantscope_oauth::{Alteration, ExchangeId, Reading};

use crate::traffic::{
    ORIGIN, TOKEN_ENDPOINT, at, authorize, authorize_pushed, call_back, describe, issuing,
    leading_to, log_in, log_out, observed, push, redeem, redirect_uri, refused, secret,
};

fn code(ledger: &Correlator, code: &str) -> CodeHistory {
    ledger.history().code(&secret(code))
}

fn authorization_of(readings: &[Reading], of: &str) -> Seen<Authorization> {
    code(&observed(readings), of).authorization
}

fn linked_to(readings: &[Reading], of: &str) -> Result<u64, Unseen> {
    match authorization_of(readings, of) {
        Seen::Seen(authorization) => Ok(authorization.exchange.0),
        Seen::Unseen(why) => Err(why),
    }
}

#[test]
fn the_state_links_a_response_to_its_request() {
    let readings = [
        authorize(1, 0, "web", Some("one"), "a"),
        authorize(2, 1, "web", Some("two"), "b"),
        log_in(3, 2, "web", "code-of-two", Some("two")),
        log_in(4, 3, "web", "code-of-one", Some("one")),
    ];
    assert_eq!(linked_to(&readings, "code-of-one"), Ok(1));
    assert_eq!(linked_to(&readings, "code-of-two"), Ok(2));
}

#[test]
fn a_state_that_no_request_had_is_not_captured() {
    let readings = [
        authorize(1, 0, "web", Some("one"), "a"),
        log_in(2, 1, "web", "code", Some("another")),
    ];
    assert_eq!(linked_to(&readings, "code"), Err(Unseen::NotCaptured));
}

#[test]
fn a_state_of_two_different_requests_is_ambiguous() {
    let readings = [
        authorize(1, 0, "web", Some("fixed"), "a"),
        authorize(2, 1, "web", Some("fixed"), "b"),
        log_in(3, 2, "web", "code", Some("fixed")),
    ];
    assert_eq!(linked_to(&readings, "code"), Err(Unseen::Ambiguous));
}

#[test]
fn a_request_that_is_sent_again_is_one_request() {
    let readings = [
        authorize(1, 0, "web", Some("one"), "a"),
        authorize(2, 1, "web", Some("one"), "a"),
        log_in(3, 2, "web", "code", Some("one")),
    ];
    assert_eq!(linked_to(&readings, "code"), Ok(2));
}

#[test]
fn a_response_in_the_exchange_of_the_request_needs_no_link() {
    let readings = [
        authorize(1, 0, "web", None, "a"),
        issuing(authorize(2, 1, "web", None, "b"), "web", "code", None),
    ];
    assert_eq!(linked_to(&readings, "code"), Ok(2));
}

#[test]
fn redirects_lead_back_to_the_request() {
    let last = log_in(5, 4, "web", "code", None);
    let between = leading_to(log_in(4, 3, "web", "unused", None), &last);
    let readings = [
        leading_to(authorize(1, 0, "web", None, "a"), &between),
        authorize(2, 1, "web", None, "b"),
        between,
        last,
    ];
    assert_eq!(linked_to(&readings, "code"), Ok(1));
}

#[test]
fn the_only_request_at_the_redirect_uri_is_linked() {
    let readings = [
        authorize(1, 0, "web", None, "a"),
        authorize(2, 1, "spa", None, "b"),
        log_in(3, 2, "web", "code", None),
    ];
    assert_eq!(linked_to(&readings, "code"), Ok(1));
}

#[test]
fn each_of_several_logins_in_turn_is_linked_to_its_own_request() {
    let readings = [
        authorize(1, 0, "web", None, "a"),
        log_in(2, 1, "web", "first", None),
        authorize(3, 2, "web", None, "b"),
        log_in(4, 3, "web", "second", None),
    ];
    assert_eq!(linked_to(&readings, "first"), Ok(1));
    assert_eq!(linked_to(&readings, "second"), Ok(3));
}

#[test]
fn parallel_logins_without_state_are_ambiguous_and_never_linked() {
    let readings = [
        authorize(1, 0, "web", None, "a"),
        authorize(2, 1, "web", None, "b"),
        log_in(3, 2, "web", "first", None),
        authorize(4, 3, "web", None, "c"),
        log_in(5, 4, "web", "second", None),
        log_in(6, 5, "web", "third", None),
    ];
    for code in ["first", "second", "third"] {
        assert_eq!(linked_to(&readings, code), Err(Unseen::Ambiguous), "{code}");
    }
}

#[test]
fn a_request_that_was_sent_after_the_login_form_does_not_lead_to_its_response() {
    let slow = log_in(1, 0, "web", "code", None);
    let slow = Reading {
        answered_at: Some(at(5)),
        ..slow
    };
    let readings = [slow, authorize(2, 3, "web", None, "a")];
    assert_eq!(linked_to(&readings, "code"), Err(Unseen::NotCaptured));
}

#[test]
fn a_parallel_login_with_state_awaits_no_response_once_it_is_answered() {
    let readings = [
        authorize(1, 0, "web", Some("one"), "a"),
        authorize(2, 1, "web", None, "b"),
        log_in(3, 2, "web", "with-state", Some("one")),
        log_in(4, 3, "web", "without", None),
    ];
    assert_eq!(linked_to(&readings, "without"), Ok(2));
}

#[test]
fn a_login_that_was_given_up_long_ago_awaits_nothing() {
    let readings = [
        authorize(1, 0, "web", None, "a"),
        authorize(2, 4_000, "web", None, "b"),
        log_in(3, 4_001, "web", "code", None),
    ];
    assert_eq!(linked_to(&readings, "code"), Ok(2));
}

#[test]
fn a_request_that_the_index_dropped_for_newer_ones_is_not_taken_for_one_that_never_was() {
    let ledger = Correlator::new(Limits {
        mentions_max: 4,
        ..Limits::default()
    });
    for (login, id) in (0..10).zip((0..).step_by(2)) {
        let code = format!("code-{login}");
        let request = authorize(id, login * 10, "web", None, &code);
        let response = log_in(id + 1, login * 10 + 5, "web", &code, None);
        ledger.observe(Event::Finished(request));
        ledger.observe(Event::Finished(response));
    }
    let linked = |of| match code(&ledger, of).authorization {
        Seen::Seen(authorization) => Ok(authorization.exchange.0),
        Seen::Unseen(why) => Err(why),
    };
    assert_eq!(linked("code-5"), Err(Unseen::Evicted));
    assert_eq!(linked("code-9"), Ok(18));
}

#[test]
fn a_pushed_request_is_joined_with_the_one_that_refers_to_it() {
    let readings = [
        push(1, 0, "web", "one", "urn:request"),
        authorize_pushed(2, 1, "web", "urn:request"),
        log_in(3, 2, "web", "by-state", Some("one")),
        issuing(
            authorize_pushed(4, 3, "web", "urn:request"),
            "web",
            "direct",
            None,
        ),
    ];
    for (code, front) in [("by-state", 2), ("direct", 4)] {
        let found = authorization_of(&readings, code);
        let authorization = found.seen().unwrap();
        assert_eq!(authorization.exchange, ExchangeId(front), "{code}");
        assert_eq!(authorization.pushed_in, Some(ExchangeId(1)), "{code}");
        assert_eq!(authorization.request.state, Some(secret("one")), "{code}");
        assert_eq!(
            authorization.request.redirect_uri,
            Some(redirect_uri("web")),
            "{code}"
        );
        assert!(
            authorization.request.endpoint.ends_with("/authorize"),
            "{code}"
        );
    }
}

#[test]
fn a_pushed_request_stands_for_itself_where_the_front_channel_was_not_seen() {
    let readings = [
        push(1, 0, "web", "one", "urn:request"),
        call_back(2, 2, "web", "code", Some("one")),
    ];
    let found = authorization_of(&readings, "code");
    let authorization = found.seen().unwrap();
    assert_eq!(authorization.exchange, ExchangeId(1));
    assert_eq!(authorization.pushed_in, Some(ExchangeId(1)));
}

fn life(readings: &[Reading]) -> Option<CodeLife> {
    let history = code(&observed(readings), "code");
    CodeLife::until(&history, history.presentations.first()?)
}

fn leg(party: Party, seconds: u64) -> Leg {
    let took = Duration::from_secs(seconds);
    Leg { party, took }
}

fn slowly_sent(presentation: Reading, second: i64) -> Reading {
    Reading {
        sent_at: at(second),
        ..presentation
    }
}

#[test]
fn the_callback_parts_the_user_agent_from_the_app() {
    let life = life(&[
        log_in(1, 10, "web", "code", None),
        call_back(2, 13, "web", "code", None),
        refused(slowly_sent(redeem(3, 20, "web", "code"), 21), 1),
    ])
    .unwrap();
    let legs = [
        leg(Party::UserAgent, 3),
        leg(Party::App, 7),
        leg(Party::Network, 1),
    ];
    assert_eq!(life.legs, legs);
    assert_eq!(life.age, Duration::from_secs(11));
    assert_eq!(life.longest(), Some(legs[1]));
}

#[test]
fn without_the_callback_user_agent_and_app_share_a_leg() {
    let life = life(&[
        log_in(1, 10, "web", "code", None),
        refused(slowly_sent(redeem(3, 20, "web", "code"), 21), 1),
    ])
    .unwrap();
    let legs = [leg(Party::UserAgentAndApp, 10), leg(Party::Network, 1)];
    assert_eq!(life.legs, legs);
    assert_eq!(life.age, Duration::from_secs(11));
}

#[test]
fn the_life_of_a_code_whose_beginning_was_not_seen_is_unknown() {
    assert_eq!(life(&[refused(redeem(3, 20, "web", "code"), 1)]), None);
}

#[test]
fn an_altered_code_is_traced_to_the_response_that_issued_it() {
    let ledger = observed(&[
        authorize(1, 0, "web", Some("one"), "a"),
        log_in(2, 1, "web", "AbCdEf", Some("one")),
        call_back(3, 2, "web", "AbCdEf", Some("one")),
        refused(redeem(4, 3, "web", "abcdef"), 0),
    ]);
    let history = code(&ledger, "abcdef");
    let (issuance, alteration) = history.resembles.unwrap();
    assert_eq!(issuance.exchange, ExchangeId(2));
    assert_eq!(alteration, Alteration::CaseChanged);
    let authorization = history.authorization.seen().unwrap().exchange;
    assert_eq!(authorization, ExchangeId(1));
}

#[test]
fn an_altered_code_is_traced_to_the_callback_where_that_alone_was_seen() {
    let ledger = observed(&[
        call_back(3, 2, "web", "AbCdEf", None),
        refused(redeem(4, 3, "web", "abcdef"), 0),
    ]);
    let (issuance, _) = code(&ledger, "abcdef").resembles.unwrap();
    assert_eq!(issuance.exchange, ExchangeId(3));
}

#[test]
fn a_response_without_a_code_is_no_issuance() {
    let mut denied = log_in(2, 1, "web", "code", None);
    if let Some(grantscope_oauth::ResponseMessage::Authorization(response)) = &mut denied.response {
        response.code = None;
        response.error = Some("access_denied".to_owned());
    }
    let ledger = observed(&[denied, log_in(3, 2, "web", "later", None)]);
    let issuances = ledger.history().issuances_to(&redirect_uri("web"));
    let exchanges: Vec<_> = issuances.iter().map(|it| it.exchange.0).collect();
    assert_eq!(exchanges, [3]);
}

#[test]
fn logouts_are_found_by_server_and_time() {
    let ledger = observed(&[
        log_out(1, 10, ORIGIN, None, 302),
        log_out(2, 20, ORIGIN, Some("id"), 200),
        log_out(3, 20, ORIGIN, Some("id"), 400),
        log_out(4, 20, "https://other.example", None, 200),
        log_out(5, 30, ORIGIN, None, 204),
    ]);
    let logouts = |from, until| -> Vec<_> {
        let found = ledger.history().logouts(ORIGIN, at(from), at(until));
        found.iter().map(|logout| logout.exchange.0).collect()
    };
    assert_eq!(logouts(10, 30), [1, 2, 5]);
    assert_eq!(logouts(11, 29), [2]);
    assert_eq!(logouts(21, 29), [0; 0]);
}

#[test]
fn the_latest_metadata_count_in_whatever_order_they_came() {
    let ledger = observed(&[describe(2, 5, "https://new"), describe(1, 0, "https://old")]);
    let issuer = ledger.history().server(TOKEN_ENDPOINT).issuer;
    assert_eq!(issuer.as_deref(), Some("https://new"));
}
