//! Requests whose answers are awaited.
//!
//! That a request was sent matters where another exchange is judged meanwhile, and most are answered before. So they wait here
//! until then, and one that was answered is read once and not twice.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use grantscope_oauth::Exchange;

/// Requests of which the engine was not told yet.
#[derive(Default)]
pub(super) struct Sent(Mutex<Vec<Arc<Exchange>>>);

impl Sent {
    /// A request was sent.
    pub(super) fn push(&self, request: Arc<Exchange>) {
        self.waiting().push(request);
    }

    /// All of them, in the order in which they were sent.
    pub(super) fn take(&self) -> Vec<Arc<Exchange>> {
        mem::take(&mut *self.waiting())
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Exchange>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
