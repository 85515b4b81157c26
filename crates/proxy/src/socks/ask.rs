//! Asks a SOCKS proxy for a tunnel.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    CONNECT, NoAddress, PASSWORD_VERSION, VERSION, address_type, method, read_address, reply,
};
use crate::other_proxy::Credentials;
use crate::proxy_fault::ProxyFault;

/// Asks for a tunnel to `host`, a name or an IP address without brackets; afterwards the stream is the tunnel.
pub(crate) async fn ask<T>(
    stream: &mut T,
    host: &str,
    port: u16,
    credentials: Option<&Credentials>,
) -> Result<(), ProxyFault>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    agree(stream, credentials).await?;
    stream.write_all(&request(host, port)?).await?;
    stream.flush().await?;
    expect(stream, VERSION).await?;
    let code = stream.read_u8().await?;
    let _reserved = stream.read_u8().await?;
    if code != reply::SUCCEEDED {
        return Err(refused(code));
    }
    // Where the tunnel begins at the proxy is of no account, and some say port 0.
    match read_address(stream).await {
        Ok(_) | Err(NoAddress::Malformed) => Ok(()),
        Err(NoAddress::Type(_)) => Err(unexpected("in another protocol than SOCKS5")),
        Err(NoAddress::Io(error)) => Err(error.into()),
    }
}

/// Agrees on how we say who we are (RFC 1928 §3).
async fn agree<T>(stream: &mut T, credentials: Option<&Credentials>) -> Result<(), ProxyFault>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let methods: &[u8] = match credentials {
        None => &[VERSION, 1, method::NO_AUTHENTICATION],
        Some(_) => &[
            VERSION,
            2,
            method::NO_AUTHENTICATION,
            method::USER_AND_PASSWORD,
        ],
    };
    stream.write_all(methods).await?;
    stream.flush().await?;
    expect(stream, VERSION).await?;
    match (stream.read_u8().await?, credentials) {
        (method::NO_AUTHENTICATION, _) => Ok(()),
        (method::USER_AND_PASSWORD, Some(credentials)) => say_who(stream, credentials).await,
        (method::NONE_ACCEPTABLE, Some(_)) => Err(ProxyFault::Authentication {
            answer: "it takes neither nobody nor a user with a password".to_owned(),
        }),
        (method::NONE_ACCEPTABLE, None) => Err(ProxyFault::Authentication {
            answer: "it asks for a user and password, or for something else".to_owned(),
        }),
        (other, _) => Err(unexpected(&format!(
            "with method {other}, which was not offered"
        ))),
    }
}

/// RFC 1929 §2.
async fn say_who<T>(stream: &mut T, credentials: &Credentials) -> Result<(), ProxyFault>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut message = vec![PASSWORD_VERSION];
    append_text(&mut message, &credentials.user)?;
    append_text(&mut message, &credentials.password)?;
    stream.write_all(&message).await?;
    stream.flush().await?;
    expect(stream, PASSWORD_VERSION).await?;
    match stream.read_u8().await? {
        0 => Ok(()),
        status => Err(ProxyFault::Authentication {
            answer: format!(
                "it does not accept the user and password of its URL: SOCKS status {status}"
            ),
        }),
    }
}

/// RFC 1928 §4.
fn request(host: &str, port: u16) -> io::Result<Vec<u8>> {
    let mut request = vec![VERSION, CONNECT, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(address_type::IPV4);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(address_type::IPV6);
            request.extend(address.octets());
        }
        Err(_) => {
            request.push(address_type::NAME);
            append_text(&mut request, host.as_bytes())?;
        }
    }
    request.extend(port.to_be_bytes());
    Ok(request)
}

/// Writes a text with its length before it.
fn append_text(message: &mut Vec<u8>, text: &[u8]) -> io::Result<()> {
    let length = u8::try_from(text.len()).map_err(|_error| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "SOCKS has names of 255 bytes at most",
        )
    })?;
    message.push(length);
    message.extend(text);
    Ok(())
}

async fn expect<T: AsyncRead + Unpin>(stream: &mut T, version: u8) -> Result<(), ProxyFault> {
    match stream.read_u8().await? {
        byte if byte == version => Ok(()),
        _ => Err(unexpected("in another protocol than SOCKS5")),
    }
}

fn unexpected(answer: &str) -> ProxyFault {
    ProxyFault::Unexpected {
        answer: answer.to_owned(),
    }
}

/// RFC 1928 §6.
fn refused(code: u8) -> ProxyFault {
    let meaning = match code {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unassigned",
    };
    let answer = format!("SOCKS reply {code}, {meaning}");
    match code {
        2 => ProxyFault::Forbidden { answer },
        3..=6 => ProxyFault::ServerUnreachable { answer },
        _ => ProxyFault::Unexpected { answer },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_host_is_written_in_its_way() {
        assert_eq!(
            request("idp.test", 443).unwrap(),
            b"\x05\x01\0\x03\x08idp.test\x01\xbb"
        );
        assert_eq!(
            request("192.0.2.1", 80).unwrap(),
            b"\x05\x01\0\x01\xc0\0\x02\x01\0\x50"
        );
        assert_eq!(
            request("2001:db8::1", 80).unwrap()[..6],
            *b"\x05\x01\0\x04\x20\x01"
        );
        assert!(request(&"a".repeat(256), 80).is_err());
    }

    #[test]
    fn replies_are_told_apart() {
        assert_eq!(refused(2).id(), "upstream-proxy-forbidden");
        assert_eq!(refused(5).id(), "upstream-proxy-gateway");
        assert_eq!(refused(1).id(), "upstream-proxy");
        assert!(refused(4).to_string().contains("reply 4, host unreachable"));
    }
}
