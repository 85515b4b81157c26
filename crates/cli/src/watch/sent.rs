//! Requests whose answers are awaited.
//!
//! That a request was sent matters where another exchange is judged meanwhile, and most are answered before. So they wait here
//! until then, and one that was answered is read once and not twice.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use grantscope_oauth::{Exchange, ExchangeId};

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

    /// A request counts as not sent after all. It is given back where the engine was not told of it yet.
    pub(super) fn withdraw(&self, id: ExchangeId) -> Option<Arc<Exchange>> {
        let mut waiting = self.waiting();
        let at = waiting.iter().position(|request| request.id == id)?;
        Some(waiting.remove(at))
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Exchange>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use grantscope_oauth::{Body, Headers, Peer, Request, RequestUrl, Timings};

    use super::*;

    fn request(id: u64) -> Arc<Exchange> {
        Arc::new(Exchange {
            id: ExchangeId(id),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            request: Request {
                method: http::Method::POST,
                url: RequestUrl::new("https://idp.test/token"),
                version: http::Version::HTTP_2,
                headers: Headers::default(),
                body: Body::default(),
            },
            response: None,
            timings: Timings::default(),
            peer: Peer::default(),
        })
    }

    #[test]
    fn what_is_withdrawn_is_not_told_of() {
        let sent = Sent::default();
        for id in [1, 2, 3] {
            sent.push(request(id));
        }
        let withdrawn = sent.withdraw(ExchangeId(2)).map(|request| request.id);
        assert_eq!(withdrawn, Some(ExchangeId(2)));
        assert!(sent.withdraw(ExchangeId(2)).is_none());
        let left: Vec<_> = sent.take().iter().map(|request| request.id).collect();
        assert_eq!(left, [ExchangeId(1), ExchangeId(3)]);
    }
}
