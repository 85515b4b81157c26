//! The family of a refresh token, and what may have ended it.

use grantscope_correlation::{FamilyEnd, RefreshTokenHistory, RevokedToken};
use grantscope_oauth::{Alteration, ExchangeId, Reading};

use crate::traffic::{
    ORIGIN, granted, log_in, log_out, observed, redeem, refresh, refused, revoke, secret,
};

fn token(readings: &[Reading], of: &str) -> RefreshTokenHistory {
    observed(readings).history().refresh_token(&secret(of))
}

fn ends(readings: &[Reading], of: &str) -> Vec<(u64, Option<RevokedToken>)> {
    let ends = token(readings, of).family.ends;
    ends.iter()
        .map(|end| match end {
            FamilyEnd::Revoked(it) | FamilyEnd::LoggedOut(it) => (end.exchange().0, Some(it.names)),
            FamilyEnd::CodeReplayed(_) | FamilyEnd::TokenReplayed(_) => (end.exchange().0, None),
        })
        .collect()
}

/// A code and five generations of refresh tokens, `r0` to `r4`.
fn five_generations() -> Vec<Reading> {
    let mut readings = vec![
        log_in(1, 0, "web", "code", None),
        granted(redeem(2, 1, "web", "code"), 0, "r0"),
    ];
    for generation in 0..4_u32 {
        let old = format!("r{generation}");
        let new = format!("r{}", generation + 1);
        let second = 10 * (i64::from(generation) + 1);
        let id = 3 + u64::from(generation);
        readings.push(granted(refresh(id, second, "web", &old), 0, &new));
    }
    readings
}

fn with(mut readings: Vec<Reading>, more: impl IntoIterator<Item = Reading>) -> Vec<Reading> {
    readings.extend(more);
    readings
}

#[test]
fn a_family_is_followed_over_five_generations_from_any_of_them() {
    let readings = five_generations();
    for of in ["r0", "r2", "r4"] {
        let family = token(&readings, of).family;
        assert_eq!(family.root, Some(secret("code").digest), "{of}");
        let generations: Vec<_> = family
            .generations
            .iter()
            .map(|it| {
                (
                    it.token,
                    it.generation,
                    it.issued_in.map(|exchange| exchange.0),
                )
            })
            .collect();
        let expected: Vec<_> = (0..5)
            .map(|at: usize| (secret(&format!("r{at}")).digest, at, Some(2 + at as u64)))
            .collect();
        assert_eq!(generations, expected, "{of}");
        assert_eq!(family.ends, [], "{of}");
    }
}

#[test]
fn a_server_without_rotation_has_families_of_one() {
    let readings = [
        granted(redeem(1, 0, "web", "code"), 0, "same"),
        granted(refresh(2, 10, "web", "same"), 0, "same"),
        granted(refresh(3, 20, "web", "same"), 0, "same"),
        refused(refresh(4, 30, "web", "same"), 0),
    ];
    let history = token(&readings, "same");
    assert_eq!(history.family.generations.len(), 1);
    assert_eq!(history.family.ends, []);
    assert_eq!(history.issuance.seen().unwrap().exchange().0, 1);
}

#[test]
fn a_revocation_tells_which_token_of_the_family_it_names() {
    let revoked = |named| {
        ends(
            &with(five_generations(), [revoke(9, 99, "web", named)]),
            "r4",
        )
    };
    assert_eq!(revoked("r4"), [(9, Some(RevokedToken::Itself))]);
    assert_eq!(revoked("r1"), [(9, Some(RevokedToken::Relative))]);
    assert_eq!(revoked("access to r0"), [(9, Some(RevokedToken::Sibling))]);
    assert_eq!(revoked("of another family"), []);
}

#[test]
fn a_logout_that_names_an_id_token_ends_its_family() {
    let logout = log_out(9, 99, ORIGIN, Some("id beside r3"), 302);
    let readings = with(five_generations(), [logout]);
    assert_eq!(ends(&readings, "r4"), [(9, Some(RevokedToken::Sibling))]);
    let family = token(&readings, "r4").family;
    assert!(matches!(family.ends[..], [FamilyEnd::LoggedOut(_)]));
}

#[test]
fn a_token_whose_issuance_was_not_seen_is_still_revoked() {
    let readings = [
        revoke(1, 0, "web", "r0"),
        refused(refresh(2, 1, "web", "r0"), 0),
    ];
    assert_eq!(ends(&readings, "r0"), [(1, Some(RevokedToken::Itself))]);
}

