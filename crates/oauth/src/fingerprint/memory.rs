//! The fingerprints that were made last.
//!
//! The fingerprint of a secret takes some twenty digests, and of one exchange it is asked for by whoever reads it and by whoever
//! redacts it. What is found again is found by the digest of the whole text, so that no text is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::{Digest, Fingerprint};

/// So many are kept: more than one exchange of OAuth has secrets, and few enough to be looked through.
const KEPT_MAX: usize = 32;

/// Fingerprints, the newest first.
#[derive(Default)]
pub(super) struct Memory(Mutex<VecDeque<Fingerprint>>);

impl Memory {
    /// The fingerprint with this digest, made where it is not known.
    pub(super) fn recall(&self, digest: Digest, make: impl FnOnce() -> Fingerprint) -> Fingerprint {
        if let Some(known) = self.known(digest) {
            return known;
        }
        // It is made without the lock, since the claims of a JWT have fingerprints of their own.
        let made = make();
        let mut kept = self.kept();
        kept.truncate(KEPT_MAX - 1);
        kept.push_front(made.clone());
        made
    }

    fn known(&self, digest: Digest) -> Option<Fingerprint> {
        let kept = self.kept();
        kept.iter().find(|known| known.digest == digest).cloned()
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<Fingerprint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintKey;

    #[test]
    fn what_is_remembered_is_what_was_made() {
        let fresh = FingerprintKey::new([7; 32]);
        let key = fresh.clone().remembering();
        let same = |text: &str| {
            let (one, other) = (key.read(text), fresh.read(text));
            (one.digest, one.length, one.forms, one.shape, one.jwt)
                == (
                    other.digest,
                    other.length,
                    other.forms,
                    other.shape,
                    other.jwt,
                )
        };
        for n in 0..3 * KEPT_MAX {
            let text = format!("%2F secret+{n}");
            assert!(same(&text) && same(&text) && same("eyJhbGciOiJub25lIn0.eyJleHAiOjF9."));
        }
        let memory = key.memory.as_ref().unwrap();
        assert_eq!(memory.kept().len(), KEPT_MAX);
    }
}
