//! HTTP Archive 1.2, the format in which browsers and proxies save traffic: import and export.
//!
//! Reading is lenient, since every tool has a dialect; writing is strict.

mod body;
mod export;
mod import;
mod read;
mod repair;
pub mod spec;

pub use export::{entry, export};
pub use import::{Import, Skipped, import};
pub use read::HarError;

pub(crate) use export::version;
pub(crate) use import::Collected;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
