//! The page that people keep open: the refused grants of a session, live, and why each was refused.
//!
//! It is served on loopback beside the proxy, from the binary alone. It reads what was committed to the store, and is told by a
//! [`Feed`] that there is more. Everything that it shows was redacted before it was stored, and is hostile all the same: it
//! comes of the traffic, and is escaped and cut where it is put on a page (`text`).
//!
//! It judges nothing: where a file is dropped on it, whoever starts it says how that is diagnosed ([`Diagnose`]).

mod assets;
mod draw;
mod events;
mod fault;
mod feed;
mod gate;
mod headers;
mod layout;
mod links;
mod pages;
mod routes;
mod scope;
mod server;
mod shelf;
mod text;

pub use feed::{Feed, Told};
pub use server::{BoundDashboard, Config, Dashboard, DashboardError, Diagnose, Diagnosed};

#[cfg(test)]
mod tests;
