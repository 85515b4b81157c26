//! HTTP Archive 1.2, the format in which browsers and proxies save traffic: import and export.
//!
//! Reading is lenient, since every tool has a dialect; writing is strict.

mod body;
mod exchange;
mod export;
mod glance;
mod import;
mod read;
mod repair;
mod scan;
pub mod spec;
mod stored;
mod utf16;
mod window;

pub use export::{entry, export};
pub use import::{Import, Skipped, Wanted, import, import_wanted};
pub use read::HarError;

pub(crate) use body::BODY_BYTES_MAX;
pub(crate) use export::version;
pub(crate) use import::{Collected, too_long};
pub(crate) use scan::{ENTRY_BYTES_MAX, RawEntry};
pub(crate) use stored::stored;
pub(crate) use utf16::utf8;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
