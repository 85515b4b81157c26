//! Requests of whose answers the engine does not know yet.
//!
//! That a request was sent matters to few exchanges that are judged meanwhile, and most are answered before. So they wait here until
//! it does, and one that does not matter is read once and not twice.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use grantscope_oauth::{Exchange, ExchangeId};

/// Requests of which the engine was not told yet.
#[derive(Default)]
pub(super) struct Sent(Mutex<BTreeMap<ExchangeId, Request>>);

enum Request {
    /// Its answer is awaited. It is the proxy's, which makes the exchange of it without a copy if nobody else holds it.
    Awaited(Weak<Exchange>),
    /// The exchange is over, and on its way to the engine.
    Answered(Arc<Exchange>),
}

impl Sent {
    /// A request was sent.
    pub(super) fn add(&self, request: &Arc<Exchange>) {
        let awaited = Request::Awaited(Arc::downgrade(request));
        self.requests().insert(request.id, awaited);
    }

    /// The exchange is over, and on its way to the engine.
    pub(super) fn answered(&self, exchange: &Arc<Exchange>) {
        // Of one that is missing the engine was told.
        if let Some(request) = self.requests().get_mut(&exchange.id) {
            *request = Request::Answered(Arc::clone(exchange));
        }
    }

    /// The engine knows of these exchanges, or never will.
    pub(super) fn over(&self, exchanges: impl IntoIterator<Item = ExchangeId>) {
        let mut requests = self.requests();
        for exchange in exchanges {
            requests.remove(&exchange);
        }
    }

    /// A request counts as not sent after all. Returns whether the engine was not told of it yet.
    pub(super) fn withdraw(&self, request: ExchangeId) -> bool {
        self.requests().remove(&request).is_some()
    }

    /// All of them, without their answers, in the order in which they were begun.
    pub(super) fn take(&self) -> impl Iterator<Item = Arc<Exchange>> {
        let requests = mem::take(&mut *self.requests());
        requests.into_values().filter_map(|request| match request {
            Request::Awaited(request) => request.upgrade(),
            Request::Answered(exchange) => Some(Arc::new(unanswered(&exchange))),
        })
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn requests(&self) -> std::sync::MutexGuard<'_, BTreeMap<ExchangeId, Request>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unanswered(exchange: &Exchange) -> Exchange {
    Exchange {
        id: exchange.id,
        started_at: exchange.started_at,
        request: exchange.request.clone(),
        response: None,
        timings: exchange.timings,
        peer: exchange.peer,
    }
}

#[cfg(test)]
mod tests {
    use grantscope_oauth::{Body, Headers, Peer, Request, RequestUrl, Response, Timings};

    use super::*;

    fn exchange(id: u64, response: Option<Response>) -> Arc<Exchange> {
        Arc::new(Exchange {
            id: ExchangeId(id),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            request: Request {
                method: http::Method::POST,
                url: RequestUrl::new("https://idp.test/token"),
                version: http::Version::HTTP_11,
                headers: Headers::default(),
                body: Body::default(),
            },
            response,
            timings: Timings::default(),
            peer: Peer::default(),
        })
    }

    fn answered(id: u64) -> Arc<Exchange> {
        let response = Response {
            status: 200,
            version: http::Version::HTTP_11,
            headers: Headers::default(),
            body: Body::default(),
        };
        exchange(id, Some(response))
    }

    #[test]
    fn what_the_engine_does_not_know_yet_is_told_once_and_without_answers() {
        let sent = Sent::default();
        let first = exchange(1, None);
        sent.add(&first);
        for id in [2, 3, 4, 5] {
            sent.add(&exchange(id, None));
        }
        sent.answered(&answered(2));
        sent.answered(&answered(3));
        sent.over([ExchangeId(3)]);
        assert!(sent.withdraw(ExchangeId(5)) && !sent.withdraw(ExchangeId(5)));
        let told: Vec<_> = sent.take().collect();
        let ids: Vec<_> = told.iter().map(|it| it.id.0).collect();
        assert_eq!(
            ids,
            [1, 2],
            "3 is over, 4 was let go of by the proxy, and 5 is withdrawn"
        );
        assert!(Arc::ptr_eq(&told[0], &first) && told[1].response.is_none());
        sent.answered(&answered(1));
        assert_eq!(sent.take().count(), 0);
    }
}
