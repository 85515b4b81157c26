//! What grantscope keeps of the traffic: redaction, sessions on disk, HAR in and out, and the format of findings.
//!
//! It judges nothing, and nothing leaves it but what a [`Redactor`](redact::Redactor) has passed.

pub mod diff;
pub mod export;
pub mod files;
pub mod flow;
pub mod grant;
pub mod har;
pub mod input;
pub mod jsonl;
pub mod message;
mod printable;
pub mod redact;
pub mod report;
pub mod store;
mod traffic;

pub use printable::{is_hidden, printable};
