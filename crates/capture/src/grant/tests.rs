//! Grants are followed by the names that people see, in redacted exchanges.

use std::sync::Arc;
use std::time::Duration;

use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey, Providers, Reader};
use grantscope_testkit::scenarios;

use super::Followed;
use super::family::EndKind;
use super::life::Basis;
use super::sequence::{Actor, Kind};
use crate::redact::Redactor;
use crate::traffic::Traffic;

const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

fn exchanges(http: &str) -> Vec<Exchange> {
    let page =
        format!("# x\n\n## Scenarios\n\n### x\n\n```http\n{http}\n```\n```verdicts\nnone\n```\n");
    scenarios("x", &page).unwrap().remove(0).exchanges
}

fn follow(http: &str, kind: &str, secret: &str) -> Option<Followed> {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let redactor = Redactor::new(KEY);
    let redacted = exchanges(http).into_iter().map(|it| redactor.redact(&it));
    let traffic = Traffic::read(redacted.collect::<Vec<_>>(), &reader);
    Followed::of(&traffic, &KEY.read(secret).named(kind), &providers)
}

const LATE: &str = "\
@0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=s1
      302 Location: https://app.test/cb?code=C1abcdef&state=s1
@3s   GET https://app.test/cb?code=C1abcdef&state=s1
      302 Location: /
@75s  POST /token
      Authorization: Basic web:s3cret
      grant_type=authorization_code&code=C1abcdef&redirect_uri=https://app.test/cb
      +80ms 400 {\"error\":\"invalid_grant\",\"error_description\":\"Code not valid\"}";

#[test]
fn a_code_is_followed_from_its_request_to_its_refusal() {
    let followed = follow(LATE, "code", "C1abcdef").unwrap();
    let sequence = &followed.sequence;
    assert_eq!(
        sequence.actors,
        [Actor::UserAgent, Actor::App, Actor::Server]
    );
    assert_eq!(sequence.arrows.len(), 6);
    let refusal = sequence.arrows.last().unwrap();
    assert_eq!(
        (refusal.kind, refusal.exchange),
        (Kind::Refusal, ExchangeId(3))
    );
    assert_eq!(
        refusal.facts,
        [("error_description", "Code not valid".to_owned())]
    );
    let request = &sequence.arrows[4];
    let names: Vec<_> = request.facts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["client_id", "redirect_uri", "authentication"]);
}

#[test]
fn a_life_is_split_by_who_had_the_code() {
    let at_keycloak = LATE
        .replace("/authorize", "/realms/staff/protocol/openid-connect/auth")
        .replace("/token", "/realms/staff/protocol/openid-connect/token");
    let followed = follow(&at_keycloak, "code", "C1abcdef").unwrap();
    let life = &followed.lives[0];
    let took: Vec<_> = life
        .legs
        .iter()
        .map(|leg| (leg.who, leg.took.as_secs()))
        .collect();
    assert_eq!(took[..2], [("user agent", 2), ("app", 72)]);
    assert_eq!(
        life.legs.iter().map(|leg| leg.took).sum::<Duration>(),
        life.age
    );
    assert_eq!(life.lifetime.lasts, Duration::from_mins(1));
    assert!(matches!(
        &life.lifetime.basis,
        Basis::Documented {
            is_default: true,
            ..
        }
    ));
    assert!(life.is_expired() && !life.is_granted);
}

/// A code has one lifetime, though only the refusal tells which product it is.
#[test]
fn what_one_answer_tells_of_the_server_holds_for_every_presentation() {
    let twice = LATE
        .replace("Code not valid", "grant request is invalid")
        .replace(
            "@75s",
            "\
@4s   POST /token
      Authorization: Basic web:s3cret
      grant_type=authorization_code&code=C1abcdef&redirect_uri=https://app.test/cb
      200 {\"access_token\":\"A1abcdef\",\"token_type\":\"Bearer\"}
@75s",
        );
    let followed = follow(&twice, "code", "C1abcdef").unwrap();
    let [granted, refused] = &followed.lives[..] else {
        panic!("{:?}", followed.lives);
    };
    assert!(granted.is_granted && !refused.is_granted);
    assert!(matches!(refused.lifetime.basis, Basis::Documented { .. }));
    assert_eq!(granted.lifetime, refused.lifetime);
}

#[test]
fn a_lifetime_that_nobody_documents_is_the_one_that_is_recommended() {
    let followed = follow(LATE, "code", "C1abcdef").unwrap();
    let life = &followed.lives[0];
    assert_eq!(life.lifetime.lasts, Duration::from_mins(10));
    assert_eq!(life.lifetime.basis, Basis::Recommended);
    assert!(!life.is_expired());
}

#[test]
fn a_grant_that_no_exchange_mentions_is_not_followed() {
    assert_eq!(follow(LATE, "code", "another"), None);
    assert_eq!(follow(LATE, "refresh", "C1abcdef"), None);
}

/// The second generation is presented twice at once, and then the third is refused.
const RACED: &str = "\
@0s   POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R1abcdef
      +80ms 200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\",\"refresh_token\":\"R2abcdef\"}
@10s  POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R2abcdef
      +120ms 200 {\"access_token\":\"A2\",\"token_type\":\"Bearer\",\"refresh_token\":\"R3abcdef\"}
@10040ms POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R2abcdef
      +90ms 400 {\"error\":\"invalid_grant\"}";

#[test]
fn a_family_has_its_tokens_in_order_and_names_what_ended_it() {
    let refused = format!(
        "{RACED}\n@20s  POST /token\n      client_id=web&grant_type=refresh_token&refresh_token=R3abcdef\n      \
         400 {{\"error\":\"invalid_grant\"}}"
    );
    let family = follow(&refused, "refresh", "R3abcdef")
        .unwrap()
        .family
        .unwrap();
    let tokens: Vec<_> = family
        .tokens
        .iter()
        .map(|it| (it.generation, it.parent))
        .collect();
    assert_eq!(tokens, [(0, None), (1, Some(0)), (2, Some(1))]);
    let [granted, replayed] = &family.tokens[1].presentations[..] else {
        panic!("{family:?}");
    };
    assert!(granted.overlaps(replayed) && replayed.is_replay && !granted.is_replay);
    let end = &family.ends[family.ended_by.unwrap()];
    assert_eq!(
        (end.kind, end.exchange),
        (EndKind::TokenReplayed, ExchangeId(3))
    );
}

#[test]
fn a_replay_alone_is_no_proof_that_the_family_ended() {
    let family = follow(RACED, "refresh", "R1abcdef")
        .unwrap()
        .family
        .unwrap();
    assert_eq!((family.ends.len(), family.ended_by), (1, None));
}
