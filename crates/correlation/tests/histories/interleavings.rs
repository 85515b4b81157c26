//! The history does not depend on the order in which events were observed.

use std::thread;

use grantscope_correlation::{
    ClientHistory, CodeHistory, Correlator, Coverage, Event, Issuance, Logout, Mention,
    Presentation, RefreshTokenHistory, Server,
};
use grantscope_oauth::{ExchangeId, Fingerprint, Reading, RequestMessage};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::traffic::{
    ORIGIN, TOKEN_ENDPOINT, at, authorize, authorize_pushed, call_back, describe, granted, issuing,
    leading_to, log_in, log_out, push, redeem, redirect_uri, refresh, refused, revoke, secret,
    server, without_answer,
};

const CLIENTS: [&str; 2] = ["web", "spa"];
const STATES: [Option<&str>; 3] = [None, Some("one"), Some("two")];
const CODES: [&str; 4] = ["code-a", "CODE-A", "code-b", "code-c"];
const TOKENS: [&str; 5] = ["r0", "r1", "r2", "r3", "R3"];
const VERIFIERS: [&str; 2] = ["verifier-a", "verifier-b"];
const URIS: [&str; 2] = ["urn:request-a", "urn:request-b"];

/// An exchange, made of small numbers so that secrets occur more than once.
#[derive(Clone, Copy, Debug)]
struct Act {
    kind: u8,
    client: usize,
    state: usize,
    secret: usize,
    other: usize,
    second: i64,
    takes: i64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Both events are observed.
    Whole,
    /// The request alone was sent so far.
    Pending,
    /// The connection ended without an answer.
    Unanswered,
    /// What the request means was seen with its answer alone.
    KnownLate,
    /// The request was taken for something else until it was answered.
    Mistaken,
}

fn act() -> impl Strategy<Value = Act> {
    let numbers = (
        0..14_u8,
        0..CLIENTS.len(),
        0..STATES.len(),
        0..20_usize,
        0..20_usize,
    );
    let fate = prop_oneof![
        8 => Just(Fate::Whole),
        1 => Just(Fate::Pending),
        1 => Just(Fate::Unanswered),
        1 => Just(Fate::KnownLate),
        1 => Just(Fate::Mistaken),
    ];
    (numbers, 0..30_i64, 0..6_i64, fate).prop_map(
        |((kind, client, state, secret, other), second, takes, fate)| Act {
            kind,
            client,
            state,
            secret,
            other,
            second,
            takes,
            fate,
        },
    )
}

fn reading(id: u64, act: Act) -> Reading {
    let second = act.second;
    let client = CLIENTS[act.client];
    let state = STATES[act.state];
    let code = CODES[act.secret % CODES.len()];
    let token = TOKENS[act.secret % TOKENS.len()];
    let new = TOKENS[act.other % TOKENS.len()];
    let uri = URIS[act.secret % URIS.len()];
    let verifier = VERIFIERS[act.other % VERIFIERS.len()];
    match act.kind {
        0 | 1 => authorize(id, second, client, state, verifier),
        2 => issuing(
            authorize(id, second, client, state, verifier),
            client,
            code,
            state,
        ),
        3 => push(id, second, client, "one", uri),
        4 => authorize_pushed(id, second, client, uri),
        5 => log_in(id, second, client, code, state),
        6 => call_back(id, second, client, code, state),
        7 => granted(redeem(id, second, client, code), act.takes, new),
        8 => refused(redeem(id, second, client, code), act.takes),
        9 => granted(refresh(id, second, client, token), act.takes, new),
        10 => refused(refresh(id, second, client, token), act.takes),
        11 => revoke(id, second, client, token),
        12 => log_out(id, second, ORIGIN, Some(&format!("id beside {token}")), 302),
        _ => describe(id, second, URIS[act.other % URIS.len()]),
    }
}

/// The events of one exchange in their order.
fn events(id: u64, act: Act) -> Vec<Event> {
    let finished = reading(id, act);
    let sent = without_answer(&finished);
    let mistaken = without_answer(&redeem(id, act.second, "web", "code-c"));
    let unknown = Reading {
        request: RequestMessage::Other,
        ..sent.clone()
    };
    match act.fate {
        Fate::Whole => vec![Event::RequestSent(sent), Event::Finished(finished)],
        Fate::Pending => vec![Event::RequestSent(sent)],
        Fate::Unanswered => vec![Event::RequestSent(sent.clone()), Event::Finished(sent)],
        Fate::KnownLate => vec![Event::RequestSent(unknown), Event::Finished(finished)],
        Fate::Mistaken => vec![Event::RequestSent(mistaken), Event::Finished(finished)],
    }
}

