//! Two values side by side, with the part marked in which they differ.

use std::borrow::Cow;
use std::ops::Range;

use grantscope_oauth::{ExchangeId, RedirectUri, RequestUrl};

/// Two values that should be the same and are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier value.
    pub left: Side,
    /// The later one.
    pub right: Side,
    /// What differs, in words: `trailing slash`, `port`, `host`.
    pub difference: String,
}

/// One of two compared values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Whose value it is: `authorize redirect_uri`.
    pub label: String,
    /// Where it is.
    pub exchange: ExchangeId,
    /// The value, which is no secret.
    pub value: String,
    /// The bytes of `value` in which the two differ; empty where something is missing there.
    pub differs: Range<usize>,
}

impl Comparison {
    /// Compares two redirect URIs character by character, and names the part in which they differ.
    pub fn of_redirect_uris(
        left: (&str, ExchangeId, &RedirectUri),
        right: (&str, ExchangeId, &RedirectUri),
    ) -> Self {
        let (left_range, right_range) = differing(left.2.as_str(), right.2.as_str());
        let side = |(label, exchange, uri): (&str, ExchangeId, &RedirectUri), differs| Side {
            label: label.to_owned(),
            exchange,
            value: uri.as_str().to_owned(),
            differs,
        };
        Self {
            difference: name_of_difference(left.2.as_str(), right.2.as_str()),
            left: side(left, left_range),
            right: side(right, right_range),
        }
    }

    /// Compares two values of another kind as wholes.
    pub fn of_wholes(
        difference: &str,
        left: (&str, ExchangeId, String),
        right: (&str, ExchangeId, String),
    ) -> Self {
        let side = |(label, exchange, value): (&str, ExchangeId, String)| Side {
            label: label.to_owned(),
            exchange,
            differs: 0..value.len(),
            value,
        };
        Self {
            left: side(left),
            right: side(right),
            difference: difference.to_owned(),
        }
    }
}

/// The ranges that are left when the common beginning and the common end are taken away.
fn differing(left: &str, right: &str) -> (Range<usize>, Range<usize>) {
    let same = |(a, b): &(char, char)| a == b;
    let width = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs
            .take_while(same)
            .map(|(c, _)| c.len_utf8())
            .sum::<usize>()
    };
    let start = width(&mut left.chars().zip(right.chars()));
    let end = width(
        &mut left[start..]
            .chars()
            .rev()
            .zip(right[start..].chars().rev()),
    );
    (start..left.len() - end, start..right.len() - end)
}

fn name_of_difference(left: &str, right: &str) -> String {
    if left.eq_ignore_ascii_case(right) {
        return "letter case".to_owned();
    }
    if left.trim() == right.trim() {
        return "white space".to_owned();
    }
    let decoded = |text: &str| percent_decoded(text).into_owned();
    if decoded(left) == decoded(right) {
        return "percent-encoding".to_owned();
    }
    let (left, right) = (without_fingerprints(left), without_fingerprints(right));
    let parts = [
        ("scheme", left.scheme() != right.scheme()),
        ("host", left.host() != right.host()),
        ("port", port(&left) != port(&right)),
        (
            name_of_path_difference(left.path(), right.path()),
            left.path() != right.path(),
        ),
        ("query", left.query() != right.query()),
        ("fragment", left.fragment() != right.fragment()),
    ];
    let names: Vec<_> = parts
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name)
        .collect();
    if names.is_empty() {
        "spelling".to_owned()
    } else {
        names.join(", ")
    }
}

/// The number sign of a fingerprint in a URL, as in `?code=code#7f3a9c`, begins no fragment.
fn without_fingerprints(url: &str) -> RequestUrl {
    let mut parts = url.split('#');
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digest = part.split('&').next().unwrap_or_default();
        let is_digest = digest.len() == 6 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        joined.push_str(if is_digest { "%23" } else { "#" });
        joined.push_str(part);
    }
    RequestUrl::new(joined)
}

fn name_of_path_difference(left: &str, right: &str) -> &'static str {
    if left.strip_suffix('/') == Some(right) || right.strip_suffix('/') == Some(left) {
        "trailing slash"
    } else {
        "path"
    }
}

fn port(url: &RequestUrl) -> Option<&str> {
    let (_, port) = url.authority().rsplit_once(':')?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(port)
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(left: &str, right: &str) -> (String, String, String) {
        let of = |text: &str| RedirectUri(text.to_owned());
        let found = Comparison::of_redirect_uris(
            ("authorize", ExchangeId(1), &of(left)),
            ("token", ExchangeId(2), &of(right)),
        );
        let marked = |side: &Side| side.value[side.differs.clone()].to_owned();
        (
            found.difference.clone(),
            marked(&found.left),
            marked(&found.right),
        )
    }

    /// Two URIs; the name of their difference; what is marked in the one and in the other.
    const CASES: &[[&str; 5]] = &[
        [
            "https://app.test/cb",
            "https://app.test/cb/",
            "trailing slash",
            "",
            "/",
        ],
        [
            "https://app.test/cb",
            "http://app.test/cb",
            "scheme",
            "s",
            "",
        ],
        [
            "http://localhost:3000/cb",
            "http://127.0.0.1:3000/cb",
            "host",
            "localhost",
            "127.0.0.1",
        ],
        [
            "http://localhost:3000/cb",
            "http://localhost:3001/cb",
            "port",
            "0",
            "1",
        ],
        [
            "https://app.test/cb",
            "https://app.test/CB",
            "letter case",
            "cb",
            "CB",
        ],
        [
            "https://app.test/a%2Fb",
            "https://app.test/a/b",
            "percent-encoding",
            "%2F",
            "/",
        ],
        [
            "https://app.test/cb?x=1",
            "https://app.test/cb",
            "query",
            "?x=1",
            "",
        ],
        [
            "https://app.test/cb",
            "https://app.test/cb ",
            "white space",
            "",
            " ",
        ],
        [
            "https://a.test/cb?code=code#7f3a9c&x=1",
            "https://a.test/cb",
            "query",
            "?code=code#7f3a9c&x=1",
            "",
        ],
        [
            "https://a.test/cb",
            "https://b.test/other",
            "host, path",
            "a.test/cb",
            "b.test/other",
        ],
    ];

    #[test]
    fn the_differing_part_is_named_and_marked() {
        for [left, right, name, in_left, in_right] in CASES {
            let expected = (
                (*name).to_owned(),
                (*in_left).to_owned(),
                (*in_right).to_owned(),
            );
            assert_eq!(compare(left, right), expected);
        }
    }
}
