//! What the tests share: the binary with directories of its own, and the peers it is tried with.

pub(crate) mod capture;
pub(crate) mod grantscope;
pub(crate) mod large;
pub(crate) mod lines;
#[cfg(unix)]
pub(crate) mod packets;
pub(crate) mod pages;
pub(crate) mod peers;
pub(crate) mod played;
pub(crate) mod scripted;
