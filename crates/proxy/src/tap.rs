//! The tap: where others watch the traffic. It is told of it and cannot touch it.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use grantscope_oauth::Exchange;

use crate::request_head::RequestHead;

/// Watches the traffic of a proxy.
///
/// The methods are called on the way of the bytes: they must return at once, and hand anything longer to somebody
/// else. A panic in one is contained and does not break traffic.
pub trait Tap: Send + Sync + 'static {
    /// How much of an exchange is to be copied, decided by the head of its request.
    fn wants(&self, request: &RequestHead<'_>) -> Interest {
        let _ = request;
        Interest::Full
    }

    /// Whether an exchange of [`Interest::HeadOnly`] matters, decided by the head of its response.
    fn wants_answer(&self, response: &http::response::Parts) -> bool {
        let _ = response;
        true
    }

    /// The last byte of a request goes to the server. `exchange.response` is `None`.
    ///
    /// This comes before the response can have been sent, but with [`Interest::HeadOnly`] when its head is there. A
    /// request of which no byte went out is not reported here; it is told of by [`Notice::UpstreamFailed`].
    fn request_sent(&self, exchange: Arc<Exchange>);

    /// The exchange is over; `outcome` tells how. Called once for each [`request_sent`](Self::request_sent), after it,
    /// and for small contents before the client has the last byte.
    fn response_received(&self, exchange: Arc<Exchange>, outcome: Outcome);

    /// Something about the coverage: traffic that was not seen, or not as usual.
    fn notice(&self, notice: Notice) {
        let _ = notice;
    }
}

/// How much of an exchange is copied for the tap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interest {
    /// Nothing: it is not reported.
    Ignore,
    /// Start lines and header fields, where [`Tap::wants_answer`] agrees. No content is kept, and that of the response
    /// is counted.
    HeadOnly,
    /// Contents too, up to the bound of the configuration.
    #[default]
    Full,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole response went by.
    Answered,
    /// The response broke off: its content ends where the connection did.
    Interrupted,
    /// The server ended the exchange without a response; grantscope told the client so.
    Unanswered,
    /// The client went away before the response began.
    Abandoned,
    /// The server said that it has not dealt with the request (RFC 9113 §8.7), which the client may send again: for the
    /// server there was none.
    Refused,
}

/// What a tap is told besides exchanges.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A client would not go on with the certificate that grantscope showed it.
    ClientRejectedCertificate {
        /// The host that it wanted.
        host: String,
        /// The client.
        client: SocketAddr,
        /// The `User-Agent` of its CONNECT request, which often names the runtime.
        user_agent: Option<String>,
        /// How it showed.
        how: Rejection,
    },
    /// Bytes are passed on without being read.
    Tunnelled {
        /// The host.
        host: String,
        /// The client.
        client: SocketAddr,
        /// Why.
        reason: TunnelReason,
    },
    /// No exchange with a server came about, or it broke before the response.
    UpstreamFailed {
        /// The host.
        host: String,
        /// The stable identifier, which `X-Grantscope-Error` shows too.
        id: &'static str,
        /// What happened and what to do, for people.
        text: String,
    },
    /// A client spoke to the proxy in a way that it does not understand.
    ClientMisspoke {
        /// The client.
        client: SocketAddr,
        /// The stable identifier, which `X-Grantscope-Error` shows too.
        id: &'static str,
    },
    /// A client was refused by SOCKS, which tells it by a number alone.
    SocksRefused {
        /// The client.
        client: SocketAddr,
        /// The stable identifier.
        id: &'static str,
        /// What is wrong, and what to do, for people: what "it" does that the client is.
        text: String,
    },
    /// Metadata of a server behind an address that stands for it passed as they are: clients that read them go past the
    /// address.
    MetadataUnchanged {
        /// The server.
        host: String,
        /// Why they were not told in the client's name, as the end of a sentence.
        reason: &'static str,
    },
    /// A client has two names for a server, of which each pair is told of once. Its requests go where its tunnel leads.
    NamesDisagree {
        /// The client.
        client: SocketAddr,
        /// The name of the server that is asked: in TLS, or of the tunnel.
        server: String,
        /// The other name.
        named: String,
        /// Where that stands.
        by: NamedBy,
    },
    /// A connection's task panicked: a bug of grantscope, by which that connection alone was lost.
    ConnectionPanicked {
        /// The client.
        client: SocketAddr,
    },
}

/// Where a client names another server than the one that it is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// In TLS (RFC 6066 §3), by which the server's certificate is verified.
    Tls,
    /// In a request: `Host`, or `:authority` over HTTP/2.
    Request,
}

/// How a client rejected our certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// With a TLS alert, for example `UnknownCA`.
    Alert(String),
    /// It closed the connection in the handshake.
    ClosedInHandshake,
    /// It closed the connection after the handshake without asking for anything. `GnuTLS` rejects like this; so looks
    /// also a connection that was opened ahead of need.
    ClosedUnused,
}

/// Why bytes are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelReason {
    /// The configuration names the host.
    Passthrough,
    /// Clients like this one rejected our certificate for the host twice, and the configuration has them passed on.
    Distrusted,
    /// The server spoke first, as no HTTP server does.
    ServerSpokeFirst,
    /// The client speaks neither TLS nor HTTP, or not within TLS.
    NotHttp,
}

/// A tap whose panics are contained and counted.
#[derive(Clone)]
pub(crate) struct ContainedTap {
    tap: Arc<dyn Tap>,
    panics: Arc<AtomicU64>,
}

impl ContainedTap {
    pub(crate) fn new(tap: Arc<dyn Tap>) -> Self {
        Self {
            tap,
            panics: Arc::default(),
        }
    }

    pub(crate) fn wants(&self, request: &RequestHead<'_>) -> Interest {
        self.contain(|tap| tap.wants(request)).unwrap_or_default()
    }

    pub(crate) fn wants_answer(&self, response: &http::response::Parts) -> bool {
        self.contain(|tap| tap.wants_answer(response))
            .unwrap_or(false)
    }

    pub(crate) fn request_sent(&self, exchange: Arc<Exchange>) {
        self.contain(|tap| tap.request_sent(exchange));
    }

    pub(crate) fn response_received(&self, exchange: Arc<Exchange>, outcome: Outcome) {
        self.contain(|tap| tap.response_received(exchange, outcome));
    }

    pub(crate) fn notice(&self, notice: Notice) {
        self.contain(|tap| tap.notice(notice));
    }

    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    fn contain<T>(&self, call: impl FnOnce(&dyn Tap) -> T) -> Option<T> {
        let returned = catch_unwind(AssertUnwindSafe(|| call(self.tap.as_ref())));
        if returned.is_err() {
            self.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!("the tap panicked; traffic goes on");
        }
        returned.ok()
    }
}
