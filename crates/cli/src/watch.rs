//! The tap of the proxy: it hands each exchange to a thread of its own, on which the engine works.
//!
//! Traffic comes first: whatever happens here, the proxied bytes have gone their way already.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result};
use grantscope_oauth::{Exchange, Headers, Reader};
use grantscope_proxy::{Interest, Notice, Outcome, Tap};

use crate::engine::{Engine, Seen};
use crate::sinks::Sinks;

/// How many exchanges may wait for the engine. Beyond that, those without OAuth are dropped and counted.
const WAITING_MAX: usize = 65_536;

enum Event {
    Sent(Arc<Exchange>),
    Finished(Arc<Exchange>),
    Notice(Notice),
    Stop,
}

/// Takes what the proxy sees.
pub(crate) struct Watch {
    events: Sender<Event>,
    reader: Arc<Reader>,
    waiting: Arc<AtomicUsize>,
}

/// The thread on which the engine works.
pub(crate) struct Watching {
    events: Sender<Event>,
    thread: JoinHandle<Seen>,
}

/// Starts the thread. It reads the `history` first, while exchanges wait for it already.
pub(crate) fn start(
    engine: Engine,
    sinks: Sinks,
    history: impl FnOnce() -> Vec<Exchange> + Send + 'static,
) -> Result<(Arc<Watch>, Watching)> {
    let (events, received) = mpsc::channel();
    let reader = Arc::clone(engine.reader());
    let waiting = Arc::new(AtomicUsize::new(0));
    let taken = Arc::clone(&waiting);
    let thread = thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || work(engine, sinks, history, &received, &taken))
        .context("starting the engine's thread")?;
    let watch = Watch {
        events: events.clone(),
        reader,
        waiting,
    };
    Ok((Arc::new(watch), Watching { events, thread }))
}

impl Watching {
    /// Waits until all that was seen has been worked on and written.
    pub(crate) fn finish(self) -> Seen {
        if self.events.send(Event::Stop).is_err() {
            tracing::error!("the engine has stopped before its time");
        }
        self.thread.join().unwrap_or_else(|_| {
            tracing::error!("the engine failed: findings may be missing; please report this");
            Seen::default()
        })
    }
}

impl Watch {
    fn send(&self, event: Event) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.events.send(event).is_err() {
            tracing::debug!("an exchange came after the engine had stopped");
        }
    }
}

impl Tap for Watch {
    fn wants(&self, request: &http::request::Parts) -> Interest {
        if self.waiting.load(Ordering::Relaxed) > WAITING_MAX
            && request.method != http::Method::POST
        {
            return Interest::Ignore;
        }
        let headers = Headers::from(&request.headers);
        if self
            .reader
            .concerns(&request.method, &request.uri.to_string(), &headers)
        {
            Interest::Full
        } else {
            // A redirect that carries a code may answer any request: its head is enough to see that.
            Interest::HeadOnly
        }
    }

    fn request_sent(&self, exchange: Arc<Exchange>) {
        self.send(Event::Sent(exchange));
    }

    fn response_received(&self, exchange: Arc<Exchange>, _outcome: Outcome) {
        self.send(Event::Finished(exchange));
    }

    fn notice(&self, notice: Notice) {
        self.send(Event::Notice(notice));
    }
}

fn work(
    mut engine: Engine,
    mut sinks: Sinks,
    history: impl FnOnce() -> Vec<Exchange>,
    events: &Receiver<Event>,
    waiting: &AtomicUsize,
) -> Seen {
    for exchange in history() {
        engine.remember(&exchange);
    }
    while let Ok(event) = events.recv() {
        waiting.fetch_sub(1, Ordering::Relaxed);
        match event {
            Event::Sent(exchange) => engine.request_sent(&exchange),
            Event::Finished(exchange) => {
                let examined = engine.finished(&exchange);
                sinks.write(&exchange, &examined);
            }
            Event::Notice(notice) => sinks.notice(&notice),
            Event::Stop => break,
        }
    }
    sinks.close();
    engine.seen()
}
