//! URLs by which redirects are followed.

use serde_json::Value;

use super::notes::Notes;
use super::params::{Param, Params, Source};
use crate::exchange::{RequestUrl, Response};
use crate::fingerprint::{Digest, FingerprintKey};

/// The absolute URL in `Location` of a redirect (RFC 9110 §10.2.2).
pub(super) fn location(base: &RequestUrl, response: &Response) -> Option<RequestUrl> {
    let is_redirect = (300..400).contains(&response.status) || response.status == 201;
    let reference = response
        .headers
        .first("location")
        .filter(|_| is_redirect)?
        .trim();
    Some(resolved(base, reference))
}

/// Resolves a reference (RFC 3986 §5.2) without normalising what it brings.
pub(super) fn resolved(base: &RequestUrl, reference: &str) -> RequestUrl {
    let url = if has_scheme(reference) {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{}:{reference}", base.scheme())
    } else if reference.starts_with('/') {
        format!("{}{reference}", base.origin())
    } else if reference.starts_with('?') || reference.is_empty() {
        format!("{}{reference}", base.endpoint())
    } else if reference.starts_with('#') {
        let whole = base.as_str().split('#').next().unwrap_or_default();
        format!("{whole}{reference}")
    } else {
        beside(base, reference)
    };
    RequestUrl::new(url)
}

fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else {
        return false;
    };
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(rest)
}

/// A path that is relative to the last segment of the base.
fn beside(base: &RequestUrl, reference: &str) -> String {
    let mut segments: Vec<&str> = base.path().split('/').skip(1).collect();
    segments.pop();
    let mut rest = reference;
    loop {
        if let Some(after) = rest.strip_prefix("../") {
            segments.pop();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else {
            break;
        }
    }
    segments.push(rest);
    format!("{}/{}", base.origin(), segments.join("/"))
}

/// The digest of a URL without its fragment.
///
/// The values of the query enter as digests, so that a URL in which some are redacted has the digest of the raw one.
pub(super) fn digest(url: &RequestUrl, key: &FingerprintKey) -> Digest {
    let Some(query) = url.query() else {
        return key.digest(url.endpoint());
    };
    let params = Params::encoded(query, Source::Query, &mut Notes::default());
    let values: Vec<String> = params
        .iter()
        .map(|param| format!("{}={:016x}", param.name, value(param, key).0))
        .collect();
    key.digest(&format!("{}?{}", url.endpoint(), values.join("&")))
}

/// The digest of a value; of a JWT whose claims are parameters, that of the claims, of which a redaction replaces some.
fn value(param: &Param, key: &FingerprintKey) -> Digest {
    let carries = matches!(param.name.as_str(), "request" | "response");
    let claims = carries.then(|| crate::jwt::claims(&param.value)).flatten();
    let Some(Value::Object(claims)) = claims else {
        return key.read_digest(&param.value);
    };
    let claim = |(name, claim): (&String, &Value)| match claim.as_str() {
        Some(text) => format!("{name}={:016x}", key.read_digest(text).0),
        None => format!("{name}={claim}"),
    };
    let claims: Vec<String> = claims.iter().map(claim).collect();
    key.digest(&claims.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_and_otherwise_kept() {
        let base = RequestUrl::new("https://idp.test/a/b?x=1#f");
        for (reference, expected) in [
            ("https://APP.test/cb?code=1", "https://APP.test/cb?code=1"),
            ("com.example.app:/cb?code=1", "com.example.app:/cb?code=1"),
            ("//app.test/cb", "https://app.test/cb"),
            ("/cb?u=http://x", "https://idp.test/cb?u=http://x"),
            ("cb", "https://idp.test/a/cb"),
            ("../cb", "https://idp.test/cb"),
            ("?code=1", "https://idp.test/a/b?code=1"),
            ("#code=1", "https://idp.test/a/b?x=1#code=1"),
        ] {
            assert_eq!(resolved(&base, reference).as_str(), expected);
        }
    }

    #[test]
    fn a_redacted_url_has_the_digest_of_the_raw_one() {
        let key = FingerprintKey::new([7; 32]);
        let placeholder = crate::placeholder::write("code", &key.read("a/b"));
        let raw = RequestUrl::new("https://app.test/cb?code=a%2Fb&x=1");
        let redacted = RequestUrl::new(format!("https://app.test/cb?code={placeholder}&x=1#y"));
        let other = RequestUrl::new("https://app.test/cb?code=a%2Fc&x=1");
        assert_eq!(digest(&raw, &key), digest(&redacted, &key));
        assert_ne!(digest(&raw, &key), digest(&other, &key));
    }
}
