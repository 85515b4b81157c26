//! Whether a server asks for a certificate of the client, what it is shown, and whether it is content with that.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

/// Whether a server asked for a certificate, and was shown one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Demand {
    #[default]
    None,
    /// It asked, and there was none for it.
    Unmet,
    /// It was shown one.
    Met,
}

/// Whether a server is content with what it was shown. In TLS 1.3 that is not known after the handshake: with its first
/// answer it shows that it is.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    demand: Demand,
    /// One for all handles of a connection.
    is_settled: Arc<AtomicBool>,
}

impl Verdict {
    pub(crate) fn new(demand: Demand) -> Self {
        Self {
            demand,
            is_settled: Arc::new(AtomicBool::new(demand == Demand::None)),
        }
    }

    /// The server has answered.
    pub(crate) fn settle(&self) {
        if self.demand != Demand::None {
            self.is_settled.store(true, Ordering::Relaxed);
        }
    }

    /// What the server asked for, where it has not answered yet.
    pub(crate) fn open(&self) -> Option<Demand> {
        (!self.is_settled.load(Ordering::Relaxed)).then_some(self.demand)
    }
}

tokio::task_local! {
    /// What the server asked for in the handshake that is under way. The resolver is one for all connections, since
    /// sessions are resumed only under the resolver that they began with.
    static DEMAND: Cell<Demand>;
}

/// Shows a certificate, or none, to servers that ask for one.
#[derive(Debug)]
pub(crate) struct Showing(pub(crate) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Showing {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let demand = self.0.as_ref().map_or(Demand::Unmet, |_| Demand::Met);
        // Outside a handshake that is asked about, nobody wants to know.
        DEMAND.try_with(|it| it.set(demand)).ok();
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// Whether the server asked for a certificate in this handshake, and what came of it.
pub(crate) async fn noting<F: Future>(handshake: F) -> (F::Output, Demand) {
    let noting = async {
        let output = handshake.await;
        (output, DEMAND.with(Cell::get))
    };
    DEMAND.scope(Cell::default(), noting).await
}
