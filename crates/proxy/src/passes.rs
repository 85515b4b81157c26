//! Polls several futures within one task, each only when it was woken, until none of them can go on.
//!
//! Where one of them wakes another, the runtime would put the whole task into its queue again, and wake another thread
//! that may steal it. Here it is only noted. And to poll a connection on which nothing happened takes as long as to parse a
//! message.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// After so many passes other tasks of the thread have their turn.
const PASSES_MAX: usize = 32;

/// What polls the parts of a task in passes.
pub(crate) struct Passes<const PARTS: usize> {
    passing: Arc<Passing>,
    parts: [(Arc<Part>, Waker); PARTS],
}

/// What the parts have in common.
#[derive(Default)]
struct Passing {
    /// Whether a pass is under way, which notices by itself that it has to be repeated.
    is_under_way: AtomicBool,
    task: AtomicWaker,
}

/// The waker of a part.
struct Part {
    passing: Arc<Passing>,
    is_woken: AtomicBool,
}

impl<const PARTS: usize> Passes<PARTS> {
    /// All parts are polled once at first.
    pub(crate) fn new() -> Self {
        let passing = Arc::<Passing>::default();
        let parts = array::from_fn(|_| {
            let part = Arc::new(Part {
                passing: Arc::clone(&passing),
                is_woken: AtomicBool::new(true),
            });
            (Arc::clone(&part), Waker::from(part))
        });
        Self { passing, parts }
    }

    /// Has a part polled.
    pub(crate) fn wake(&self, part: usize) {
        self.parts[part].1.wake_by_ref();
    }

    /// Polls the parts that were woken by `poll`, which is told which it is, as long as there are any.
    pub(crate) fn poll<T>(
        &self,
        cx: &Context<'_>,
        mut poll: impl FnMut(usize, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.passing.task.register(cx.waker());
        let is_under_way = &self.passing.is_under_way;
        is_under_way.store(true, Ordering::SeqCst);
        for _ in 0..PASSES_MAX {
            if !self.are_woken() {
                is_under_way.store(false, Ordering::SeqCst);
                // Whoever woke one of them just before saw a pass under way.
                if self.are_woken() {
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
            let polled = self.pass(&mut poll);
            if polled.is_ready() {
                is_under_way.store(false, Ordering::SeqCst);
                return polled;
            }
        }
        is_under_way.store(false, Ordering::SeqCst);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn are_woken(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|(part, _)| part.is_woken.load(Ordering::SeqCst))
    }

    fn pass<T>(&self, poll: &mut impl FnMut(usize, &mut Context<'_>) -> Poll<T>) -> Poll<T> {
        for (at, (part, waker)) in self.parts.iter().enumerate() {
            if part.is_woken.swap(false, Ordering::SeqCst) {
                let polled = poll(at, &mut Context::from_waker(waker));
                if polled.is_ready() {
                    return polled;
                }
            }
        }
        Poll::Pending
    }
}

impl Wake for Part {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        if !self.passing.is_under_way.load(Ordering::SeqCst) {
            self.passing.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_wakes_itself_is_polled_again_and_gives_others_their_turn() {
        let passes = Passes::<1>::new();
        let (mut polled, mut turns) = (0, 0);
        std::future::poll_fn(|cx| {
            turns += 1;
            passes.poll(cx, |_, cx| {
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
        let passes = Passes::<1>::new();
        let (sender, mut receiver) = tokio::sync::oneshot::channel();
        let sending = tokio::spawn(async move { sender.send(7) });
        let received = std::future::poll_fn(|cx| {
            passes.poll(cx, |_, cx| std::pin::Pin::new(&mut receiver).poll(cx))
        })
        .await;
        assert_eq!(received, Ok(7));
        sending.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_part_is_polled_once_and_then_where_it_was_woken() {
        let passes = Passes::<3>::new();
        let mut order = Vec::new();
        std::future::poll_fn(|cx| {
            passes.poll(cx, |part, _| {
                order.push(part);
                match order.len() {
                    // The third wakes the first.
                    3 => passes.wake(0),
                    4 => return Poll::Ready(()),
                    _ => {}
                }
                Poll::Pending
            })
        })
        .await;
        assert_eq!(order, [0, 1, 2, 0]);
    }
}
