//! Addresses without the secrets in them: a redirection URI may hold the code that was added to it, and is shown as sent
//! otherwise.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::opaque::{is_secret_segment, is_token};
use super::params::form_decoded;
use super::scrub::Scrub;
use super::secrets::secret_kind;

/// Traffic nests a URL in a URL a few times. What is nested deeper is taken as one value.
const DEPTH_MAX: usize = 8;

/// What is not encoded in the value of a parameter: the unreserved characters (RFC 3986 §2.3).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parts of a URL that matter here. Each but the first keeps the sign that it begins with.
struct Parts<'a> {
    endpoint: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
        let (endpoint, query) = before.split_at(before.find('?').unwrap_or(before.len()));
        Self {
            endpoint,
            query,
            fragment,
        }
    }

    /// The names and values of query and fragment. A fragment may be a route with a query of its own.
    fn pairs(&self) -> impl Iterator<Item = &'a str> {
        let of_fragment = self.fragment.trim_start_matches('#');
        let of_fragment = match of_fragment.split_once('?') {
            Some((route, query)) if !route.contains('=') => query,
            _ => of_fragment,
        };
        let of_query = self.query.trim_start_matches('?');
        of_query.split('&').chain(of_fragment.split('&'))
    }
}

/// Calls `found` for each secret in a URL, with its kind.
pub(super) fn nested(url: &str, found: &mut impl FnMut(&'static str, &str)) {
    secrets_in(url, DEPTH_MAX, found);
}

fn secrets_in(url: &str, depth: usize, found: &mut impl FnMut(&'static str, &str)) {
    if depth == 0 || !url.contains(['?', '#']) {
        return;
    }
    for (name, value) in Parts::of(url)
        .pairs()
        .filter_map(|pair| pair.split_once('='))
    {
        let value = form_decoded(value);
        match secret_kind(&form_decoded(name)) {
            Some(kind) => found(kind, &value),
            None => secrets_in(&value, depth - 1, found),
        }
    }
}

impl Scrub<'_> {
    /// A redirection URI without secrets.
    ///
    /// Redirection URIs of different exchanges are compared, so that what is replaced depends on the URI before it does on
    /// the exchange. The rest stays as it was sent.
    pub(super) fn redirect_uri(&self, uri: &str) -> String {
        self.name(&self.address(uri, DEPTH_MAX))
    }

    /// The URL of an endpoint without secrets, and without the user information, which is no part of the server's name.
    pub(super) fn endpoint(&self, endpoint: &str) -> String {
        let (before, _, after) = around_user(endpoint);
        self.name(&format!("{before}{}", self.segments(after)))
    }

    fn address(&self, url: &str, depth: usize) -> String {
        let parts = Parts::of(url);
        let mut shown = self.hierarchy(parts.endpoint);
        if let Some(query) = parts.query.strip_prefix('?') {
            shown.push('?');
            shown += &self.pairs(query, depth);
        }
        if let Some(fragment) = parts.fragment.strip_prefix('#') {
            shown.push('#');
            let route = fragment.find('?').map_or(0, |at| at + 1);
            let route = if fragment[..route].contains('=') {
                0
            } else {
                route
            };
            shown += &fragment[..route];
            shown += &self.pairs(&fragment[route..], depth);
        }
        shown
    }

    /// Scheme, user information, host and path.
    fn hierarchy(&self, endpoint: &str) -> String {
        let (before, user, after) = around_user(endpoint);
        let user = user.map_or_else(String::new, |user| self.named("password", user) + "@");
        format!("{before}{user}{}", self.segments(after))
    }

    /// A host and a path.
    fn segments(&self, text: &str) -> String {
        let mut before = "";
        let shown = text.split('/').map(|segment| {
            let is_secret = is_secret_segment(before, segment);
            before = segment;
            if is_secret {
                Cow::Owned(self.named("token", segment))
            } else if segment.contains(';') {
                Cow::Owned(self.path_parameters(segment))
            } else {
                Cow::Borrowed(segment)
            }
        });
        shown.collect::<Vec<_>>().join("/")
    }

    /// A segment with parameters (RFC 3986 §3.3): `cb;jsessionid=…`.
    fn path_parameters(&self, segment: &str) -> String {
        let shown = segment.split(';').map(|part| match part.split_once('=') {
            Some((name, value)) if !value.is_empty() => {
                let kind = secret_kind(name).unwrap_or("parameter");
                format!("{name}={}", self.named(kind, &form_decoded(value)))
            }
            _ => part.to_owned(),
        });
        shown.collect::<Vec<_>>().join(";")
    }

    fn pairs(&self, text: &str, depth: usize) -> String {
        let pairs = text.split('&').map(|pair| self.pair(pair, depth));
        pairs.collect::<Vec<_>>().join("&")
    }

    fn pair(&self, pair: &str, depth: usize) -> String {
        let Some((name, value)) = pair.split_once('=') else {
            return pair.to_owned();
        };
        match self.value(&form_decoded(name), &form_decoded(value), depth) {
            Some(shown) => format!("{name}={shown}"),
            None => pair.to_owned(),
        }
    }

    /// What is shown in place of a decoded value; `None` where it stays as it was sent.
    fn value(&self, name: &str, value: &str, depth: usize) -> Option<String> {
        if value.is_empty() {
            return None;
        }
        if let Some(kind) = secret_kind(name) {
            return Some(self.named(kind, value));
        }
        if is_token(value) {
            return Some(self.named("parameter", value));
        }
        if matches!(name, "request" | "response") && crate::jwt::claims(value).is_none() {
            return Some(self.named("request", value));
        }
        if !value.contains(['?', '#']) {
            return None;
        }
        if depth == 0 {
            return Some(self.named("parameter", value));
        }
        let inner = self.address(value, depth - 1);
        (inner != value).then(|| utf8_percent_encode(&inner, RESERVED).to_string())
    }
}

/// What comes before the user information of a URL (RFC 3986 §3.2.1), the user information, and what comes after it.
fn around_user(endpoint: &str) -> (&str, Option<&str>, &str) {
    let start = endpoint.find("://").map_or(0, |at| at + 3);
    let (before, rest) = endpoint.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) if start > 0 => (before, Some(&rest[..at]), &rest[at + 1..]),
        _ => (before, None, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintKey;
    use crate::placeholder;

    static KEY: FingerprintKey = FingerprintKey::new([7; 32]);
    const OPAQUE: &str = "0AX4XfWhqLd8Zk1cVb2Nm3Qw4Er5Ty6Ui7Op8As9";

    fn shown(uri: &str) -> String {
        Scrub::of(Vec::new(), &KEY).redirect_uri(uri)
    }

    fn named(kind: &str, secret: &str) -> String {
        KEY.read(secret).named(kind)
    }

    #[test]
    fn a_redirection_uri_without_secrets_stays_as_it_was_sent() {
        for uri in [
            "",
            "https://App.test:443/a%2fb/../cb/?x=%7e+1&&y#",
            "com.example.app:/cb?tenant=acme",
            "https://app.test/cb?next=https%3a%2f%2Fapp.test%2fx%3Fy=1&state=",
            "http://[::1]:80/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert_eq!(shown(uri), uri);
        }
    }

    #[test]
    fn secret_parameters_are_shown_by_their_fingerprints() {
        let (code, state) = (named("code", "a/b"), named("state", "s"));
        let cases = [
            (
                "https://app.test/cb?x=%2f&code=a%2Fb&state=s".to_owned(),
                format!("https://app.test/cb?x=%2f&code={code}&state={state}"),
            ),
            (
                "https://app.test/cb#/done?code=a%2fb".to_owned(),
                format!("https://app.test/cb#/done?code={code}"),
            ),
            (
                "https://app.test/cb?next=%2Fx%3Fcode%3Da%252Fb".to_owned(),
                format!(
                    "https://app.test/cb?next=%2Fx%3Fcode%3D{}",
                    code.replace('#', "%23")
                ),
            ),
            (
                format!("https://joe:pw@app.test/{OPAQUE}/cb?sid={OPAQUE}"),
                format!(
                    "https://{}@app.test/{}/cb?sid={}",
                    named("password", "joe:pw"),
                    named("token", OPAQUE),
                    named("parameter", OPAQUE)
                ),
            ),
        ];
        for (uri, expected) in cases {
            assert_eq!(shown(&uri), expected);
        }
    }

    #[test]
    fn a_placeholder_is_shown_as_the_secret_that_it_stands_for() {
        let write = |kind, secret| placeholder::write(kind, &KEY.read(secret));
        let raw = format!("https://joe:pw@app.test/{OPAQUE}/cb?x=1&code=a%2Fb&sid={OPAQUE}");
        let redacted = format!(
            "https://{}@app.test/{}/cb?x=1&code={}&sid={}",
            write("password", "joe:pw"),
            write("token", OPAQUE),
            write("code", "a/b"),
            write("parameter", OPAQUE)
        );
        assert_eq!(shown(&raw), shown(&redacted));
    }

    #[test]
    fn what_is_nested_without_end_is_one_value() {
        let uri = format!("https://a.test/{}", "?redirect_uri=".repeat(50_000));
        assert!(shown(&uri).len() < 1000);
    }

    #[test]
    fn an_endpoint_is_shown_without_its_user() {
        let scrub = Scrub::of(Vec::new(), &KEY);
        assert_eq!(
            scrub.endpoint("https://joe:pw@idp.test:8443/a@b/token"),
            "https://idp.test:8443/a@b/token"
        );
    }
}
