//! How large a message header may be, for both sides alike, and how long what may take.
//!
//! How long a server takes to answer is for the client to judge, as it is without the proxy.

use std::time::Duration;

/// The largest header that is passed on, in bytes. Servers commonly take 8 to 64 KiB.
pub(crate) const HEADER_BYTES_MAX: usize = 512 * 1024;
/// The largest header that is read from a client, so that what is above [`HEADER_BYTES_MAX`] gets an answer of ours:
/// beyond, hyper gives its own.
pub(crate) const HEADER_READ_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long something may take. What takes longer is given up, with an answer where one can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// How long a client that has connected, or has a tunnel, may take for its first byte. Browsers open connections ahead
    /// of need, and keep them for some minutes.
    pub silent_max: Duration,
    /// How long a client may take for the rest of a header of HTTP/1 once it has begun.
    pub header_max: Duration,
    /// How long each half of a TLS handshake with a client may take, one with a server, and whatever else is agreed on
    /// before a connection can be used: the negotiation of SOCKS, and that with another proxy.
    pub handshake_max: Duration,
    /// How long a connection is kept on which nothing is asked for, at least; at most it is twice as long. Nearly all
    /// servers end theirs before.
    pub idle_max: Duration,
    /// How long the resolver may take for the name of a server.
    pub dns_max: Duration,
    /// How long opening a connection to a server may take, over all of its addresses.
    pub connect_max: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            silent_max: Duration::from_mins(5),
            header_max: Duration::from_secs(30),
            handshake_max: Duration::from_secs(30),
            idle_max: Duration::from_mins(15),
            dns_max: Duration::from_secs(15),
            connect_max: Duration::from_secs(30),
        }
    }
}
