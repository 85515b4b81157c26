//! The thread that records: exchanges as they come, and what was found in them. Then it tells that.

use std::iter;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use grantscope_capture::store::Bounds;
use grantscope_oauth::{Exchange, ExchangeId, Reader};
use grantscope_proxy::Notice;

use super::examiner::{Examine, Finished};
use crate::coverage::{Coverage, End};
use crate::engine::{Finding, Seen, belongs, granted};
use crate::sinks::Sinks;

/// So many events that wait are written to disk in one piece.
const TOGETHER_MAX: usize = 256;
/// So long more of them are waited for. It is nothing to whoever reads the log, and while it lasts no event wakes the thread.
const GATHERED: Duration = Duration::from_millis(2);

/// What the recorder is told.
pub(super) enum Record {
    /// An exchange is over.
    Finished(Arc<Exchange>),
    /// The server has not dealt with a request.
    Withdrawn(ExchangeId),
    /// Something about the coverage.
    Notice(Notice),
    /// What was found in an exchange.
    Found {
        exchange: Arc<Exchange>,
        /// Whether the exchange has been recorded.
        recorded: bool,
        findings: Vec<Finding>,
    },
    /// The configuration has changed.
    Adopt { reader: Arc<Reader>, bounds: Bounds },
    /// Nothing more comes from the proxy.
    Stop(End),
    /// Nothing more comes from the engine.
    Examined(Seen),
}

/// Works until the engine has examined all that came before [`Record::Stop`].
pub(super) fn work(
    reader: Arc<Reader>,
    sinks: Sinks,
    records: &Receiver<Record>,
    examine: &Sender<Examine>,
) -> Seen {
    let mut recorder = Recorder {
        reader,
        sinks,
        coverage: Coverage::default(),
        end: End::default(),
        seen: None,
    };
    recorder.sinks.retain();
    while recorder.seen.is_none()
        && let Some(first) = next(records)
    {
        let more = iter::from_fn(|| records.try_recv().ok());
        recorder.together(iter::once(first).chain(more).take(TOGETHER_MAX), examine);
    }
    recorder.close()
}

/// The next record. Where none waits, those are waited for that come soon after it.
fn next(records: &Receiver<Record>) -> Option<Record> {
    if let Ok(waiting) = records.try_recv() {
        return Some(waiting);
    }
    let first = records.recv().ok()?;
    thread::sleep(GATHERED);
    Some(first)
}

/// What the thread works with.
struct Recorder {
    reader: Arc<Reader>,
    sinks: Sinks,
    coverage: Coverage,
    end: End,
    /// What the engine has seen in all, once it has examined everything.
    seen: Option<Seen>,
}

impl Recorder {
    /// Records events in one piece: when this returns, they are on disk, and what was found among them is told.
    fn together(&mut self, records: impl Iterator<Item = Record>, examine: &Sender<Examine>) {
        let mut next = Vec::new();
        for record in records {
            match record {
                Record::Finished(exchange) => {
                    let finished = self.finished(exchange);
                    match next.last_mut() {
                        Some(Examine::Finished(together)) => together.push(finished),
                        _ => next.push(Examine::Finished(vec![finished])),
                    }
                }
                Record::Adopt { reader, bounds } => {
                    self.reader = Arc::clone(&reader);
                    self.sinks.keep_within(bounds);
                    next.push(Examine::Adopt(reader));
                }
                Record::Stop(known) => {
                    self.end = known;
                    next.push(Examine::Stop);
                }
                Record::Withdrawn(id) => next.push(Examine::Withdrawn(id)),
                Record::Notice(notice) => self.notice(&notice),
                Record::Found {
                    exchange,
                    recorded,
                    findings,
                } => self.found(&exchange, recorded, findings),
                Record::Examined(all) => self.seen = Some(all),
            }
        }
        for next in next {
            if examine.send(next).is_err() {
                tracing::error!("the engine failed: findings are missing; please report this");
            }
        }
        self.sinks.settle();
    }

    fn finished(&mut self, exchange: Arc<Exchange>) -> Finished {
        let reading = self.reader.read(&exchange);
        self.coverage.exchange(&reading);
        let recorded = belongs(&reading);
        if recorded {
            self.sinks.exchange(&exchange);
            self.sinks.granted(granted(&reading));
        } else {
            self.sinks.passed();
        }
        Finished {
            exchange,
            recorded,
            reading,
        }
    }

    fn notice(&mut self, notice: &Notice) {
        self.sinks.notice(notice);
        self.sinks.gaps(self.coverage.notice(notice));
    }

    fn found(&mut self, exchange: &Exchange, recorded: bool, findings: Vec<Finding>) {
        // What is warned of is stored, so that the stored session warns of it again.
        if !recorded {
            self.sinks.exchange(exchange);
        }
        self.sinks.findings(findings);
    }

    fn close(self) -> Seen {
        let seen = self.seen.unwrap_or_default();
        let gaps = self.coverage.at_end(&self.end);
        self.sinks.close(&seen.at_end, gaps);
        seen
    }
}
