//! What the ledger has seen and keeps no longer, so that "unknown" never lies.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use grantscope_oauth::Digest;
use jiff::Timestamp;

/// The secrets of the exchanges that were evicted.
#[derive(Debug)]
pub(crate) struct Forgotten {
    digests: Option<HashSet<Digest, RandomState>>,
    digests_max: usize,
    until: Option<Timestamp>,
}

impl Forgotten {
    /// Nothing was forgotten yet, and that many secrets can be told apart from those that were never seen.
    pub(crate) fn new(digests_max: usize) -> Self {
        Self {
            digests: Some(HashSet::default()),
            digests_max,
            until: None,
        }
    }

    /// A secret is known no longer. Where there are too many of them, each unknown secret may be one.
    pub(crate) fn remember(&mut self, digest: Digest) {
        let Some(digests) = &mut self.digests else {
            return;
        };
        digests.insert(digest);
        if digests.len() > self.digests_max {
            self.digests = None;
        }
    }

    /// Whether a secret was seen once, or may have been.
    pub(crate) fn may_contain(&self, digest: Digest) -> bool {
        self.digests
            .as_ref()
            .is_none_or(|digests| digests.contains(&digest))
    }

    /// An exchange of this time was evicted.
    pub(crate) fn extend_until(&mut self, at: Timestamp) {
        self.until = self.until.max(Some(at));
    }

    /// The time of the latest exchange that was evicted.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.digests.as_ref().map_or(0, HashSet::len)
    }
}
