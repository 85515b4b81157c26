//! The tap of the proxy: it hands each exchange to two threads, one that records and one that examines.
//!
//! Traffic comes first: whatever happens here, the proxied bytes have gone their way already. And what was seen is recorded
//! before it is examined, so that neither a long history nor a rule delays its way to the disk.

mod examiner;
mod recorder;
mod sent;
mod waiting;

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result};
use arc_swap::ArcSwap;
use grantscope_capture::store::Bounds;
use grantscope_oauth::{Exchange, ExchangeId, Providers, Reader, RequestUrl};
use grantscope_proxy::{Interest, Notice, Outcome, RequestHead, Tap};

use crate::coverage::End;
use crate::engine::{Engine, Seen};
use crate::sinks::Sinks;

use examiner::Ahead;
use recorder::Record;

/// Takes what the proxy sees.
pub(crate) struct Watch {
    record: Sender<Record>,
    reader: ArcSwap<Reader>,
    ahead: Arc<Ahead>,
}

/// The threads.
pub(crate) struct Watching {
    record: Sender<Record>,
    recorder: JoinHandle<Seen>,
}

/// Starts the threads. The one that examines reads the `history` first, while exchanges are recorded and wait for it already.
pub(crate) fn start(
    engine: Engine,
    sinks: Sinks,
    history: impl FnOnce() -> Vec<Exchange> + Send + 'static,
) -> Result<(Arc<Watch>, Watching)> {
    let (record, recorded) = mpsc::channel();
    let (examine, examined) = mpsc::channel();
    let reader = Arc::clone(engine.reader());
    let ahead = Arc::new(Ahead {
        tells_grants: sinks.tells_grants(),
        ..Ahead::default()
    });
    examiner::start(
        engine,
        history,
        examined,
        record.clone(),
        Arc::clone(&ahead),
    )?;
    let recorder = {
        let reader = Arc::clone(&reader);
        spawn("recorder", move || {
            recorder::work(reader, sinks, &recorded, &examine)
        })?
    };
    let watch = Watch {
        record: record.clone(),
        reader: ArcSwap::new(reader),
        ahead,
    };
    Ok((Arc::new(watch), Watching { record, recorder }))
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .with_context(|| format!("starting the thread “{name}”"))
}

impl Watching {
    /// Waits until all that was seen has been worked on and written.
    pub(crate) fn finish(self, end: End) -> Seen {
        if self.record.send(Record::Stop(end)).is_err() {
            tracing::error!("the recorder has stopped before its time");
        }
        self.recorder.join().unwrap_or_else(|_| {
            tracing::error!(
                "the recorder failed: the session may be incomplete; please report this"
            );
            Seen::default()
        })
    }
}

impl Watch {
    /// Knows other providers from now on, and stores within other bounds. What was learned of the traffic is kept.
    pub(crate) fn adopt(&self, providers: Arc<Providers>, bounds: Bounds) {
        let reader = Arc::new(self.reader.load().with_providers(providers));
        self.reader.store(Arc::clone(&reader));
        self.record(Record::Adopt { reader, bounds });
    }

    /// Nothing is kept of a request that the server has not dealt with: it would look like a presentation of its grant.
    fn withdraw(&self, id: ExchangeId) {
        if !self.ahead.sent.withdraw(id) {
            self.record(Record::Withdrawn(id));
        }
    }

    fn record(&self, record: Record) {
        if self.record.send(record).is_err() {
            tracing::debug!("an exchange came after the recorder had stopped");
        }
    }
}

impl Tap for Watch {
    fn wants(&self, request: &RequestHead<'_>) -> Interest {
        let concerns = self.reader.load().concerns(
            request.method(),
            request.path_and_query(),
            |name| request.field(name),
            || RequestUrl::new(request.url()),
        );
        if concerns {
            Interest::Full
        } else {
            // A redirect that carries a code may answer any request: its head is enough to see that.
            Interest::HeadOnly
        }
    }

    fn wants_answer(&self, response: &http::response::Parts) -> bool {
        response.headers.contains_key(http::header::LOCATION)
    }

    fn request_sent(&self, exchange: Arc<Exchange>) {
        self.ahead.sent.add(&exchange);
    }

    fn response_received(&self, exchange: Arc<Exchange>, outcome: Outcome) {
        let id = exchange.id;
        if outcome == Outcome::Refused {
            return self.withdraw(id);
        }
        match self.ahead.waiting.take(exchange) {
            Some(exchange) => {
                self.ahead.sent.answered(&exchange);
                self.record(Record::Finished(exchange));
            }
            None => self.ahead.sent.over([id]),
        }
    }

    fn notice(&self, notice: Notice) {
        self.record(Record::Notice(notice));
    }
}
