//! Histories of traffic that is made of readings, asked as the rules ask them.

#![expect(
    clippy::unwrap_used,
    reason = "what a history lacks fails the test, and the panic says where"
)]

mod families;
mod interleavings;
mod linking;
mod memory;
mod traffic;
