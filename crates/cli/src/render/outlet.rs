//! A thread that writes what is told, so that whoever reads slowly or not at all holds up nothing else: a paused terminal, a
//! pipe that is full.
//!
//! What waits is bounded. What finds no room is counted, and how much it was is told as soon as there is room again.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result};

/// So much may wait, in bytes.
const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The way to the thread. When it is dropped, all that waits is written first.
pub(crate) struct Outlet {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: String,
    /// So many texts found no room.
    lost: u64,
    ended: bool,
}

impl Outlet {
    /// Starts the thread. `write` may take its time; `lost` is told how many texts are missing after what was written before.
    pub(crate) fn start(
        mut write: impl FnMut(&str) + Send + 'static,
        lost: impl Fn(u64) + Send + 'static,
    ) -> Result<Self> {
        let shared = Arc::<Shared>::default();
        let waiting = Arc::clone(&shared);
        let thread = thread::Builder::new().name("outlet".to_owned());
        let thread = thread.spawn(move || {
            while let Some((text, missing)) = waiting.next() {
                write(&text);
                if missing > 0 {
                    lost(missing);
                }
            }
        });
        let thread = thread.context("starting the thread “outlet”")?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Has a text written. Returns at once.
    pub(crate) fn write(&self, text: &str) {
        let mut waiting = self.shared.waiting();
        let is_full = waiting.text.len() + text.len() > WAITING_BYTES_MAX;
        if is_full || waiting.lost > 0 {
            waiting.lost += 1;
        } else {
            waiting.text.push_str(text);
        }
        self.shared.changed.notify_one();
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.waiting().ended = true;
        self.shared.changed.notify_one();
        let ended = self.thread.take().map(JoinHandle::join);
        if matches!(ended, Some(Err(_))) {
            tracing::error!("what was told could not be written: please report this");
        }
    }
}

impl Shared {
    /// What waits, and how many texts are missing after it; `None` where no more comes.
    fn next(&self) -> Option<(String, u64)> {
        let is_idle = |waiting: &mut Waiting| waiting.text.is_empty() && !waiting.ended;
        let waiting = self.changed.wait_while(self.waiting(), is_idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let text = mem::take(&mut waiting.text);
        (!text.is_empty()).then(|| (text, mem::take(&mut waiting.lost)))
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn who_does_not_read_holds_up_nobody_and_is_told_how_much_is_missing() {
        let (wrote, written) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let told = wrote.clone();
        let outlet = Outlet::start(
            move |text| {
                wrote.send(text.len() as u64).unwrap();
                may_go_on.recv().unwrap();
            },
            move |lost| told.send(lost).unwrap(),
        )
        .unwrap();
        outlet.write("a");
        assert_eq!(written.recv(), Ok(1));
        let half = "b".repeat(WAITING_BYTES_MAX / 2);
        // The third of them finds no room, and what comes after it must not come before it.
        for text in [half.as_str(), &half, &half, "c"] {
            outlet.write(text);
        }
        go_on.send(()).unwrap();
        assert_eq!(written.recv(), Ok(WAITING_BYTES_MAX as u64));
        go_on.send(()).unwrap();
        assert_eq!(written.recv(), Ok(2));
        outlet.write("d");
        go_on.send(()).unwrap();
        drop(outlet);
        assert_eq!(written.iter().collect::<Vec<_>>(), [1]);
    }
}
