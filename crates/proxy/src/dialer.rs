//! Chooses the way to a server: straight, or through another proxy.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::bypass::Bypass;
use crate::connect::{Dialed, Reach, dial, is_loopback};
use crate::error::Error;
use crate::limits::TimeLimits;
use crate::other_proxy::OtherProxy;
use crate::upstream_error::UpstreamError;

/// Opens connections, if need be through another proxy.
#[derive(Clone, Default)]
pub(crate) struct Dialer {
    proxy: Option<OtherProxy>,
    bypass: Vec<Bypass>,
    /// Where this proxy listens.
    own: Option<SocketAddr>,
    times: TimeLimits,
}

impl Dialer {
    /// `tls` is how a proxy is spoken with that wants TLS.
    pub(crate) fn new(
        proxy: Option<&str>,
        bypass: &[Bypass],
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, Error> {
        Ok(Self {
            proxy: proxy.map(|url| OtherProxy::new(url, tls)).transpose()?,
            bypass: bypass.to_vec(),
            own: None,
            times: TimeLimits::default(),
        })
    }

    /// Takes no longer for anything.
    pub(crate) fn within(mut self, times: TimeLimits) -> Self {
        self.times = times;
        self
    }

    /// How long each step of the way may take.
    pub(crate) fn times(&self) -> &TimeLimits {
        &self.times
    }

    /// Knows where this proxy listens, so as not to take it for the other one.
    pub(crate) fn listening_on(mut self, own: SocketAddr) -> Self {
        self.own = Some(own);
        self
    }

    /// Connects to `host`, a name or an IP address without brackets.
    pub(crate) async fn dial(
        &self,
        host: &str,
        port: u16,
        reach: Reach,
    ) -> Result<Dialed, UpstreamError> {
        match &self.proxy {
            Some(proxy) if !self.is_straight(host, port) => {
                proxy.dial(host, port, self.own, &self.times).await
            }
            _ => Ok(dial(host, port, reach, &self.times).await?.into()),
        }
    }

    fn is_straight(&self, host: &str, port: u16) -> bool {
        is_loopback(host) || self.bypass.iter().any(|it| it.contains(host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialer(proxy: &str, bypass: &[&str]) -> Dialer {
        let config = ClientConfig::builder_with_provider(crate::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let bypass: Vec<_> = bypass.iter().map(|it| it.parse().unwrap()).collect();
        Dialer::new(Some(proxy), &bypass, &Arc::new(config)).unwrap()
    }

    #[tokio::test]
    async fn a_proxy_that_is_this_one_is_not_asked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        for scheme in ["http", "https", "socks5h"] {
            let dialer = dialer(&format!("{scheme}://{own}"), &[]);
            let looped = dialer
                .listening_on(own)
                .dial("idp.test", 443, Reach::Anywhere)
                .await;
            let error = looped.unwrap_err();
            assert_eq!(
                (error.id(), error.status().as_u16()),
                ("upstream-loop", 508)
            );
        }
    }

    #[test]
    fn loopback_and_what_is_named_is_reached_straight() {
        let dialer = dialer("http://proxy.test", &["idp.test:443", "10.0.0.0/8"]);
        for host in [
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.2",
            "::1",
            "::ffff:127.0.0.1",
            "a.idp.test",
            "10.1.2.3",
        ] {
            assert!(dialer.is_straight(host, 443), "{host}");
        }
        assert!(!dialer.is_straight("idp.test", 80));
        assert!(!dialer.is_straight("other.test", 443));
    }
}
