//! Another proxy, through which servers are reached, and how it is asked for a tunnel.

mod connect;

use std::net::SocketAddr;
use std::sync::Arc;

use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::clock;
use crate::connect::{Dialed, Reach, dial, resolve, with_port};
use crate::error::Error;
use crate::limits::TimeLimits;
use crate::maybe_tls::{MaybeTls, Transport};
use crate::proxy_fault::ProxyFault;
use crate::socks;
use crate::tls::ALPN_HTTP1;
use crate::upstream_error::UpstreamError;
use crate::wide::Wide;

/// Another proxy.
#[derive(Clone)]
pub(crate) struct OtherProxy {
    /// A name, or an IP address without brackets.
    host: String,
    port: u16,
    speaks: Speaks,
    credentials: Option<Credentials>,
    /// How TLS is spoken with it.
    tls: Arc<ClientConfig>,
}

/// What it is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// CONNECT in the clear.
    Http,
    /// CONNECT within TLS.
    Https,
    /// SOCKS5 with an address that was looked up here.
    Socks,
    /// SOCKS5 with a name that the proxy looks up.
    SocksWithName,
}

/// What the user information of its URL says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
}

impl OtherProxy {
    /// The URL may hold a password, so that no error repeats it.
    pub(crate) fn new(url: &str, tls: &Arc<ClientConfig>) -> Result<Self, Error> {
        let uri: Uri = url.parse().map_err(|_error| Error::UpstreamProxy)?;
        let authority = uri.authority().ok_or(Error::UpstreamProxy)?;
        let (speaks, port) = match uri.scheme_str() {
            None | Some("http") => (Speaks::Http, 80),
            Some("https") => (Speaks::Https, 443),
            Some("socks5") => (Speaks::Socks, 1080),
            Some("socks5h") => (Speaks::SocksWithName, 1080),
            Some(_) => return Err(Error::UpstreamProxy),
        };
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        let mut tls = ClientConfig::clone(tls);
        tls.alpn_protocols = vec![ALPN_HTTP1.to_vec()];
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(port),
            speaks,
            credentials: user.map(|user| credentials(user, speaks)).transpose()?,
            tls: Arc::new(tls),
        })
    }

    /// Opens a tunnel to `host`. `own` is where this proxy listens, which is not taken for the other one.
    pub(crate) async fn dial(
        &self,
        host: &str,
        port: u16,
        own: Option<SocketAddr>,
        times: &TimeLimits,
    ) -> Result<Dialed, UpstreamError> {
        let faulty = |fault| UpstreamError::Proxy {
            host: with_port(host, port),
            proxy: with_port(&self.host, self.port),
            fault,
        };
        let named = self.named(host, port, times).await?;
        let dialed = dial(&self.host, self.port, Reach::Anywhere, times).await;
        let dialed = dialed.map_err(|error| faulty(ProxyFault::Unreachable(Box::new(error))))?;
        if own.is_some_and(|own| leads_to(&dialed, own)) {
            return Err(UpstreamError::Loop {
                host: with_port(host, port),
                proxy: with_port(&self.host, self.port),
            });
        }
        let began = clock::instant();
        let after = times.handshake_max;
        let asked = timeout(after, self.ask(dialed.stream, &named, port)).await;
        let answered = asked.unwrap_or(Err(ProxyFault::Timeout { after }));
        let mut phases = dialed.phases;
        let asking = clock::instant().duration_since(began);
        phases.connect = phases.connect.map(|connect| connect + asking);
        Ok(Dialed {
            stream: answered.map_err(faulty)?,
            server: dialed.server,
            phases,
        })
    }

    /// The name under which the proxy is asked for a host.
    async fn named(
        &self,
        host: &str,
        port: u16,
        times: &TimeLimits,
    ) -> Result<String, UpstreamError> {
        if self.speaks != Speaks::Socks {
            return Ok(host.to_owned());
        }
        let addresses = resolve(host, port, times).await?;
        let first = addresses.first().map(|address| address.ip().to_string());
        Ok(first.unwrap_or_else(|| host.to_owned()))
    }

    async fn ask(&self, stream: TcpStream, host: &str, port: u16) -> Result<Transport, ProxyFault> {
        let mut stream = match self.speaks {
            Speaks::Https => MaybeTls::Tls(Box::new(self.secure(stream).await?)),
            _ => MaybeTls::Clear(stream),
        };
        let credentials = self.credentials.as_ref();
        match self.speaks {
            Speaks::Http | Speaks::Https => {
                connect::ask(&mut stream, host, port, credentials).await?;
            }
            Speaks::Socks | Speaks::SocksWithName => {
                socks::ask(&mut stream, host, port, credentials).await?;
            }
        }
        Ok(stream)
    }

    async fn secure(
        &self,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<Wide<TcpStream>>, ProxyFault> {
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| ProxyFault::Tls(std::io::Error::other(error)))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        connector
            .connect(name, Wide::new(stream))
            .await
            .map_err(ProxyFault::Tls)
    }
}

/// Whether a connection goes to the address that this machine listens on.
fn leads_to(dialed: &Dialed<TcpStream>, own: SocketAddr) -> bool {
    let local = dialed.stream.local_addr().map(|local| local.ip());
    let is_here = local.is_ok_and(|local| local == dialed.server.ip());
    dialed.server.port() == own.port()
        && (dialed.server.ip() == own.ip() || own.ip().is_unspecified() && is_here)
}

/// User information of a URL is percent-encoded (RFC 3986 §3.2.1).
fn credentials(user_info: &str, speaks: Speaks) -> Result<Credentials, Error> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let credentials = Credentials {
        user: percent_encoding::percent_decode_str(user).collect(),
        password: percent_encoding::percent_decode_str(password).collect(),
    };
    let is_of_socks = matches!(speaks, Speaks::Socks | Speaks::SocksWithName);
    // RFC 1929 §2: the length of each is a byte.
    if is_of_socks && (credentials.user.len() > 255 || credentials.password.len() > 255) {
        return Err(Error::UpstreamProxy);
    }
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str) -> Result<OtherProxy, Error> {
        let config = ClientConfig::builder_with_provider(crate::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        OtherProxy::new(url, &Arc::new(config))
    }

    #[test]
    fn a_proxy_url_is_read_with_its_user() {
        for (url, speaks, port) in [
            ("proxy.corp", Speaks::Http, 80),
            ("proxy.corp:3128", Speaks::Http, 3128),
            ("http://me:p%40ss@proxy.corp:3128", Speaks::Http, 3128),
            ("https://me:p%40ss@proxy.corp", Speaks::Https, 443),
            ("socks5://me:p%40ss@proxy.corp/", Speaks::Socks, 1080),
            ("socks5h://me:p%40ss@proxy.corp:9", Speaks::SocksWithName, 9),
        ] {
            let proxy = proxy(url).unwrap();
            let read = (proxy.host.as_str(), proxy.speaks, proxy.port);
            assert_eq!(read, ("proxy.corp", speaks, port), "{url}");
            let expected = url
                .contains('@')
                .then(|| (b"me".to_vec(), b"p@ss".to_vec()));
            let read = proxy.credentials.map(|it| (it.user, it.password));
            assert_eq!(read, expected, "{url}");
        }
        assert_eq!(proxy("http://[::1]:3128").unwrap().host, "::1");
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        let long = format!("socks5://{}:secret@proxy.corp", "a".repeat(256));
        for url in ["socks4://me:secret@proxy.corp", "/nothing", "", &long] {
            let error = proxy(url).err().unwrap().to_string();
            assert!(error.contains("socks5h://") && !error.contains("secret"));
        }
    }
}
