//! The proxy between real sockets: clients that speak through it, and servers made on the spot.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by a panic, also in its helpers"
)]

mod absolute;
mod authority;
mod bombs;
mod bugs;
mod certificates;
mod client_certificates;
mod contents;
mod distrust;
mod edges;
mod fidelity;
mod floods;
mod frames;
mod heads;
mod hello;
mod hosts;
mod idle;
mod intercept;
mod limits;
mod metadata;
mod odd;
mod own_answers;
mod peers;
mod play;
mod reverse;
mod routing;
mod running;
mod smuggling;
mod socks;
mod streams;
mod support;
mod times;
mod tls_edges;
mod tunnel;
mod upgrade;
mod upstream_proxy;
mod ways;
mod wire;
