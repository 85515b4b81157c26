//! The thread that examines: on it the engine works.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use anyhow::Result;
use grantscope_oauth::{Exchange, Reader, Reading};

use super::recorder::Record;
use super::waiting::Waiting;
use crate::engine::{Engine, Finding, Seen};
use crate::render;

/// What the engine is told.
pub(super) enum Examine {
    /// A request was sent.
    Sent(Arc<Exchange>),
    /// An exchange is over.
    Finished {
        exchange: Arc<Exchange>,
        recorded: bool,
        reading: Box<Reading>,
    },
    /// The configuration has changed: what comes is read with this.
    Adopt(Arc<Reader>),
    /// Nothing more comes.
    Stop,
}

/// Tells the recorder that nothing more comes, also where the engine fails.
struct Ending {
    record: Sender<Record>,
    seen: Seen,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        if self.record.send(Record::Examined(seen)).is_err() {
            tracing::debug!("the recorder has stopped before the engine");
        }
    }
}

/// Starts the thread.
pub(super) fn start(
    mut engine: Engine,
    history: impl FnOnce() -> Vec<Exchange> + Send + 'static,
    examine: Receiver<Examine>,
    record: Sender<Record>,
    waiting: Arc<Waiting>,
) -> Result<()> {
    super::spawn("engine", move || {
        let mut ending = Ending {
            record,
            seen: Seen::default(),
        };
        for exchange in history() {
            engine.remember(&exchange);
        }
        work(&mut engine, &examine, &ending.record, &waiting);
        ending.seen = engine.seen();
    })?;
    Ok(())
}

fn work(
    engine: &mut Engine,
    examine: &Receiver<Examine>,
    record: &Sender<Record>,
    waiting: &Waiting,
) {
    while let Ok(next) = examine.recv() {
        match next {
            Examine::Sent(exchange) => {
                engine.request_sent(&exchange);
                waiting.done(&exchange);
            }
            Examine::Finished {
                exchange,
                recorded,
                reading,
            } => {
                let findings = engine.read(&exchange, *reading);
                waiting.done(&exchange);
                if !findings.is_empty() {
                    found(record, exchange, recorded, findings);
                }
            }
            Examine::Adopt(reader) => engine.adopt(reader),
            Examine::Stop => break,
        }
        tell_lost(waiting);
    }
}

fn tell_lost(waiting: &Waiting) {
    match waiting.take_lost() {
        0 => {}
        lost => render::warn(&format!(
            "{lost} exchanges came faster than they can be looked at: what they would have shown is missing"
        )),
    }
}

fn found(record: &Sender<Record>, exchange: Arc<Exchange>, recorded: bool, findings: Vec<Finding>) {
    let found = Record::Found {
        exchange,
        recorded,
        findings,
    };
    if record.send(found).is_err() {
        tracing::debug!("the recorder has stopped before the engine");
    }
}
