//! Names of one server that disagree: that of the tunnel, the one in TLS, and that of a request. The request goes where
//! the tunnel leads, as it does without the proxy; whoever looks for the reason of a refusal is told.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use http::header;
use http::request::Parts;
use http::uri::Authority;

use crate::upstream::Origin;

/// Of so many pairs it is told. Whoever makes up more of them hides nothing that was told.
const TOLD_MAX: usize = 100;

/// The pairs of which it was told.
#[derive(Default)]
pub(crate) struct Disagreements(Mutex<BTreeSet<(String, String)>>);

impl Disagreements {
    /// Whether this pair is to be told of: it was not before.
    pub(crate) fn is_new(&self, server: &str, named: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = (server.to_ascii_lowercase(), named.to_ascii_lowercase());
        told.len() < TOLD_MAX && told.insert(pair)
    }
}

/// Where a request names another server than the one that its connection leads to: the names of both.
pub(crate) fn of_request<'a>(origin: &'a Origin, parts: &'a Parts) -> Option<(&'a str, &'a str)> {
    let server = origin.tls.as_ref().map_or(&origin.host, |tls| &tls.name);
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).map(host_of);
    let authority = parts.uri.authority().map(Authority::host);
    let mut named = authority.into_iter().chain(host);
    let other = named.find(|named| disagree(server, named))?;
    Some((server, other))
}

/// Whether two names are surely of two servers. A client that has looked up the name itself says an address first.
pub(crate) fn disagree(server: &str, named: &str) -> bool {
    let [server, named] = [server, named].map(|name| name.trim_end_matches('.'));
    !server.eq_ignore_ascii_case(named) && server.parse::<IpAddr>().is_err()
}

/// The host of a `Host`, without its port.
fn host_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_and_addresses_are_not() {
        for (server, named) in [
            ("idp.test", "IDP.test."),
            ("127.0.0.1", "idp.test"),
            ("::1", "localhost"),
        ] {
            assert!(!disagree(server, named), "{server} {named}");
        }
        assert!(disagree("idp.test", "other.test"));
        assert!(disagree("idp.test", "127.0.0.1"));
        assert_eq!(host_of("idp.test:8443"), "idp.test");
        assert_eq!(host_of("[::1]"), "[::1]");
    }

    #[test]
    fn each_pair_is_told_of_once_and_not_more_than_so_many() {
        let told = Disagreements::default();
        assert!(told.is_new("a.test", "B.test"));
        assert!(!told.is_new("A.test", "b.test"));
        let new = (0..200).filter(|number| told.is_new("a.test", &number.to_string()));
        assert_eq!(new.count(), TOLD_MAX - 1);
    }
}
