//! `token-endpoint-on-plain-http`: a grant was presented without TLS.
//!
//! RFC 6749 §3.2: "the authorization server MUST require the use of TLS … when sending requests to the token endpoint."

use std::net::IpAddr;

use grantscope_oauth::RequestUrl;

use super::Concern;
use super::sight::Sight;
use super::warning::Warning;
use crate::finding::Evidence;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let endpoint = RequestUrl::new(presented.request().endpoint.as_str());
    if !endpoint.scheme().eq_ignore_ascii_case("http") || is_of_this_host(endpoint.host()) {
        return None;
    }
    let text = format!("sent the grant to {} over plain HTTP", endpoint.authority());
    let exchange = presented.presentation.exchange();
    Some(Warning::of(
        Concern::TokenEndpointOnPlainHttp,
        presented.place(),
        Evidence::of(exchange, "url", text),
    ))
}

/// What is sent to this host does not leave it (RFC 6761 §6.3 for the name).
pub(super) fn is_of_this_host(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_address = address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback() || address.is_unspecified());
    // The last two are what a container calls the machine that it runs on.
    is_address
        || name.ends_with(".localhost")
        || matches!(
            name.as_str(),
            "localhost" | "host.docker.internal" | "host.containers.internal"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_has_several_names() {
        for host in [
            "localhost",
            "LOCALHOST",
            "idp.localhost",
            "Host.Docker.Internal",
            "127.0.0.2",
            "[::1]",
        ] {
            assert!(is_of_this_host(host), "{host}");
        }
        for host in [
            "idp.test",
            "localhost.test",
            "10.0.0.1",
            "[2001:db8::1]",
            "",
        ] {
            assert!(!is_of_this_host(host), "{host}");
        }
    }
}
