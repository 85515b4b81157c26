//! What all connections of a proxy have in common.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use grantscope_oauth::ExchangeId;
use rustls::KeyLog;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ca::CertificateAuthority;
use crate::disagreement::Disagreements;
use crate::distrust::Distrust;
use crate::idle::IdleLinks;
use crate::limits::TimeLimits;
use crate::metadata::Unchanged;
use crate::policy::Policy;
use crate::rescue::Problem;
use crate::tap::{ContainedTap, NamedBy, Notice};
use crate::upstream::{Origin, Upstream};
use crate::upstream_error::UpstreamError;

/// What all connections of a proxy have in common.
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) authority: CertificateAuthority,
    /// What client connections are accepted with, but for the certificate and the protocol.
    pub(crate) server_config: rustls::ServerConfig,
    /// Where the secrets of TLS connections go.
    pub(crate) keylog: Arc<dyn KeyLog>,
    /// What can change while the proxy runs.
    pub(crate) policy: ArcSwap<Policy>,
    /// Connections to servers that nobody uses.
    pub(crate) idle: IdleLinks,
    /// Clients that do not take our certificates.
    pub(crate) distrust: Distrust,
    /// Names of servers that disagree, as far as it was told of them.
    pub(crate) disagreements: Disagreements,
    pub(crate) tap: ContainedTap,
    pub(crate) next_exchange: AtomicU64,
    pub(crate) panics: AtomicU64,
    /// Becomes true when the proxy shuts down.
    pub(crate) shutdown: watch::Receiver<bool>,
}

impl Shared {
    /// Ends when the proxy shuts down.
    pub(crate) async fn shut_down(&self) {
        let mut shutdown = self.shutdown.clone();
        // Where the sender is gone, so is the proxy.
        drop(
            shutdown
                .wait_for(|is_shutting_down| *is_shutting_down)
                .await,
        );
    }

    /// Ends when a client is no longer waited for that has yet to say its first byte.
    pub(crate) async fn given_up(&self) {
        drop(timeout(self.times().silent_max, self.shut_down()).await);
    }

    /// The policy that is in force, for a look that is over before anything is waited for.
    pub(crate) fn policy(&self) -> Guard<Arc<Policy>> {
        self.policy.load()
    }

    /// How long what may take that begins now.
    pub(crate) fn times(&self) -> TimeLimits {
        self.policy().times
    }

    /// What opens connections to servers from now on.
    pub(crate) fn upstream(&self) -> Arc<Upstream> {
        Arc::clone(&self.policy().upstream)
    }

    pub(crate) fn next_id(&self) -> ExchangeId {
        ExchangeId(self.next_exchange.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn notice_upstream(&self, error: &UpstreamError) {
        let text = error.describe();
        tracing::debug!(id = error.id(), %text, "a server could not be reached");
        self.tap.notice(Notice::UpstreamFailed {
            host: error.host().to_owned(),
            id: error.id(),
            text,
        });
    }

    pub(crate) fn notice_misspoke(&self, client: SocketAddr, problem: &Problem) {
        let id = problem.id;
        self.tap.notice(Notice::ClientMisspoke { client, id });
    }

    pub(crate) fn notice_unchanged(&self, origin: &Origin, why: Unchanged) {
        self.tap.notice(Notice::MetadataUnchanged {
            host: origin.host_and_port(),
            reason: why.reason(),
        });
    }

    pub(crate) fn notice_names(
        &self,
        client: SocketAddr,
        (server, named): (&str, &str),
        by: NamedBy,
    ) {
        if self.disagreements.is_new(server, named) {
            self.tap.notice(Notice::NamesDisagree {
                client,
                server: server.to_owned(),
                named: named.to_owned(),
                by,
            });
        }
    }

    pub(crate) fn panicked(&self, client: SocketAddr) {
        self.panics.fetch_add(1, Ordering::Relaxed);
        self.tap.notice(Notice::ConnectionPanicked { client });
    }
}
