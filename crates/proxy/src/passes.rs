//! Polls several futures within one task until none of them can go on.
//!
//! Where one of them wakes another, the runtime would put the whole task into its queue again, and wake another thread
//! that may steal it. Here it is only noted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// After so many passes other tasks of the thread have their turn.
const PASSES_MAX: usize = 32;

/// What polls the futures of a task in passes.
pub(crate) struct Passes {
    woken: Arc<Woken>,
    waker: Waker,
}

/// The waker of the futures.
#[derive(Default)]
struct Woken {
    /// Whether a pass is under way, which notices by itself that it has to be repeated.
    passing: AtomicBool,
    again: AtomicBool,
    task: AtomicWaker,
}

impl Passes {
    pub(crate) fn new() -> Self {
        let woken = Arc::<Woken>::default();
        Self {
            waker: Waker::from(Arc::clone(&woken)),
            woken,
        }
    }

    /// Repeats `pass`, which polls all of the futures, as long as one of them was woken meanwhile.
    pub(crate) fn poll<T>(
        &self,
        cx: &Context<'_>,
        mut pass: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let Woken {
            passing,
            again,
            task,
        } = self.woken.as_ref();
        task.register(cx.waker());
        let mut inner = Context::from_waker(&self.waker);
        passing.store(true, Ordering::SeqCst);
        for _ in 0..PASSES_MAX {
            again.store(false, Ordering::SeqCst);
            let polled = pass(&mut inner);
            if polled.is_ready() || !again.load(Ordering::SeqCst) {
                passing.store(false, Ordering::SeqCst);
                // Whoever woke one of the futures just before saw a pass under way.
                if polled.is_pending() && again.load(Ordering::SeqCst) {
                    cx.waker().wake_by_ref();
                }
                return polled;
            }
        }
        passing.store(false, Ordering::SeqCst);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.again.store(true, Ordering::SeqCst);
        if !self.passing.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_wakes_itself_is_polled_again_and_gives_others_their_turn() {
        let passes = Passes::new();
        let (mut polled, mut turns) = (0, 0);
        std::future::poll_fn(|cx| {
            turns += 1;
            passes.poll(cx, |cx| {
                polled += 1;
                cx.waker().wake_by_ref();
                if polled > PASSES_MAX {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
        })
        .await;
        assert_eq!((polled, turns), (PASSES_MAX + 1, 2));
    }

    #[tokio::test]
    async fn what_is_woken_from_elsewhere_wakes_the_task() {
        let passes = Passes::new();
        let (sender, mut receiver) = tokio::sync::oneshot::channel();
        let sending = tokio::spawn(async move { sender.send(7) });
        let received = std::future::poll_fn(|cx| {
            passes.poll(cx, |cx| std::pin::Pin::new(&mut receiver).poll(cx))
        })
        .await;
        assert_eq!(received, Ok(7));
        sending.await.unwrap().unwrap();
    }
}