#[test]
fn a_replaced_token_that_is_presented_again_is_a_replay() {
    let replay = refused(refresh(9, 99, "web", "r1"), 0);
    assert_eq!(ends(&with(five_generations(), [replay]), "r4"), [(9, None)]);
}

#[test]
fn the_loser_of_two_concurrent_refreshes_is_a_replay_though_it_was_sent_first() {
    let readings = [
        granted(redeem(1, 0, "web", "code"), 0, "r0"),
        refused(refresh(2, 10, "web", "r0"), 5),
        granted(refresh(3, 11, "web", "r0"), 1, "r1"),
        refused(refresh(4, 20, "web", "r1"), 0),
    ];
    assert_eq!(ends(&readings, "r1"), [(2, None)]);
}

#[test]
fn a_refusal_that_was_over_before_the_token_was_replaced_is_no_replay() {
    let readings = [
        granted(redeem(1, 0, "web", "code"), 0, "r0"),
        refused(refresh(2, 10, "web", "r0"), 1),
        granted(refresh(3, 20, "web", "r0"), 1, "r1"),
        refused(refresh(4, 30, "web", "r1"), 0),
    ];
    assert_eq!(ends(&readings, "r1"), []);
}

#[test]
fn a_replaced_token_that_the_server_grants_again_ends_nothing() {
    let readings = [
        granted(redeem(1, 0, "web", "code"), 0, "r0"),
        granted(refresh(2, 10, "web", "r0"), 1, "r1"),
        granted(refresh(3, 12, "web", "r0"), 1, "r2"),
    ];
    assert_eq!(ends(&readings, "r1"), []);
}

#[test]
fn a_code_that_is_presented_again_ends_the_family_and_an_earlier_refusal_does_not() {
    let readings = [
        refused(redeem(1, 0, "web", "code"), 1),
        granted(redeem(2, 10, "web", "code"), 5, "r0"),
        refused(redeem(3, 9, "web", "code"), 4),
        refused(redeem(4, 20, "web", "code"), 1),
    ];
    assert_eq!(ends(&readings, "r0"), [(3, None), (4, None)]);
}

#[test]
fn an_altered_token_is_traced_to_its_first_issuance() {
    let readings = [
        granted(redeem(1, 0, "web", "code"), 0, "SaMe"),
        granted(refresh(2, 10, "web", "SaMe"), 0, "SaMe"),
        refused(refresh(3, 20, "web", "same"), 0),
    ];
    let (issuance, alteration) = token(&readings, "same").resembles.unwrap();
    assert_eq!(issuance.exchange().0, 1);
    assert_eq!(alteration, Alteration::CaseChanged);
}

fn touched_by(readings: &[Reading], id: u64) -> Vec<u64> {
    let ledger = observed(readings);
    let touched = ledger.history().refusals_touched_by(ExchangeId(id));
    touched.into_iter().map(|it| it.0).collect()
}

#[test]
fn what_may_end_a_family_touches_the_refusals_of_all_of_it() {
    let ends = [
        revoke(9, 90, "web", "r0"),
        revoke(9, 90, "web", "access to r0"),
        log_out(9, 90, ORIGIN, Some("id beside r1"), 302),
        refused(refresh(9, 90, "web", "r1"), 0),
        refused(redeem(9, 90, "web", "code"), 0),
    ];
    for end in ends {
        let shown = format!("{:?}", end.request);
        let refusals = [
            refused(refresh(10, 99, "web", "r4"), 0),
            refused(refresh(11, 99, "web", "of another family"), 0),
        ];
        let readings = with(with(five_generations(), [end]), refusals);
        assert_eq!(touched_by(&readings, 9), [10], "{shown}");
    }
}

#[test]
fn what_is_granted_touches_the_refusals_of_its_own_grant() {
    let refusals = [
        refused(refresh(9, 98, "web", "r1"), 0),
        refused(refresh(10, 99, "web", "r4"), 0),
    ];
    let readings = with(five_generations(), refusals);
    assert_eq!(touched_by(&readings, 4), [9]);
}

#[test]
fn a_code_that_is_seen_late_touches_the_refusal_that_went_before() {
    let readings = [
        refused(redeem(1, 5, "web", "code"), 0),
        log_in(2, 0, "web", "code", None),
    ];
    assert_eq!(touched_by(&readings, 2), [1]);
}
