use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;

fn found(secrets: &[&str], text: &str) -> Vec<String> {
    let found = Needles::new(secrets.iter().copied()).find(text).unwrap();
    let shown = |it: &Match| format!("{}={}", it.secret, &text[it.range.clone()]);
    found.iter().map(shown).collect()
}

#[test]
fn the_longest_secret_is_found_first_and_none_overlaps() {
    let secrets = ["abcdefgh", "abcdef", "ghijkl"];
    assert_eq!(found(&secrets, "xabcdefghijkl"), ["0=abcdefgh"]);
    assert_eq!(found(&secrets, "abcdef abcdef"), ["1=abcdef", "1=abcdef"]);
    assert_eq!(found(&secrets, "abcdeghijk"), Vec::<String>::new());
}

#[test]
fn base64_is_found_at_each_alignment_and_in_both_alphabets() {
    let secret = "s3cret?>~ÿ-value";
    for before in ["", "a", "ab", "abc", "{\"k\":"] {
        for after in ["", "z", "zz", "zzz"] {
            let whole = format!("{before}{secret}{after}");
            let standard = BASE64_STANDARD_NO_PAD.encode(&whole);
            let url = standard.replace('+', "-").replace('/', "_");
            for text in [standard, url] {
                assert_eq!(found(&[secret], &text).len(), 1, "{text} of {whole}");
            }
        }
    }
}

#[test]
fn a_secret_is_found_under_every_escape() {
    let secret = "p/q\"é+r s~12";
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let json = serde_json::Value::from(secret).to_string();
    for text in [
        percent(secret),
        percent(secret).to_lowercase(),
        percent(&percent(secret)),
        percent(&percent(&percent(secret))),
        secret.replace(' ', "+"),
        json.clone(),
        json.replace('/', "\\/"),
        percent(&json),
        serde_json::Value::from(json.as_str()).to_string(),
        "p&#x2F;q&quot;&#233;&#43;r&#32;s~12".to_owned(),
        r"\u0070\u002f\u0071\u0022\u00e9\u002B\u0072 s~12".to_owned(),
        percent(&BASE64_STANDARD_NO_PAD.encode(secret)),
        BASE64_STANDARD_NO_PAD.encode(percent(secret)),
        BASE64_STANDARD_NO_PAD.encode(&json),
    ] {
        let text = format!("before {text} after");
        assert_eq!(found(&[secret], &text).len(), 1, "{text}");
    }
}

#[test]
fn a_short_secret_counts_as_a_word_alone() {
    assert_eq!(found(&["secret"], "client_secret,secrets"), ["0=secret"]);
    assert_eq!(found(&["secret"], "a secrets b"), Vec::<String>::new());
    assert_eq!(found(&["short"], "short"), Vec::<String>::new());
}

#[test]
fn a_text_that_asks_for_too_many_comparisons_is_given_up() {
    let secrets: Vec<String> = (0..200)
        .map(|n| format!("{}{n}", "a".repeat(500)))
        .collect();
    let needles = Needles::new(secrets.iter().map(String::as_str));
    assert_eq!(needles.find(&"a".repeat(1 << 17)), Err(TooCostly));
    assert_eq!(needles.find(&"b".repeat(1 << 17)), Ok(Vec::new()));
}
