//! A future whose panic ends itself and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives `None` where the inner future panics.
pub(crate) struct Contained<T>(Pin<Box<dyn Future<Output = T> + Send>>);

impl<T> Contained<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl<T> Future for Contained<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let inner = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| inner.poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_none() {
        assert_eq!(Contained::new(async { 1 }).await, Some(1));
        let panicking: Contained<u8> = Contained::new(async { panic!("a bug") });
        assert_eq!(panicking.await, None);
    }
}
