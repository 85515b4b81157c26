//! SOCKS version 5 (RFC 1928): what both of its ends send. `accept` is the end that a client speaks to, `ask`
//! the one that speaks to another proxy.

mod accept;
mod ask;

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) use accept::{refuse_version_4, serve};
pub(crate) use ask::ask;

/// The first byte of each message (RFC 1928 §3).
pub(crate) const VERSION: u8 = 5;
/// The first byte of a request of version 4, which has neither names nor IPv6.
pub(crate) const VERSION_4: u8 = 4;

/// The ways for a client to say who it is (RFC 1928 §3).
mod method {
    pub(super) const NO_AUTHENTICATION: u8 = 0;
    /// RFC 1929.
    pub(super) const USER_AND_PASSWORD: u8 = 2;
    pub(super) const NONE_ACCEPTABLE: u8 = 0xff;
}

/// The version of the sub-negotiation about user and password (RFC 1929 §2).
const PASSWORD_VERSION: u8 = 1;

/// The only command that there is here: CONNECT (RFC 1928 §4).
const CONNECT: u8 = 1;

/// How a request is answered (RFC 1928 §6).
mod reply {
    pub(super) const SUCCEEDED: u8 = 0;
    pub(super) const GENERAL_FAILURE: u8 = 1;
    pub(super) const COMMAND_NOT_SUPPORTED: u8 = 7;
    pub(super) const ADDRESS_TYPE_NOT_SUPPORTED: u8 = 8;
}

/// How an address is written (RFC 1928 §5).
mod address_type {
    pub(super) const IPV4: u8 = 1;
    pub(super) const NAME: u8 = 3;
    pub(super) const IPV6: u8 = 4;
}

/// An address that cannot be used.
enum NoAddress {
    /// It is of a type that no document knows.
    Type(u8),
    /// It is a name that is none, or port 0.
    Malformed,
    Io(io::Error),
}

impl From<io::Error> for NoAddress {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a host, as a name or as an IP address without brackets, and a port.
async fn read_address<T: AsyncRead + Unpin>(stream: &mut T) -> Result<(String, u16), NoAddress> {
    let host = match stream.read_u8().await? {
        address_type::IPV4 => IpAddr::from(stream.read_u32().await?.to_be_bytes()).to_string(),
        address_type::IPV6 => IpAddr::from(stream.read_u128().await?.to_be_bytes()).to_string(),
        address_type::NAME => {
            let name = read_text(stream).await?;
            String::from_utf8(name).map_err(|_error| NoAddress::Malformed)?
        }
        other => return Err(NoAddress::Type(other)),
    };
    let port = stream.read_u16().await?;
    let is_name = !host.is_empty() && !host.contains(|it: char| it.is_control() || it == ' ');
    if !is_name || port == 0 {
        return Err(NoAddress::Malformed);
    }
    // Some clients write an address as if it were a name, with the brackets that it has in a URL.
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

/// Reads a text with its length before it.
async fn read_text<T: AsyncRead + Unpin>(stream: &mut T) -> io::Result<Vec<u8>> {
    let length = stream.read_u8().await?;
    let mut text = vec![0; usize::from(length)];
    stream.read_exact(&mut text).await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn address(bytes: &[u8]) -> Option<(String, u16)> {
        read_address(&mut &bytes[..]).await.ok()
    }

    #[tokio::test]
    async fn names_and_both_kinds_of_addresses_are_read() {
        let read = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(
            address(b"\x03\x08idp.test\x01\xbb").await,
            read("idp.test", 443)
        );
        assert_eq!(
            address(b"\x01\x7f\0\0\x01\0\x50").await,
            read("127.0.0.1", 80)
        );
        let mut ipv6 = vec![4; 1];
        ipv6.extend([0; 15]);
        ipv6.extend([1, 0x20, 0xfb]);
        assert_eq!(address(&ipv6).await, read("::1", 8443));
        assert_eq!(address(b"\x03\x05[::1]\x01\xbb").await, read("::1", 443));
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        for bytes in [
            &b"\x03\0\x01\xbb"[..],
            b"\x03\x02\xff\xfe\x01\xbb",
            b"\x03\x03a\r\n\x01\xbb",
            b"\x03\x01a\0\0",
            b"\x02\x01a\x01\xbb",
            b"\x03\x08idp",
            b"\x01\x7f",
            b"",
        ] {
            assert_eq!(address(bytes).await, None, "{bytes:?}");
        }
    }
}
