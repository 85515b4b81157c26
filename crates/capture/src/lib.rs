//! What grantscope keeps of the traffic: redaction, sessions on disk, HAR in and out.
//!
//! It judges nothing, and nothing leaves it but what [`Redactor`](redact::Redactor) has passed.

pub mod har;
pub mod redact;
pub mod report;
