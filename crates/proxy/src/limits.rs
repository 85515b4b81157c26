//! How large a message header may be, for both sides alike.

/// The largest header that is passed on, in bytes. Servers commonly take 8 to 64 KiB.
pub(crate) const HEADER_BYTES_MAX: usize = 512 * 1024;
/// The largest header that is read from a client, so that what is above [`HEADER_BYTES_MAX`] gets an answer of ours:
/// beyond, hyper gives its own.
pub(crate) const HEADER_READ_BYTES_MAX: usize = 2 * 1024 * 1024;
