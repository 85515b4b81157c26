//! The programs that the tests need besides cargo: found, and where possible installed.

pub(crate) mod cargo_deny;
pub(crate) mod chromium;
pub(crate) mod java;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod runtimes;
pub(crate) mod tshark;

mod apt;
mod version;
