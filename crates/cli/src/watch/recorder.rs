//! The thread that records: exchanges as they come, and what was found in them. Then it tells that.

use std::iter;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use grantscope_capture::store::Bounds;
use grantscope_oauth::{Exchange, Reader};
use grantscope_proxy::Notice;

use super::examiner::Examine;
use crate::coverage::{Coverage, End};
use crate::engine::{Finding, Seen, belongs};
use crate::sinks::Sinks;

/// So many events that wait are written to disk in one piece.
const SETTLED_TOGETHER_MAX: usize = 64;

/// What the recorder is told.
pub(super) enum Record {
    /// An exchange is over.
    Finished(Arc<Exchange>),
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
    mut reader: Arc<Reader>,
    mut sinks: Sinks,
    records: &Receiver<Record>,
    examine: &Sender<Examine>,
) -> Seen {
    sinks.retain();
    let mut coverage = Coverage::default();
    let (mut seen, mut end) = (Seen::default(), End::default());
    'working: while let Ok(first) = records.recv() {
        let more = iter::from_fn(|| records.try_recv().ok());
        for record in iter::once(first).chain(more).take(SETTLED_TOGETHER_MAX) {
            let next = match record {
                Record::Finished(exchange) => {
                    Some(finished(&reader, &mut coverage, &mut sinks, exchange))
                }
                Record::Adopt {
                    reader: adopted,
                    bounds,
                } => {
                    reader = Arc::clone(&adopted);
                    sinks.keep_within(bounds);
                    Some(Examine::Adopt(adopted))
                }
                Record::Stop(known) => {
                    end = known;
                    Some(Examine::Stop)
                }
                Record::Notice(notice) => {
                    sinks.notice(&notice);
                    sinks.gaps(coverage.notice(&notice));
                    None
                }
                Record::Found {
                    exchange,
                    recorded,
                    findings,
                } => {
                    // What is warned of is stored, so that the stored session warns of it again.
                    if !recorded {
                        sinks.exchange(&exchange);
                    }
                    sinks.findings(findings);
                    None
                }
                Record::Examined(all) => {
                    seen = all;
                    break 'working;
                }
            };
            if next.is_some_and(|next| examine.send(next).is_err()) {
                tracing::error!("the engine failed: findings are missing; please report this");
            }
        }
        sinks.settle();
    }
    sinks.close(&seen.at_end, coverage.at_end(&end));
    seen
}

fn finished(
    reader: &Reader,
    coverage: &mut Coverage,
    sinks: &mut Sinks,
    exchange: Arc<Exchange>,
) -> Examine {
    let reading = reader.read(&exchange);
    coverage.exchange(&reading);
    let recorded = belongs(&reading);
    if recorded {
        sinks.exchange(&exchange);
    }
    Examine::Finished {
        exchange,
        recorded,
        reading: Box::new(reading),
    }
}
