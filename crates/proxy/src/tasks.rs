//! What a client connection runs besides itself: its connections to servers, and the exchanges of HTTP/2.
//!
//! All of it runs in the task of the client's connection. A message that goes from one leg to the other then wakes no
//! other thread, which would cost more than all that is done to the message.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

/// What ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A connection to a server.
    Server,
    /// Something that nobody waits for.
    Other,
}

type Task = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// Where tasks are handed in. They begin when [`Tasks`] is polled next.
#[derive(Clone, Default)]
pub(crate) struct Spawner(Arc<Mutex<Vec<Task>>>);

impl Spawner {
    /// To be called within the task that polls [`Tasks`], which is not woken.
    pub(crate) fn spawn(&self, task: impl Future<Output = Ended> + Send + 'static) {
        lock(&self.0).push(Box::pin(task));
    }
}

/// The tasks of a client connection.
#[derive(Default)]
pub(crate) struct Tasks {
    spawned: Spawner,
    running: FuturesUnordered<Task>,
}

impl Tasks {
    /// Where more are handed in.
    pub(crate) fn spawner(&self) -> Spawner {
        self.spawned.clone()
    }

    /// Lets all go on that can; is ready when a connection to a server has ended.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.running.extend(lock(&self.spawned.0).drain(..));
            match self.running.poll_next_unpin(cx) {
                Poll::Ready(Some(Ended::Other)) => {}
                Poll::Ready(Some(Ended::Server)) => return Poll::Ready(()),
                Poll::Ready(None) | Poll::Pending => {
                    if !self.have_more() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    /// Lets all go on until `future` ends.
    pub(crate) async fn run_until<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            while self.poll(cx).is_ready() {}
            Poll::Pending
        })
        .await
    }

    /// Lets all go on until none is left.
    pub(crate) async fn run(mut self) {
        std::future::poll_fn(|cx| {
            while self.poll(cx).is_ready() {}
            if self.running.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Whether some were handed in that have not begun.
    pub(crate) fn have_more(&self) -> bool {
        !lock(&self.spawned.0).is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.running.len() + lock(&self.spawned.0).len()
    }
}

impl Drop for Tasks {
    /// What was never begun may hold what hands it in, and would keep it alive.
    fn drop(&mut self) {
        let unbegun = std::mem::take(&mut *lock(&self.spawned.0));
        drop(unbegun);
    }
}

fn lock(tasks: &Mutex<Vec<Task>>) -> std::sync::MutexGuard<'_, Vec<Task>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_may_spawn_another() {
        let mut tasks = Tasks::default();
        let spawner = tasks.spawner();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        spawner.spawn({
            let spawner = spawner.clone();
            async move {
                spawner.spawn(async move {
                    sender.send(1).unwrap();
                    Ended::Other
                });
                Ended::Other
            }
        });
        assert_eq!(tasks.run_until(receiver).await, Ok(1));
        tasks.run().await;
    }
}
