//! A grant as it is drawn, and what a reader has to find in it.

use crate::draw::tests::{exchanges, followed, sheets, texts};
use crate::links::Links;

const REUSED: &str = "\
@0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=s1
      302 Location: https://app.test/cb?code=C1abcdef&state=s1
@2500ms GET https://app.test/cb?code=C1abcdef&state=s1
      302 Location: /
@2600ms POST /token
      Authorization: Basic web:s3cret
      grant_type=authorization_code&code=C1abcdef&redirect_uri=https://app.test/cb
      +80ms 200 {\"access_token\":\"A1\",\"token_type\":\"Bearer\"}
@9s   POST /token
      Authorization: Basic web:s3cret
      grant_type=authorization_code&code=C1abcdef&redirect_uri=https://app.test/cb
      +60ms 400 {\"error\":\"invalid_grant\"}";

fn drawn() -> String {
    let followed = followed(&exchanges(REUSED));
    super::draw(&Links::default(), &followed[0].sequence, "s").into_string()
}

#[test]
fn the_messages_of_a_grant() {
    insta::assert_snapshot!(drawn().replace("><", ">\n<"));
}

#[test]
fn the_refused_message_is_marked_by_a_word_and_leads_to_its_exchange() {
    let drawn = drawn();
    assert_eq!(
        sheets(&drawn).len(),
        2,
        "one for wide pages and one for narrow ones"
    );
    for (_, _, svg) in sheets(&drawn) {
        let refused = texts(svg)
            .into_iter()
            .filter(|it| it.text.starts_with("✕ #4 refused"));
        assert_eq!(refused.count(), 1);
        assert!(
            svg.contains("class=\"message refusal\" href=\"/exchanges/4\""),
            "{svg}"
        );
    }
}

#[test]
fn later_messages_are_lower_and_their_moments_are_on_the_ruler_in_order() {
    let followed = followed(&exchanges(REUSED));
    for paper in crate::draw::Paper::ALL {
        let rows = super::Rows::of(&followed[0].sequence, paper);
        assert_eq!(rows.entries.len(), 8);
        assert!(rows.places.is_sorted() && rows.ticks.is_sorted());
        assert!(
            rows.ticks
                .iter()
                .chain(&rows.places)
                .all(|it| *it <= rows.bottom)
        );
        assert!(
            !rows.scale.cuts().is_empty(),
            "the user took a while, which is not drawn to scale"
        );
    }
}
