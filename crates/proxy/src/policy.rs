//! What of a proxy's configuration can change while it runs.
//!
//! Each connection and each request asks for the policy that is in force when it begins. What has begun goes on by the
//! one before, so that a change breaks nothing that is under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::KeyLog;

use crate::clients::Clients;
use crate::config::ProxyConfig;
use crate::dialer::Dialer;
use crate::error::Error;
use crate::hosts::Hosts;
use crate::limits::TimeLimits;
use crate::shared::Shared;
use crate::upstream::{self, Upstream};

/// What of a configuration can change while the proxy runs.
pub(crate) struct Policy {
    pub(crate) clients: Clients,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) passthrough: Hosts,
    pub(crate) auto_passthrough: bool,
    pub(crate) body_bytes_max: usize,
    pub(crate) connections_max: usize,
    pub(crate) drain_max: Duration,
    pub(crate) times: TimeLimits,
}

impl Policy {
    /// What this configuration says for a proxy that listens on `own`.
    pub(crate) fn new(
        config: &ProxyConfig,
        own: SocketAddr,
        keylog: Arc<dyn KeyLog>,
    ) -> Result<Self, Error> {
        let roots = upstream::roots(config.authority.system_roots(), &config.upstream_ca)?;
        let proxy = config.upstream_proxy.as_deref();
        let client_config = upstream::client_config(roots, keylog)?;
        let dialer = Dialer::new(proxy, &config.upstream_proxy_bypass, &client_config)?;
        let dialer = dialer.listening_on(own).within(config.times);
        Ok(Self {
            clients: Clients::new(&config.allow_remote, config.allow_remote_token.as_ref()),
            upstream: Arc::new(Upstream::new(
                dialer,
                client_config,
                &config.client_certificates,
            )?),
            passthrough: Hosts::new(&config.passthrough),
            auto_passthrough: config.auto_passthrough,
            body_bytes_max: config.body_bytes_max,
            connections_max: config.connections_max.max(1),
            drain_max: config.drain_max,
            times: config.times,
        })
    }
}

/// Changes a proxy while it runs.
#[derive(Clone)]
pub struct Control(Arc<Shared>);

impl Control {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Puts into force what can change while a proxy runs: who may use it, how servers are reached and verified, what is
    /// passed on unread, and the bounds. Connections that are open go on as they began. Where an error is returned,
    /// nothing has changed.
    ///
    /// The addresses that are listened on, the authority, the tap, the file of TLS secrets and the number of the first
    /// exchange stay what they are.
    pub fn adopt(&self, config: &ProxyConfig) -> Result<(), Error> {
        let keylog = Arc::clone(&self.0.keylog);
        let policy = Policy::new(config, self.0.address, keylog)?;
        self.0.policy.store(Arc::new(policy));
        Ok(())
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("address", &self.0.address)
            .finish_non_exhaustive()
    }
}
