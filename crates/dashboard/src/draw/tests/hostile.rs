//! What was sent is drawn as text, and never as markup; and much of it is not much to draw.

use std::fmt::Write as _;

use maud::Markup;
use proptest::prelude::*;

use super::{KEY, assert_sound, drawings, exchanges, follow, of_grant};

/// Of all drawings of a grant, whatever the traffic was.
const ELEMENTS_MAX: usize = 4_000;

/// A grant in which all that a peer can write is a text.
fn grant(hostile: &str) -> Vec<grantscope_oauth::Exchange> {
    let encoded: String = form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let error = serde_json::json!({"error": hostile, "error_description": hostile});
    exchanges(&format!(
        "@0s GET /authorize?response_type=code&client_id={encoded}&redirect_uri=https://app.test/cb?x={encoded}&state=s&scope={encoded}\n\
         \x20     302 Location: https://app.test/cb?code=C1&state=s\n\
         @1s POST /token\n\
         \x20     grant_type=authorization_code&code=C1&client_id={encoded}&redirect_uri=https://app.test/cb?x={encoded}&scope={encoded}\n\
         \x20     400 {error}"
    ))
}

#[test]
fn what_was_sent_is_drawn_as_text() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"><svg onload=alert(1)>",
        "]]></svg><a href=\"javascript:x\">",
    ] {
        for drawn in drawings(&grant(hostile)) {
            assert!(
                !drawn.contains("<script") && !drawn.contains("<svg onload"),
                "{drawn}"
            );
            assert!(!drawn.contains("href=\"javascript"), "{drawn}");
            assert_sound(&drawn);
        }
    }
}

#[test]
fn a_text_of_a_mebibyte_is_cut() {
    let long = "x".repeat(1 << 20);
    let drawn: usize = drawings(&grant(&long)).iter().map(String::len).sum();
    assert!(drawn < 200_000, "{drawn} bytes");
}

/// A refresh token that is used over and over, and one that is replaced over and over.
fn presented(times: usize, is_rotated: bool) -> String {
    let mut http = String::new();
    for at in 0..times {
        let (old, new) = if is_rotated { (at, at + 1) } else { (0, 0) };
        let seconds = at * 10;
        writeln!(
            http,
            "@{seconds}s POST /token\n      client_id=web&grant_type=refresh_token&refresh_token=R{old:05}xyz\n      \
             200 {{\"access_token\":\"A{at}\",\"token_type\":\"Bearer\",\"refresh_token\":\"R{new:05}xyz\"}}"
        )
        .unwrap();
    }
    http
}

#[test]
fn a_thousand_presentations_are_a_picture_still() {
    for is_rotated in [false, true] {
        let all = exchanges(&presented(1_000, is_rotated));
        let name = KEY.read("R00000xyz").named("refresh");
        let followed = follow(&all, &[&name]).remove(0);
        let drawings = of_grant(&followed);
        assert_eq!(drawings.len(), 2, "a sequence and a family");
        let drawings: String = drawings.into_iter().map(Markup::into_string).collect();
        let elements = drawings.matches("</").count();
        assert!(elements < ELEMENTS_MAX, "{elements}");
        assert!(
            drawings.contains("left out"),
            "nothing is told of what is left out"
        );
        assert_sound(&drawings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn presentations_at_any_time_are_drawn_soundly(
        uses in prop::collection::vec((0_u64..100_000, 1_u64..3_000, 0_usize..4, any::<bool>()), 1..12),
    ) {
        let mut uses = uses;
        uses.sort_unstable();
        let mut http = String::new();
        for (at, (begin, took, token, is_granted)) in uses.iter().enumerate() {
            let answer = if *is_granted {
                format!("200 {{\"access_token\":\"A{at}\",\"token_type\":\"Bearer\",\"refresh_token\":\"R{}abc\"}}", token + 1)
            } else {
                "400 {\"error\":\"invalid_grant\"}".to_owned()
            };
            writeln!(
                http,
                "@{begin}ms POST /token\n      client_id=web&grant_type=refresh_token&refresh_token=R{token}abc\n      +{took}ms {answer}"
            ).unwrap();
        }
        for drawn in drawings(&exchanges(&http)) {
            assert_sound(&drawn);
        }
    }
}
