//! A life is drawn to scale: what is half of it takes half of the bar.

use std::time::Duration;

use grantscope_capture::grant::life::{Basis, Leg, Life, Lifetime};
use grantscope_oauth::ExchangeId;
use proptest::prelude::*;

use crate::draw::Paper;
use crate::draw::tests::assert_sound;
use crate::links::Links;

fn life(legs_ms: &[u64], lifetime_s: u64, basis: Basis) -> Life {
    let who = ["user agent", "app", "network"];
    let legs = who.iter().zip(legs_ms).map(|(who, millis)| Leg {
        who,
        way: "from one to the next",
        took: Duration::from_millis(*millis),
    });
    let legs: Vec<_> = legs.collect();
    Life {
        code: "code#7f3a9c".to_owned(),
        presented: ExchangeId(4),
        is_granted: false,
        age: legs.iter().map(|leg| leg.took).sum(),
        legs,
        answered_after: Some(Duration::from_millis(85)),
        lifetime: Lifetime {
            lasts: Duration::from_secs(lifetime_s),
            basis,
        },
    }
}

#[test]
fn a_code_that_expired_is_drawn_beyond_its_lifetime() {
    let life = life(&[2_900, 72_000, 310], 60, Basis::Recommended);
    let sheet = super::Sheet::of(&life, Paper::Wide);
    let presented = sheet.x(life.age.as_secs_f64());
    assert!(
        !sheet.is_cut && sheet.expiry < presented,
        "{} {presented}",
        sheet.expiry
    );
    let share = (sheet.expiry - super::EDGE) / (presented - super::EDGE);
    assert!((share - 60.0 / 75.21).abs() < 1e-9, "{share}");
    let drawn = super::draw(&Links::default(), &life, "l").into_string();
    assert!(
        drawn.contains("it had expired") && drawn.contains("class=\"late\""),
        "{drawn}"
    );
}

#[test]
fn a_lifetime_that_is_much_longer_is_cut_and_says_so() {
    let life = life(&[100, 20, 5], 600, Basis::Recommended);
    let sheet = super::Sheet::of(&life, Paper::Wide);
    assert!(sheet.is_cut);
    let drawn = super::draw(&Links::default(), &life, "l").into_string();
    assert!(
        drawn.contains("class=\"gap\"") && drawn.contains("lives 10 min"),
        "{drawn}"
    );
    assert!(
        drawn.contains("it was alive") && !drawn.contains("class=\"late\""),
        "{drawn}"
    );
}

#[test]
fn a_documented_lifetime_names_who_documents_it() {
    let basis = Basis::Documented {
        provider: "Keycloak".to_owned(),
        is_default: true,
        source: "https://www.keycloak.org/docs".to_owned(),
    };
    let drawn = super::draw(&Links::default(), &life(&[100, 20, 5], 60, basis), "l").into_string();
    assert!(
        drawn.contains("codes of Keycloak live 1 min unless configured otherwise"),
        "{drawn}"
    );
}

proptest! {
    #[test]
    fn any_life_is_drawn_within_its_edges(
        legs in prop::collection::vec(0_u64..10_000_000, 0..4),
        lifetime in 1_u64..1_000_000,
    ) {
        let drawn = super::draw(&Links::default(), &life(&legs, lifetime, Basis::Recommended), "l").into_string();
        assert_sound(&drawn);
    }
}
