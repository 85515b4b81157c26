//! What the engine says in the end does not depend on how late it comes to know what happened.

use grantscope_testkit::scenarios;

use super::*;

/// A code that is redeemed, and presented twice more; the second refusal overlaps nothing.
const RETRIED: &str = "\
@0s    GET /authorize?response_type=code&client_id=spa&redirect_uri=https://app.test/cb
       302 Location: https://app.test/cb?code=C1
@1s    POST /token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=spa
       200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\"}
@2s    POST /token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=spa
       400 {\"error\":\"invalid_grant\"}
@3s    POST /token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=spa
       400 {\"error\":\"invalid_grant\"}";

fn exchanges() -> Vec<Exchange> {
    let page = format!("### T\n```http\n{RETRIED}\n```\n```warnings\nnone\n```\n");
    scenarios("t.md", &page).unwrap().remove(0).exchanges
}

fn engine() -> Engine {
    let providers = Arc::new(Providers::embedded());
    Engine::new(FingerprintKey::new([7; 32]), providers, 1_000)
}

fn sent(engine: &Engine, exchange: &Exchange) {
    let request = Exchange {
        response: None,
        ..exchange.clone()
    };
    engine.request_sent(&request);
}

/// The last word on each refusal.
fn said(findings: Vec<Finding>) -> BTreeMap<ExchangeId, Diagnosis> {
    let diagnoses = findings.into_iter().filter_map(|finding| match finding {
        Finding::Diagnosis { diagnosis, .. } => Some((diagnosis.exchange(), *diagnosis)),
        _ => None,
    });
    diagnoses.collect()
}

#[test]
fn a_refusal_that_is_judged_late_is_told_of_like_one_that_is_judged_at_once() {
    let exchanges = exchanges();
    let mut engine_in_time = engine();
    let mut in_time = Vec::new();
    for exchange in &exchanges {
        sent(&engine_in_time, exchange);
        in_time.extend(engine_in_time.finished(exchange));
    }
    // The retry is under way before anything is judged, and then everything is over.
    let (mut retry_known, mut all_known) = (engine(), engine());
    for exchange in &exchanges {
        sent(&retry_known, exchange);
    }
    let late = exchanges.iter().flat_map(|it| retry_known.finished(it));
    let late = said(late.collect());
    let reader = Arc::clone(all_known.reader());
    for exchange in &exchanges {
        all_known.observe(reader.read(exchange));
    }
    let last = exchanges.iter().flat_map(|it| all_known.judge(it));
    let last = said(last.collect());

    let in_time = said(in_time);
    assert_eq!(in_time.len(), 2);
    for (exchange, diagnosis) in &in_time {
        for other in [&late[exchange], &last[exchange]] {
            assert!(is_same(diagnosis, other), "{diagnosis:#?}\n{other:#?}");
        }
    }
    let first = &in_time[&exchanges[2].id];
    assert!(
        first
            .timeline
            .iter()
            .all(|it| it.exchange <= first.exchange())
    );
}
