//! The ledger: every reading that matters, found again by the secrets that it mentions.
//!
//! It stores facts and draws no conclusions: what belongs together is worked out when it is asked for. So the history
//! does not depend on the order in which concurrent exchanges were observed.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use grantscope_oauth::{Digest, ExchangeId, Reading};
use jiff::Timestamp;
use smallvec::SmallVec;

use crate::forgotten::Forgotten;
use crate::history::History;
use crate::index::{self, Mention};
use crate::key::{Key, keys};

#[cfg(test)]
mod tests;

/// What was observed of an exchange.
#[derive(Clone, Debug)]
pub enum Event {
    /// The request was sent, and the answer is awaited.
    RequestSent(Reading),
    /// The answer is complete, or will never come.
    Finished(Reading),
    /// The server has not dealt with the request, and says so: it is as if it had not been sent.
    Withdrawn(ExchangeId),
}

/// How much the ledger keeps.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of exchanges. 10,000 logins of four exchanges each, with opaque tokens, took 75 MiB of resident memory
    /// on 64-bit Linux, index included: 1.9 KiB an exchange. Tokens that are JSON Web Tokens take more, by their claims.
    pub exchanges_max: usize,
    /// The number of mentions that are kept of one secret: the oldest quarter, since there a grant began, and the newest.
    /// Also the number of exchanges that are found by one client, redirection URI or server: the newest.
    pub mentions_max: usize,
    /// The number of secrets that are remembered as forgotten. Beyond it, each unknown secret counts as forgotten.
    pub forgotten_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            exchanges_max: 100_000,
            mentions_max: 256,
            forgotten_max: 200_000,
        }
    }
}

/// Follows each authorization, code, token and client from exchange to exchange.
///
/// It is shared by reference between threads; no lock is held while a caller's code runs. Observers wait for each other
/// for as long as one event takes, so that an exchange and its index always agree; whoever asks waits for nobody.
#[derive(Debug)]
pub struct Correlator {
    limits: Limits,
    exchanges: DashMap<ExchangeId, Observed, RandomState>,
    mentions: DashMap<Digest, List<Mention>, RandomState>,
    found_by: DashMap<Key, List<ExchangeId>, RandomState>,
    /// In the order in which they were first observed. Whoever writes holds this lock.
    order: Mutex<VecDeque<ExchangeId>>,
    forgotten: RwLock<Forgotten>,
}

/// What is found by a key: in most cases one thing, which then takes no memory of its own.
type List<T> = SmallVec<[T; 1]>;

/// An exchange as far as it was observed.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) reading: Arc<Reading>,
    pub(crate) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Sent,
    Finished,
}

