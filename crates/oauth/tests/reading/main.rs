//! Exchanges in, messages out.

mod any_bytes;
mod canaries;
mod malformed;
mod plain;
mod recognition;
mod redaction;
mod refusals;
mod rfc_6749;
mod rfc_others;
