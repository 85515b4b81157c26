//! Time limits, as they are written in the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The largest limit, in seconds: a year is as good as for ever, and no clock runs over.
const SECONDS_MAX: u64 = 365 * 24 * 60 * 60;

/// How long something may take, in whole seconds: one at least, since nothing is done within none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u64")]
pub(crate) struct Seconds(u64);

impl TryFrom<u64> for Seconds {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        if (1..=SECONDS_MAX).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(format!(
                "{seconds} is no time limit: write the seconds, from 1 to {SECONDS_MAX}"
            ))
        }
    }
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Self(duration.as_secs().clamp(1, SECONDS_MAX))
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Self::from_secs(seconds.0)
    }
}
