//! How large a message header may be, for both sides alike, and how long a client may do nothing.
//!
//! What a server may do is for the client to judge, as it is without the proxy.

use std::time::Duration;

/// The largest header that is passed on, in bytes. Servers commonly take 8 to 64 KiB.
pub(crate) const HEADER_BYTES_MAX: usize = 512 * 1024;
/// The largest header that is read from a client, so that what is above [`HEADER_BYTES_MAX`] gets an answer of ours:
/// beyond, hyper gives its own.
pub(crate) const HEADER_READ_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long a client that has connected, or has a tunnel, may take for its first byte. Browsers open connections ahead of
/// need, and keep them for some minutes.
pub(crate) const SILENT_MAX: Duration = Duration::from_mins(5);
/// How long a connection is kept on which nothing is asked for, at least; at most it is twice as long. Nearly all servers
/// end theirs before.
pub(crate) const IDLE_MAX: Duration = Duration::from_mins(15);
