//! Chooses the way to a server: straight, or through another proxy by CONNECT (RFC 9110 §9.3.6).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use http::uri::Scheme;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::clock;
use crate::connect::{Dialed, dial, with_port};
use crate::error::Error;
use crate::hosts::Hosts;
use crate::upstream_error::UpstreamError;

/// How long the other proxy may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long its answer may be.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Opens connections, if need be through another proxy.
#[derive(Clone, Default)]
pub(crate) struct Dialer {
    proxy: Option<OtherProxy>,
    bypass: Hosts,
    /// Where this proxy listens.
    own: Option<SocketAddr>,
}

#[derive(Clone)]
struct OtherProxy {
    host: String,
    port: u16,
    /// The value of `Proxy-Authorization`, where the URL has user information.
    authorization: Option<String>,
}

impl Dialer {
    pub(crate) fn new(proxy: Option<&str>, bypass: &[String]) -> Result<Self, Error> {
        Ok(Self {
            proxy: proxy.map(parse).transpose()?,
            bypass: Hosts::new(bypass),
            own: None,
        })
    }

    /// Knows where this proxy listens, so as not to take it for the other one.
    pub(crate) fn listening_on(mut self, own: SocketAddr) -> Self {
        self.own = Some(own);
        self
    }

    /// Connects to `host`, a name or an IP address without brackets.
    pub(crate) async fn dial(&self, host: &str, port: u16) -> Result<Dialed, UpstreamError> {
        match &self.proxy {
            Some(proxy) if !is_loopback(host) && !self.bypass.contains(host, port) => {
                proxy.dial(host, port, self.own).await
            }
            _ => dial(host, port).await,
        }
    }
}

impl OtherProxy {
    async fn dial(
        &self,
        host: &str,
        port: u16,
        own: Option<SocketAddr>,
    ) -> Result<Dialed, UpstreamError> {
        let mut dialed = dial(&self.host, self.port).await?;
        if own.is_some_and(|own| leads_to(&dialed, own)) {
            return Err(UpstreamError::Loop {
                host: with_port(host, port),
                proxy: with_port(&self.host, self.port),
            });
        }
        let began = clock::instant();
        let asked = timeout(ANSWER_MAX, self.ask(&mut dialed.stream, host, port));
        let answered = asked
            .await
            .unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()));
        answered.map_err(|source| UpstreamError::Proxy {
            host: with_port(host, port),
            proxy: with_port(&self.host, self.port),
            source,
        })?;
        let asking = clock::instant().duration_since(began);
        dialed.phases.connect = dialed.phases.connect.map(|connect| connect + asking);
        Ok(dialed)
    }

    async fn ask(&self, stream: &mut TcpStream, host: &str, port: u16) -> io::Result<()> {
        let target = with_port(host, port);
        let authorization = self.authorization.as_ref();
        let authorization = authorization
            .map(|value| format!("Proxy-Authorization: {value}\r\n"))
            .unwrap_or_default();
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
        stream.write_all(request.as_bytes()).await?;
        let head = read_head(stream).await?;
        let status = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        match status {
            [b'2', _, _] => Ok(()),
            _ => Err(io::Error::other(format!(
                "it answered with status {}",
                String::from_utf8_lossy(status)
            ))),
        }
    }
}

/// Whether a connection goes to the address that this machine listens on.
fn leads_to(dialed: &Dialed, own: SocketAddr) -> bool {
    let local = dialed.stream.local_addr().map(|local| local.ip());
    let is_here = local.is_ok_and(|local| local == dialed.server.ip());
    dialed.server.port() == own.port()
        && (dialed.server.ip() == own.ip() || own.ip().is_unspecified() && is_here)
}

/// Reads byte by byte, since what comes after the header is the server's.
async fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == ANSWER_BYTES_MAX {
            return Err(io::Error::other("its answer is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_name =
        host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    is_name
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The URL may hold a password, so that no error repeats it.
fn parse(url: &str) -> Result<OtherProxy, Error> {
    let uri: Uri = url.parse().map_err(|_error| Error::UpstreamProxy)?;
    let authority = uri.authority().ok_or(Error::UpstreamProxy)?;
    if uri.scheme().is_some_and(|scheme| *scheme != Scheme::HTTP) {
        return Err(Error::UpstreamProxy);
    }
    let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
    Ok(OtherProxy {
        host: authority.host().trim_matches(['[', ']']).to_owned(),
        port: authority.port_u16().unwrap_or(80),
        authorization: user.map(|user| format!("Basic {}", STANDARD.encode(percent_decoded(user)))),
    })
}

/// User information of a URL is percent-encoded (RFC 3986 §3.2.1).
fn percent_decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_url_is_read_with_its_user() {
        let proxy = parse("http://me:p%40ss@proxy.corp:3128").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.corp", 3128));
        let expected = format!("Basic {}", STANDARD.encode("me:p@ss"));
        assert_eq!(proxy.authorization, Some(expected));
        assert_eq!(parse("proxy.corp:3128").unwrap().port, 3128);
        assert!(parse("socks5://me:secret@proxy.corp").is_err());
        assert!(parse("/nothing").is_err());
    }

    #[tokio::test]
    async fn a_proxy_that_is_this_one_is_not_asked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let dialer = Dialer::new(Some(&format!("http://{own}")), &[]).unwrap();
        let looped = dialer.listening_on(own).dial("idp.test", 443).await;
        let error = looped.unwrap_err();
        assert_eq!(
            (error.id(), error.status().as_u16()),
            ("upstream-loop", 508)
        );
    }

    #[test]
    fn loopback_is_reached_straight() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.2",
            "::1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        assert!(!is_loopback("idp.test"));
    }
}
