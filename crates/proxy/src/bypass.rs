//! Servers that are reached without the other proxy, named as in the variable `NO_PROXY`.
//!
//! No document defines that variable. What curl and Go agree on is taken, and where they differ what matches more: a
//! name with a dot before it stands for itself too. hyper-util's matcher knows no ports.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::clients::Network;

/// Servers that are reached without the other proxy: `idp.example` with all names below it, also written
/// `.idp.example` and `*.idp.example`; `10.0.0.7`, `fd00::7`; `10.0.0.0/8`; each but the last with `:PORT` if need be; `*` for
/// all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    Address(IpAddr),
    Network(Network),
    /// In lower case, without dots at its ends.
    Name(String),
}

/// A text that names no servers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” names no servers: write a host as in idp.example, an address, a network as in 10.0.0.0/8, or * for all"
)]
pub struct NotABypass(String);

impl FromStr for Bypass {
    type Err = NotABypass;

    fn from_str(text: &str) -> Result<Self, NotABypass> {
        parse(text.trim()).ok_or_else(|| NotABypass(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Bypass> {
    let any_port = |hosts| Bypass { hosts, port: None };
    if text == "*" {
        return Some(any_port(Hosts::All));
    }
    if text.contains('/') {
        let network: Network = text.parse().ok()?;
        return Some(any_port(Hosts::Network(network)));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        let port = Some(address.port());
        let hosts = Hosts::Address(address.ip().to_canonical());
        return Some(Bypass { hosts, port });
    }
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Some(any_port(Hosts::Address(address.to_canonical())));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port.parse().ok()?)),
        None => (text, None),
    };
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = name.trim_matches('.').to_ascii_lowercase();
    let is_name = !name.is_empty() && !name.contains(['*', ' ']);
    is_name.then_some(Bypass {
        hosts: Hosts::Name(name),
        port,
    })
}

impl Bypass {
    /// Whether this server is among them. A name is not resolved for that.
    pub(crate) fn contains(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|only| only != port) {
            return false;
        }
        let address = host.parse::<IpAddr>().map(|address| address.to_canonical());
        match &self.hosts {
            Hosts::All => true,
            Hosts::Address(this) => address == Ok(*this),
            Hosts::Network(network) => address.is_ok_and(|address| network.contains(address)),
            Hosts::Name(name) => is_name_or_below(host, name),
        }
    }
}

fn is_name_or_below(host: &str, name: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.strip_suffix(name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(pattern: &str, host: &str, port: u16) -> bool {
        pattern.parse::<Bypass>().unwrap().contains(host, port)
    }

    #[test]
    fn a_name_stands_for_itself_and_all_below_however_it_is_written() {
        for pattern in [
            "idp.Example",
            ".idp.example",
            "*.idp.example",
            " idp.example. ",
        ] {
            assert!(contains(pattern, "IDP.example", 443), "{pattern}");
            assert!(contains(pattern, "a.b.idp.example.", 443), "{pattern}");
            assert!(!contains(pattern, "notidp.example", 443), "{pattern}");
            assert!(!contains(pattern, "example", 443), "{pattern}");
        }
    }

    #[test]
    fn addresses_networks_ports_and_all() {
        assert!(contains("10.0.0.7", "10.0.0.7", 1) && !contains("10.0.0.7", "10.0.0.8", 1));
        assert!(contains("[fd00::7]", "fd00::7", 1) && contains("fd00:0::7", "fd00::7", 1));
        assert!(contains("10.0.0.0/8", "10.9.9.9", 1) && !contains("10.0.0.0/8", "11.0.0.1", 1));
        assert!(contains("10.0.0.0/8", "::ffff:10.9.9.9", 1));
        assert!(contains("fd00::/8", "fd12::1", 1) && !contains("fd00::/8", "idp.example", 1));
        assert!(contains("idp.example:8443", "idp.example", 8443));
        assert!(!contains("idp.example:8443", "idp.example", 443));
        assert!(contains("[fd00::7]:443", "fd00::7", 443));
        assert!(!contains("10.0.0.7:80", "10.0.0.7", 443));
        assert!(contains("*", "anything", 1) && contains("*", "::1", 1));
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for text in ["", " ", ".", "*.", "10.0.0.0/33", "a/b", "a:b", "a b", "a*"] {
            let error = text.parse::<Bypass>().unwrap_err();
            assert!(error.to_string().contains("10.0.0.0/8"), "{text}");
        }
    }
}
