//! How the recorder tells open pages that there is more to see.
//!
//! What was told last is kept, up to a bound, for pages that come back after their connection broke. Who tells waits for
//! nobody: a reader that is too slow is told to look at everything again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

/// So much of what was told is kept.
const KEPT_MAX: usize = 512;

/// What pages are told. Clones tell the same pages.
#[derive(Clone, Debug)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    kept: Mutex<Kept>,
    /// Says that there is more: how much was told, and how many exchanges were recorded.
    more: watch::Sender<More>,
}

#[derive(Debug, Default)]
struct Kept {
    told: VecDeque<(u64, Told)>,
}

/// How far a feed has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct More {
    /// The number of what was told last; 0 where nothing was.
    pub(crate) last: u64,
    /// How many exchanges were recorded.
    pub(crate) exchanges: u64,
    /// How many more went through the proxy, and were no OAuth.
    pub(crate) others: u64,
}

impl More {
    /// How many exchanges went through the proxy.
    pub(crate) fn traffic(self) -> u64 {
        self.exchanges + self.others
    }
}

/// Something that was committed to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// `diagnosis`, `warning`, `coverage` or `granted`.
    pub kind: String,
    /// The id of the finding; empty for a grant that was granted.
    pub id: String,
    /// What was found.
    pub about: String,
    /// The verdict on the cause.
    pub verdict: Option<String>,
    /// The exchange in which it shows.
    pub exchange: Option<u64>,
    /// What it says, in one sentence.
    pub summary: String,
}

/// What a reader has not been told yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// This.
    Told(Vec<(u64, Told)>),
    /// More than is kept, up to this number.
    TooMuch(u64),
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            shared: Arc::new(Shared {
                kept: Mutex::default(),
                more: watch::Sender::new(More::default()),
            }),
        }
    }
}

impl Feed {
    /// Tells of what was committed.
    pub fn tell(&self, told: Told) {
        let mut kept = self.kept();
        let number = self.now().last + 1;
        if kept.told.len() == KEPT_MAX {
            kept.told.pop_front();
        }
        kept.told.push_back((number, told));
        // While the lock is held, so that numbers are announced in their order.
        self.shared.more.send_modify(|more| more.last = number);
    }

    /// Tells that so many more exchanges were recorded, and so many others went through the proxy that are no OAuth.
    pub fn count(&self, exchanges: u64, others: u64) {
        self.shared.more.send_modify(|more| {
            more.exchanges += exchanges;
            more.others += others;
        });
    }

    /// How far the feed has come.
    pub(crate) fn now(&self) -> More {
        *self.shared.more.borrow()
    }

    /// Follows the feed.
    pub(crate) fn follow(&self) -> watch::Receiver<More> {
        self.shared.more.subscribe()
    }

    /// What was told after this number.
    pub(crate) fn after(&self, number: u64) -> Missed {
        let kept = self.kept();
        let last = self.now().last;
        let first = kept.told.front().map_or(last + 1, |(first, _)| *first);
        if number > last || number + 1 < first {
            return Missed::TooMuch(last);
        }
        let missed = kept.told.iter().filter(|(told, _)| *told > number);
        Missed::Told(missed.cloned().collect())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing that is done under the lock leaves it half done.
        self.shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(about: &str) -> Told {
        Told {
            kind: "diagnosis".to_owned(),
            id: "1-2".to_owned(),
            about: about.to_owned(),
            verdict: None,
            exchange: Some(2),
            summary: String::new(),
        }
    }

    #[test]
    fn a_reader_is_told_what_it_missed_and_nothing_twice() {
        let feed = Feed::default();
        assert_eq!(feed.after(0), Missed::Told(Vec::new()));
        for about in ["a", "b", "c"] {
            feed.tell(told(about));
        }
        assert_eq!(
            feed.after(1),
            Missed::Told(vec![(2, told("b")), (3, told("c"))])
        );
        assert_eq!(feed.after(3), Missed::Told(Vec::new()));
    }

    #[test]
    fn a_reader_of_another_run_or_too_far_behind_looks_at_everything_again() {
        let feed = Feed::default();
        assert_eq!(feed.after(7), Missed::TooMuch(0));
        for _ in 0..KEPT_MAX + 5 {
            feed.tell(told("a"));
        }
        let last = (KEPT_MAX + 5) as u64;
        assert_eq!(feed.after(4), Missed::TooMuch(last));
        let Missed::Told(missed) = feed.after(5) else {
            panic!("what is kept is told");
        };
        assert_eq!(missed.len(), KEPT_MAX);
        assert_eq!(feed.kept().told.len(), KEPT_MAX);
    }
}
