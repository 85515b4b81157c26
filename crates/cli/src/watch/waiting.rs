//! How much may wait to be looked at. Traffic is never held up for it, so that in the end something has to give way: first
//! large contents, which no message of OAuth has, and then exchanges. Neither is silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use grantscope_oauth::{Body, Exchange, Headers};

/// From so many bytes on large contents are left behind.
const CONTENTS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// From so many bytes on exchanges are left behind.
const WAITING_BYTES_MAX: usize = 12 * 1024 * 1024;
/// A content above is large, in bytes.
const LARGE_BYTES: usize = 64 * 1024;
/// What an exchange takes without its texts and contents, and a field without its text, in bytes: about as much as the
/// allocator gives for them.
const EXCHANGE_BYTES: usize = 1024;
const FIELD_BYTES: usize = 112;

/// What waits.
#[derive(Default)]
pub(super) struct Waiting {
    bytes: AtomicUsize,
    /// How many exchanges were left behind of which nobody was told.
    lost: AtomicU64,
}

impl Waiting {
    /// Takes in an exchange, as it is or without its contents; `None` where it has to be left behind.
    pub(super) fn take(&self, exchange: Arc<Exchange>) -> Option<Arc<Exchange>> {
        let waiting = self.bytes.load(Ordering::Relaxed);
        let exchange = match waiting {
            ..CONTENTS_BYTES_MAX => exchange,
            CONTENTS_BYTES_MAX..WAITING_BYTES_MAX => without_large_contents(exchange),
            _ => {
                self.lost.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        };
        self.bytes.fetch_add(size(&exchange), Ordering::Relaxed);
        Some(exchange)
    }

    /// The exchange waits no longer.
    pub(super) fn done(&self, exchange: &Exchange) {
        self.bytes.fetch_sub(size(exchange), Ordering::Relaxed);
    }

    /// How many exchanges were left behind since this was told last, once none are any more.
    pub(super) fn take_lost(&self) -> u64 {
        let is_behind = self.bytes.load(Ordering::Relaxed) >= CONTENTS_BYTES_MAX;
        if is_behind || self.lost.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        self.lost.swap(0, Ordering::Relaxed)
    }
}

fn without_large_contents(exchange: Arc<Exchange>) -> Arc<Exchange> {
    let is_large = |body: &Body| body.bytes.len() > LARGE_BYTES;
    let answered = exchange.response.as_ref();
    if !is_large(&exchange.request.body) && !answered.is_some_and(|it| is_large(&it.body)) {
        return exchange;
    }
    let mut exchange = Arc::unwrap_or_clone(exchange);
    let response = exchange.response.as_mut();
    for body in [
        Some(&mut exchange.request.body),
        response.map(|it| &mut it.body),
    ] {
        if let Some(body) = body.filter(|body| is_large(body)) {
            body.bytes = Body::default().bytes;
            body.truncated = true;
        }
    }
    Arc::new(exchange)
}

fn size(exchange: &Exchange) -> usize {
    let request = &exchange.request;
    let of_request =
        fields(&request.headers) + request.url.as_str().len() + request.body.bytes.len();
    let of_response = (exchange.response.as_ref()).map_or(0, |response| {
        fields(&response.headers) + response.body.bytes.len()
    });
    EXCHANGE_BYTES + of_request + of_response
}

fn fields(headers: &Headers) -> usize {
    let sizes = headers.iter().map(|(name, value)| name.len() + value.len());
    sizes.map(|size| size + FIELD_BYTES).sum()
}

#[cfg(test)]
mod tests {
    use grantscope_oauth::{ExchangeId, Peer, Request, RequestUrl, Timings};

    use super::*;

    fn exchange(content: usize) -> Arc<Exchange> {
        Arc::new(Exchange {
            id: ExchangeId(1),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            request: Request {
                method: http::Method::POST,
                url: RequestUrl::new("https://idp.test/token"),
                version: http::Version::HTTP_11,
                headers: Headers::default(),
                body: Body::whole(vec![0; content]),
            },
            response: None,
            timings: Timings::default(),
            peer: Peer::default(),
        })
    }

    #[test]
    fn large_contents_give_way_first_and_then_exchanges() {
        let waiting = Waiting::default();
        let large = exchange(1024 * 1024);
        let mut whole = 0;
        let first_without = loop {
            let taken = waiting.take(Arc::clone(&large)).unwrap();
            if taken.request.body.truncated {
                break taken;
            }
            whole += 1;
        };
        assert_eq!(whole, 8);
        assert_eq!(first_without.request.body.size, 1024 * 1024);
        let small = exchange(16 * 1024);
        while let Some(taken) = waiting.take(Arc::clone(&small)) {
            assert!(!taken.request.body.truncated);
        }
        assert!(waiting.bytes.load(Ordering::Relaxed) < WAITING_BYTES_MAX + LARGE_BYTES);
        assert_eq!(waiting.take_lost(), 0);
        for _ in 0..10 {
            waiting.done(&large);
        }
        assert_eq!((waiting.take_lost(), waiting.take_lost()), (1, 0));
        assert!(waiting.take(small).is_some());
    }
}
