//! Asks an HTTP proxy for a tunnel by CONNECT (RFC 9110 §9.3.6).

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Credentials;
use crate::connect::with_port;
use crate::proxy_fault::ProxyFault;

/// How long the answer may be.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Asks for a tunnel; afterwards the stream is the tunnel.
pub(super) async fn ask<T>(
    stream: &mut T,
    host: &str,
    port: u16,
    credentials: Option<&Credentials>,
) -> Result<(), ProxyFault>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let target = with_port(host, port);
    let authorization = credentials.map(authorization).unwrap_or_default();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let head = read_head(stream).await?;
    judge(&head, credentials.is_some())
}

/// RFC 7617 §2.
fn authorization(credentials: &Credentials) -> String {
    let both = [&credentials.user[..], &credentials.password[..]].join(&b':');
    format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(both))
}

/// Reads byte by byte, since what comes after the header is the server's.
async fn read_head<T: AsyncRead + Unpin>(stream: &mut T) -> Result<Vec<u8>, ProxyFault> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == ANSWER_BYTES_MAX {
            return Err(ProxyFault::Io(io::Error::other("its answer is too long")));
        }
        head.push(stream.read_u8().await?);
        if !is_http(&head) {
            let answer = "in another protocol than HTTP".to_owned();
            return Err(ProxyFault::Unexpected { answer });
        }
    }
    Ok(head)
}

/// Whether the answer is one of HTTP as far as it goes, so that nobody waits for the end of a TLS alert.
fn is_http(beginning: &[u8]) -> bool {
    const VERSION: &[u8] = b"HTTP/1.";
    let known = beginning.len().min(VERSION.len());
    beginning[..known] == VERSION[..known]
}

fn judge(head: &[u8], are_given: bool) -> Result<(), ProxyFault> {
    let head = String::from_utf8_lossy(head);
    let status = head.split(' ').nth(1).unwrap_or_default();
    let status: u16 = status.trim().parse().unwrap_or_default();
    let answer = format!("status {status}");
    Err(match status {
        200..=299 => return Ok(()),
        407 => ProxyFault::Authentication {
            answer: wanted(&head, are_given),
        },
        401 | 403 | 405 | 451 => ProxyFault::Forbidden { answer },
        502..=504 => ProxyFault::ServerUnreachable { answer },
        _ => ProxyFault::Unexpected { answer },
    })
}

/// What `Proxy-Authenticate` asks for (RFC 9110 §11.7.1): the names of the schemes, and nothing else of it.
fn wanted(head: &str, are_given: bool) -> String {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let challenges = fields.filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authenticate"));
    let schemes: Vec<String> = challenges
        .filter_map(|(_, value)| value.split_whitespace().next())
        .map(|scheme| {
            scheme
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(20)
                .collect()
        })
        .collect();
    let which = match schemes.join(", ") {
        none if none.is_empty() => String::new(),
        schemes => format!(" (by {schemes})"),
    };
    if are_given {
        format!("it does not accept the user and password of its URL{which}: status 407")
    } else {
        format!("it asks for a user and password{which}: status 407")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(head: &str) -> &'static str {
        judge(head.as_bytes(), false)
            .err()
            .map_or("", |fault| fault.id())
    }

    #[test]
    fn refusals_are_told_apart() {
        for (status, expected) in [
            ("200 Fine", ""),
            ("204", ""),
            ("407 Who?", "upstream-proxy-authentication"),
            ("403 No", "upstream-proxy-forbidden"),
            ("504 Late", "upstream-proxy-gateway"),
            ("302 Found", "upstream-proxy"),
            ("abc", "upstream-proxy"),
        ] {
            assert_eq!(id(&format!("HTTP/1.1 {status}\r\n\r\n")), expected);
        }
    }

    #[test]
    fn the_schemes_that_are_asked_for_are_named_and_nothing_else() {
        let head = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\
                    proxy-authenticate: NTLM TlRMTVNTUAAC\r\n\r\n";
        let text = wanted(head, true);
        assert!(text.contains("(by Negotiate, NTLM)"), "{text}");
        assert!(!text.contains("TlRM"), "{text}");
    }
}
