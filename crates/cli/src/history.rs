//! What earlier runs saw: the stored sessions, from which a token is followed over weeks.
//!
//! They hold fingerprints of the installation's key, so that a token of today is known to be the one of last Tuesday.

use grantscope_capture::store::{Beginning, Store};
use grantscope_oauth::{Exchange, ExchangeId};
use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::settings::{History, Settings};

/// The exchanges that had been stored before `beginning`, in the order of time: the newest, as many as the settings allow.
///
/// What cannot be read is left out: nothing live depends on it.
pub(crate) fn load(settings: &Settings, beginning: Option<Beginning>) -> Vec<Exchange> {
    let History {
        exchanges_max,
        bytes_max,
        ..
    } = settings.history;
    let newest = Store::open_to_read(&settings.data_dir).and_then(|store| match store {
        Some(store) => {
            let since = since(&settings.history);
            store.newest(since, beginning, exchanges_max, bytes_max)
        }
        None => Ok(Vec::new()),
    });
    let mut exchanges = newest.unwrap_or_else(|error| {
        // That the store cannot be used has been told, where the session of this run was begun.
        tracing::debug!(%error, "what earlier runs saw could not be read");
        Vec::new()
    });
    for (number, exchange) in (1..).zip(&mut exchanges) {
        exchange.id = ExchangeId::of_history(number);
    }
    exchanges
}

/// Nothing older is remembered.
fn since(history: &History) -> Timestamp {
    let days = i64::try_from(history.days_max).unwrap_or(i64::MAX);
    let age_max = SignedDuration::from_secs(days.saturating_mul(24 * 60 * 60));
    clock::now().checked_sub(age_max).unwrap_or(Timestamp::MIN)
}
