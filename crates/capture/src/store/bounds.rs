//! How much is kept: by age, then by size.

use std::time::Duration;

use jiff::Timestamp;

use super::StoredSession;

/// How much is kept of the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Sessions that were written last longer ago are deleted.
    pub age_max: Duration,
    /// Together they are no longer than that, in bytes.
    pub bytes_max: u64,
}

impl Bounds {
    /// The sessions to delete, the oldest first.
    pub(super) fn surplus(
        self,
        newest_first: Vec<StoredSession>,
        now: Timestamp,
    ) -> impl Iterator<Item = StoredSession> {
        let mut left = self.bytes_max;
        let surplus = newest_first.into_iter().filter(move |session| {
            let fits = left.checked_sub(session.size_bytes);
            left = fits.unwrap_or(0);
            fits.is_none() || self.is_old(session, now)
        });
        surplus.collect::<Vec<_>>().into_iter().rev()
    }

    fn is_old(self, session: &StoredSession, now: Timestamp) -> bool {
        let age = now.duration_since(session.written_at);
        Duration::try_from(age).is_ok_and(|age| age > self.age_max)
    }
}
