//! Who may use the proxy. Whoever does reads what it decrypts with its CA, and sends traffic in this machine's name.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::token::Token;

/// Addresses, as `ADDRESS` or `ADDRESS/BITS` (RFC 4632 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is no network: write an address, or an address and a number of bits as in 192.168.1.0/24"
)]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refused = || NotANetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_error| refused())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_error| refused())?,
            None => all,
        };
        if bits > all {
            return Err(refused());
        }
        Ok(Self { address, bits })
    }
}

impl Network {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let rest = 32 - self.bits;
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(rest)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let rest = 128 - self.bits;
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(rest)
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}

/// Who may use the proxy: this machine, who is in one of these networks, and who has the token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients {
    networks: Vec<Network>,
    token: Option<Token>,
}

/// Whether a client may use the proxy.
#[derive(Clone, Debug)]
pub(crate) enum Admission {
    Free,
    /// Where it presents this.
    ByToken(Token),
    Refused,
}

impl Clients {
    pub(crate) fn new(networks: &[Network], token: Option<&Token>) -> Self {
        Self {
            networks: networks.to_vec(),
            token: token.cloned(),
        }
    }

    /// Whether nobody but this machine may.
    pub(crate) fn are_local(&self) -> bool {
        self.networks.is_empty() && self.token.is_none()
    }

    pub(crate) fn admit(&self, client: SocketAddr) -> Admission {
        // A listener for both versions shows IPv4 addresses as IPv6 ones (RFC 4291 §2.5.5.2).
        let address = client.ip().to_canonical();
        if address.is_loopback() || self.networks.iter().any(|it| it.contains(address)) {
            return Admission::Free;
        }
        self.token
            .clone()
            .map_or(Admission::Refused, Admission::ByToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(networks: &[&str]) -> Clients {
        let networks = networks.iter().map(|text| text.parse().unwrap());
        Clients::new(&networks.collect::<Vec<_>>(), None)
    }

    fn admission(clients: &Clients, address: &str) -> Admission {
        clients.admit(SocketAddr::new(address.parse().unwrap(), 1))
    }

    fn contain(clients: &Clients, address: &str) -> bool {
        matches!(admission(clients, address), Admission::Free)
    }

    #[test]
    fn this_machine_may_and_others_where_they_are_named() {
        assert!(contain(&clients(&[]), "127.0.0.1") && contain(&clients(&[]), "::1"));
        assert!(!contain(&clients(&[]), "192.168.1.7"));
        let named = clients(&["192.168.1.0/24", "fd00::/8", "10.0.0.5"]);
        for address in ["192.168.1.7", "::ffff:192.168.1.7", "fd12::1", "10.0.0.5"] {
            assert!(contain(&named, address), "{address}");
        }
        for address in ["192.168.2.7", "fe80::1", "10.0.0.4", "::ffff:10.0.0.4"] {
            assert!(!contain(&named, address), "{address}");
        }
        assert!(contain(&clients(&["0.0.0.0/0"]), "8.8.8.8"));
        assert!(!contain(&clients(&["0.0.0.0/0"]), "2001:db8::1"));
        assert!(contain(&clients(&["::/0"]), "2001:db8::1"));
    }

    #[test]
    fn who_is_in_no_network_needs_the_token_where_there_is_one() {
        let token = "0123456789abcdef".parse().unwrap();
        let both = Clients::new(&["10.0.0.0/8".parse().unwrap()], Some(&token));
        assert!(contain(&both, "10.0.0.1") && contain(&both, "127.0.0.1"));
        let stranger = admission(&both, "192.168.1.7");
        assert!(matches!(stranger, Admission::ByToken(_)));
        let named = admission(&clients(&["10.0.0.0/8"]), "192.168.1.7");
        assert!(matches!(named, Admission::Refused));
        assert!(!Clients::new(&[], Some(&token)).are_local());
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0/-1",
        ] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(error.to_string().contains("192.168.1.0/24"), "{text}");
        }
    }
}
