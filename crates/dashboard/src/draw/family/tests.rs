//! A family as it is drawn: the race is seen, and what ended the family.

use crate::draw::Paper;
use crate::draw::tests::{assert_sound, exchanges, followed, sheets, texts};
use crate::links::Links;

const REPLAYED: &str = "\
@0s   POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R1abcdef
      +80ms 200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\",\"refresh_token\":\"R2abcdef\"}
@3600s POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R2abcdef
      +120ms 200 {\"access_token\":\"A2\",\"token_type\":\"Bearer\",\"refresh_token\":\"R3abcdef\"}
@3600040ms POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R2abcdef
      +90ms 400 {\"error\":\"invalid_grant\"}
@7200s POST /token
      client_id=web&grant_type=refresh_token&refresh_token=R3abcdef
      +70ms 400 {\"error\":\"invalid_grant\"}";

fn family() -> grantscope_capture::grant::family::Family {
    let followed = followed(&exchanges(REPLAYED));
    followed.into_iter().find_map(|it| it.family).unwrap()
}

#[test]
fn the_lanes_of_a_family() {
    let drawn = super::draw(&Links::default(), &family(), "f").into_string();
    insta::assert_snapshot!(drawn.replace("><", ">\n<"));
    assert_sound(&drawn);
}

#[test]
fn presentations_that_overlap_stand_below_each_other() {
    let family = family();
    let lanes = super::Lanes::of(&family, Paper::Wide);
    assert_eq!(lanes.all.len(), 3);
    let raced = &lanes.all[1].presented;
    assert!(
        raced[0].y < raced[1].y && raced[0].until > raced[1].from,
        "{raced:?}"
    );
    assert!(lanes.brought(&family, &lanes.all[2]).is_some());
}

#[test]
fn what_ended_the_family_is_named() {
    let drawn = super::draw(&Links::default(), &family(), "f").into_string();
    for (_, _, svg) in sheets(&drawn) {
        let named = texts(svg)
            .into_iter()
            .filter(|it| it.text.starts_with("✕ ended by #3"));
        assert_eq!(named.count(), 1, "{svg}");
    }
}

#[test]
fn a_family_that_goes_on_was_ended_by_nothing() {
    let until_the_race = REPLAYED.split("@7200s").next().unwrap().trim_end();
    let goes_on = format!(
        "{until_the_race}\n@7200s POST /token\n      client_id=web&grant_type=refresh_token&refresh_token=R3abcdef\n      \
         200 {{\"access_token\":\"A3\",\"token_type\":\"Bearer\",\"refresh_token\":\"R4abcdef\"}}"
    );
    let followed = followed(&exchanges(&goes_on));
    let family = followed.into_iter().find_map(|it| it.family).unwrap();
    assert_eq!((family.tokens.len(), family.ended_by), (4, None));
}
