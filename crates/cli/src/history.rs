//! What earlier runs saw: the stored sessions, from which a token is followed over weeks.
//!
//! They hold fingerprints of the installation's key, so that a token of today is known to be the one of last Tuesday.

use std::time::Duration;

use grantscope_capture::session::{self, SessionStore, StoredSession};
use grantscope_oauth::{Exchange, ExchangeId};

use crate::captures;
use crate::settings::Settings;

/// The exchanges of the stored sessions, in the order of time: the newest, as many as the settings allow.
///
/// What cannot be read is left out: it was reported when it was written, and nothing live depends on it.
pub(crate) fn load(settings: &Settings) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for stored in sessions(settings) {
        match session::read(&stored.path) {
            Ok(capture) => exchanges.extend(capture.exchanges),
            Err(error) => tracing::debug!(%error, "a stored session could not be read"),
        }
    }
    exchanges.sort_by_key(|exchange| exchange.started_at);
    let surplus = exchanges
        .len()
        .saturating_sub(settings.history.exchanges_max);
    exchanges.drain(..surplus);
    for (number, exchange) in (1..).zip(&mut exchanges) {
        exchange.id = ExchangeId::of_history(number);
    }
    exchanges
}

/// The sessions that are young enough, the newest first, as far as their size allows.
fn sessions(settings: &Settings) -> Vec<StoredSession> {
    let history = &settings.history;
    let age_max = Duration::from_hours(24 * history.days_max);
    let stored = SessionStore::open(captures::directory(settings)).and_then(|store| store.list());
    let mut left = history.bytes_max;
    let is_young = |session: &StoredSession| {
        let age = session.written_at.and_then(|at| at.elapsed().ok());
        age.is_none_or(|age| age <= age_max)
    };
    let mut fits = |session: &StoredSession| {
        let rest = left.checked_sub(session.size_bytes);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let young = stored.unwrap_or_default().into_iter().filter(is_young);
    young.take_while(|session| fits(session)).collect()
}
