//! The thread that examines: on it the engine works.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use anyhow::Result;
use grantscope_oauth::{
    Exchange, ExchangeId, Grant, Reader, Reading, RequestMessage, ResponseMessage, TokenRequest,
};

use super::recorder::Record;
use super::sent::Sent;
use super::waiting::Waiting;
use crate::engine::{Engine, Finding, Seen};
use crate::render;

/// What the engine is told.
pub(super) enum Examine {
    /// Exchanges are over.
    Finished(Vec<Finished>),
    /// The server has not dealt with a request that was sent.
    Withdrawn(ExchangeId),
    /// The configuration has changed: what comes is read with this.
    Adopt(Arc<Reader>),
    /// Nothing more comes.
    Stop,
}

/// An exchange that is over.
pub(super) struct Finished {
    pub(super) exchange: Arc<Exchange>,
    /// Whether it has been recorded.
    pub(super) recorded: bool,
    pub(super) reading: Reading,
}

/// What the examiner shares with the tap.
#[derive(Default)]
pub(super) struct Ahead {
    /// How much waits to be looked at.
    pub(super) waiting: Waiting,
    /// Requests that were sent.
    pub(super) sent: Sent,
    /// Whether the log tells of the grants that were granted.
    pub(super) tells_grants: bool,
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
    ahead: Arc<Ahead>,
) -> Result<()> {
    super::spawn("engine", move || {
        let mut ending = Ending {
            record,
            seen: Seen::default(),
        };
        for exchange in history() {
            engine.remember(&exchange);
        }
        work(&mut engine, &examine, &ending.record, &ahead);
        ending.seen = engine.seen();
    })?;
    Ok(())
}

fn work(engine: &mut Engine, examine: &Receiver<Examine>, record: &Sender<Record>, ahead: &Ahead) {
    while let Ok(next) = examine.recv() {
        match next {
            Examine::Finished(finished) => examined(engine, finished, record, ahead),
            Examine::Withdrawn(id) => engine.withdrawn(id),
            Examine::Adopt(reader) => engine.adopt(reader),
            Examine::Stop => break,
        }
        tell_lost(&ahead.waiting);
    }
    tell_sent(engine, ahead);
}

/// Exchanges that ended together are all observed before the first of them is judged: concurrent ones explain each other.
fn examined(engine: &mut Engine, finished: Vec<Finished>, record: &Sender<Record>, ahead: &Ahead) {
    ahead.sent.over(finished.iter().map(|it| it.exchange.id));
    if finished.iter().any(|it| depends_on_others(&it.reading)) {
        tell_sent(engine, ahead);
    }
    let observed = finished.into_iter().map(|it| {
        engine.observe(it.reading);
        (it.exchange, it.recorded)
    });
    for (exchange, recorded) in observed.collect::<Vec<_>>() {
        let mut findings = engine.judge(&exchange);
        findings.retain(|it| ahead.tells_grants || !matches!(it, Finding::Granted(_)));
        ahead.waiting.done(&exchange);
        if !findings.is_empty() {
            found(record, exchange, recorded, findings);
        }
    }
}

/// Whether what is said of an exchange may depend on requests that are under way: of a refusal it may, and of a refresh token, which
/// may be presented twice at once.
fn depends_on_others(reading: &Reading) -> bool {
    let is_refresh = |request: &TokenRequest| matches!(request.grant, Grant::RefreshToken { .. });
    match &reading.request {
        RequestMessage::Token(request) if is_refresh(request) => true,
        RequestMessage::Other => false,
        _ => !matches!(reading.response, Some(ResponseMessage::Token(_))),
    }
}

/// Tells the engine which requests are under way.
fn tell_sent(engine: &Engine, ahead: &Ahead) {
    for request in ahead.sent.take() {
        engine.request_sent(&request);
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
