//! The vocabulary of grantscope: an HTTP exchange, read into OAuth messages.
//!
//! Parsing alone: this crate does no I/O, has no clock and judges nothing.

mod exchange;

pub use exchange::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