impl Correlator {
    /// An empty ledger.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            exchanges: DashMap::default(),
            mentions: DashMap::default(),
            found_by: DashMap::default(),
            order: Mutex::new(VecDeque::new()),
            forgotten: RwLock::new(Forgotten::new(limits.forgotten_max)),
        }
    }

    /// Takes note of an event. The same event may come twice, and the two events of an exchange in either order.
    pub fn observe(&self, event: Event) {
        let (reading, phase) = match event {
            Event::RequestSent(reading) => (reading, Phase::Sent),
            Event::Finished(reading) => (reading, Phase::Finished),
            Event::Withdrawn(id) => return self.withdraw(id),
        };
        if !reading.is_oauth() && reading.location.is_none() {
            return;
        }
        let reading = Arc::new(reading);
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.exchange(reading.exchange);
        if known.as_ref().is_some_and(|known| known.phase >= phase) {
            return;
        }
        self.store(Observed {
            reading: Arc::clone(&reading),
            phase,
        });
        match known {
            Some(known) => self.unindex(&known.reading, Some(&reading)),
            None => order.push_back(reading.exchange),
        }
        self.evict(&mut order);
    }

    fn withdraw(&self, id: ExchangeId) {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, observed)) = self.exchanges.remove(&id) {
            self.unindex(&observed.reading, None);
            order.retain(|it| *it != id);
        }
    }

    /// The view on all that was observed.
    pub fn history(&self) -> History<'_> {
        History::new(self)
    }

    /// The exchange before its index, so that whoever finds its id finds it as well.
    fn store(&self, observed: Observed) {
        let reading = Arc::clone(&observed.reading);
        let id = reading.exchange;
        self.exchanges.insert(id, observed);
        index::mentions(&reading, |digest, role| {
            let mention = Mention { exchange: id, role };
            let behind = self.limits.mentions_max / 4;
            let dropped = self.insert(&self.mentions, digest, mention, behind);
            if dropped.is_some_and(|dropped| dropped.role.is_asked_for()) {
                self.forgotten().remember(digest);
            }
        });
        for key in keys(&reading) {
            let dropped = self.insert(&self.found_by, key, id, 0);
            if let Some(dropped) = dropped.and_then(|id| self.exchange(id)) {
                self.forgotten().extend_until(dropped.reading.started_at);
            }
        }
    }

    /// Takes an exchange out of the index, but for what `successor`, a later reading of it, mentions too.
    fn unindex(&self, reading: &Reading, successor: Option<&Reading>) {
        let id = reading.exchange;
        if successor.is_some_and(|successor| extends(successor, reading)) {
            return;
        }
        let mut kept_mentions = Vec::new();
        if let Some(successor) = successor {
            index::mentions(successor, |digest, role| kept_mentions.push((digest, role)));
        }
        index::mentions(reading, |digest, role| {
            if !kept_mentions.contains(&(digest, role)) {
                let mention = Mention { exchange: id, role };
                remove(&self.mentions, &digest, mention);
            }
        });
        let kept_keys: Vec<_> = successor.into_iter().flat_map(keys).collect();
        for key in keys(reading).filter(|key| !kept_keys.contains(key)) {
            remove(&self.found_by, &key, id);
        }
    }

    fn evict(&self, order: &mut VecDeque<ExchangeId>) {
        while order.len() > self.limits.exchanges_max {
            let Some(oldest) = order.pop_front() else {
                return;
            };
            if let Some((_, observed)) = self.exchanges.remove(&oldest) {
                self.forget(&observed.reading);
            }
        }
    }

    /// What is forgotten is remembered as such before it is gone.
    fn forget(&self, reading: &Reading) {
        index::mentions(reading, |digest, role| {
            if role.is_asked_for() {
                self.forgotten().remember(digest);
            }
        });
        self.forgotten().extend_until(reading.started_at);
        self.unindex(reading, None);
    }

    fn forgotten(&self) -> RwLockWriteGuard<'_, Forgotten> {
        self.forgotten
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the list sorted and without doubles. Where it grows too long, the item behind the oldest so many is dropped.
    fn insert<K: Eq + Hash, T: Copy + Ord>(
        &self,
        map: &DashMap<K, List<T>, RandomState>,
        key: K,
        item: T,
        behind: usize,
    ) -> Option<T> {
        let mut list = map.entry(key).or_default();
        let at = list.binary_search(&item).err()?;
        list.insert(at, item);
        (list.len() > self.limits.mentions_max).then(|| list.remove(behind))
    }

    pub(crate) fn exchange(&self, id: ExchangeId) -> Option<Observed> {
        self.exchanges.get(&id).map(|observed| observed.clone())
    }

    pub(crate) fn mentions(&self, digest: Digest) -> Vec<Mention> {
        self.mentions
            .get(&digest)
            .map(|mentions| mentions.to_vec())
            .unwrap_or_default()
    }

    pub(crate) fn found_by(&self, key: &Key) -> Vec<ExchangeId> {
        self.found_by
            .get(key)
            .map(|ids| ids.to_vec())
            .unwrap_or_default()
    }

    pub(crate) fn may_have_forgotten(&self, digest: Digest) -> bool {
        self.forgotten
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .may_contain(digest)
    }

    pub(crate) fn forgotten_until(&self) -> Option<Timestamp> {
        self.forgotten
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .until()
    }
}

impl Default for Correlator {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Whether the later reading of an exchange mentions all that the earlier one does, which is the rule: it adds the answer.
fn extends(later: &Reading, earlier: &Reading) -> bool {
    earlier.response.is_none() && earlier.location.is_none() && earlier.request == later.request
}

fn remove<K: Eq + Hash, T: Copy + Ord>(map: &DashMap<K, List<T>, RandomState>, key: &K, item: T) {
    map.remove_if_mut(key, |_, list| {
        if let Ok(at) = list.binary_search(&item) {
            list.remove(at);
        }
        list.is_empty()
    });
}