/// Some exchanges redirect to others, as pages of a login do.
fn with_redirects(mut readings: Vec<Vec<Event>>, links: &[(usize, usize)]) -> Vec<Vec<Event>> {
    for (from, to) in links {
        let (from, to) = (from % readings.len(), to % readings.len());
        let target = readings[to].last().cloned();
        if let (Some(Event::Finished(target)), Some(Event::Finished(source))) =
            (target, readings[from].last_mut())
            && matches!(source.request, RequestMessage::Authorization(_))
        {
            *source = leading_to(source.clone(), &target);
        }
    }
    readings
}

/// All events in their order, and the same in another, some of them twice.
fn traffic() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let acts = vec(act(), 1..24);
    let links = vec((0..24_usize, 0..24_usize), 0..6);
    let again = vec(0..48_usize, 0..12);
    (acts, links, again).prop_flat_map(|(acts, links, again)| {
        let each = acts.iter().zip(1..).map(|(act, id)| events(id, *act));
        let events: Vec<_> = with_redirects(each.collect(), &links)
            .into_iter()
            .flatten()
            .collect();
        let doubles = again.iter().filter_map(|at| events.get(*at));
        let shuffled: Vec<_> = events.iter().chain(doubles).cloned().collect();
        (Just(events), Just(shuffled).prop_shuffle())
    })
}

/// All that can be asked of a history.
#[derive(Debug, PartialEq)]
struct Answers {
    codes: Vec<CodeHistory>,
    tokens: Vec<RefreshTokenHistory>,
    clients: Vec<ClientHistory>,
    coverages: Vec<Coverage>,
    issuances: Vec<Vec<Issuance>>,
    exchanges: Vec<Option<Reading>>,
    presentations: Vec<Option<Presentation>>,
    refusals: Vec<Vec<ExchangeId>>,
    mentions: Vec<Vec<Mention>>,
    logouts: Vec<Logout>,
    server: Server,
}

fn answers(ledger: &Correlator) -> Answers {
    let history = ledger.history();
    let secrets =
        |texts: &[&str]| -> Vec<Fingerprint> { texts.iter().map(|it| secret(it)).collect() };
    let all = [&CODES[..], &TOKENS, &VERIFIERS, &URIS, &["one", "two"]].concat();
    let ids = || (1..25).map(ExchangeId);
    Answers {
        codes: secrets(&CODES).iter().map(|it| history.code(it)).collect(),
        tokens: secrets(&TOKENS)
            .iter()
            .map(|it| history.refresh_token(it))
            .collect(),
        clients: CLIENTS.map(|it| history.client(&server(), it)).to_vec(),
        coverages: CLIENTS.map(|it| history.coverage(Some(it))).to_vec(),
        issuances: CLIENTS
            .map(|it| history.issuances_to(&redirect_uri(it)))
            .to_vec(),
        exchanges: ids()
            .map(|id| history.reading(id).map(|it| (*it).clone()))
            .collect(),
        presentations: ids().map(|id| history.presentation(id)).collect(),
        refusals: ids().map(|id| history.refusals_touched_by(id)).collect(),
        mentions: secrets(&all)
            .iter()
            .map(|it| history.mentions(it.digest))
            .collect(),
        logouts: history.logouts(ORIGIN, at(0), at(0) + SignedDuration::from_hours(1)),
        server: history.server(TOKEN_ENDPOINT),
    }
}

fn of_one_thread(events: &[Event]) -> Answers {
    let ledger = Correlator::default();
    for event in events {
        ledger.observe(event.clone());
    }
    answers(&ledger)
}

fn of_four_threads(events: &[Event]) -> Answers {
    let ledger = Correlator::default();
    thread::scope(|scope| {
        for share in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                for event in events.iter().skip(share).step_by(4) {
                    ledger.observe(event.clone());
                }
            });
        }
    });
    answers(&ledger)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_gives_the_same_history((in_order, shuffled) in traffic()) {
        let expected = of_one_thread(&in_order);
        prop_assert_eq!(&of_one_thread(&shuffled), &expected);
        prop_assert_eq!(&of_four_threads(&shuffled), &expected);
    }
}
