//! The only place of grantscope that reads the clock: an exchange gets its times here and keeps them.

use std::time::Instant;

use jiff::Timestamp;

/// The monotonic time, for durations.
#[expect(
    clippy::disallowed_methods,
    reason = "the proxy is what gives an exchange its times"
)]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The time of day, for what is shown and stored.
#[expect(
    clippy::disallowed_methods,
    reason = "the proxy is what gives an exchange its times"
)]
pub(crate) fn timestamp() -> Timestamp {
    Timestamp::now()
}
