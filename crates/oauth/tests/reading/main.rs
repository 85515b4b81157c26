//! Exchanges in, messages out.

mod plain;
mod rfc_6749;
