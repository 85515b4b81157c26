//! The clock, for what is no matter of an exchange: when a session is begun, and how old others are.

use jiff::Timestamp;

/// What time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "everybody else in this crate asks here, so that it is seen who does"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
