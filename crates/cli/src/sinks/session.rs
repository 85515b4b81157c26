//! The session of this run in the store. A store that fails is told of once, tried again, and never stops the traffic.

use std::path::{Path, PathBuf};

use anyhow::Result;
use grantscope_capture::har::Import;
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{
    Batch, Beginning, Bounds, Granted, SessionWriter, Store, StoreError,
};
use grantscope_oauth::{Exchange, ExchangeId};
use serde_json::Value;

use crate::args::Common;
use crate::clock;
use crate::render;
use crate::settings::Settings;

/// Writes the session of this run.
pub(super) struct SessionSink {
    /// `None` where the database was deleted, and no other could be begun yet.
    writer: Option<SessionWriter>,
    data_dir: PathBuf,
    name: String,
    next_exchange: ExchangeId,
    beginning: Beginning,
    batch: Batch,
    bounds: Bounds,
    /// How much was written since the bounds were looked at, in bytes.
    unchecked: u64,
    failing: Option<Failing>,
}

/// The store fails for the time being.
#[derive(Default)]
struct Failing {
    /// So many exchanges could not be written.
    missing: usize,
}

/// After such a part of what may be stored, it is seen to that no more is.
const CHECKED_PER_BOUND: u64 = 16;

impl SessionSink {
    /// Begins the session under the name that was asked for, or that of its time; `None` where it cannot be stored.
    pub(super) fn begin(settings: &Settings, common: &Common) -> Result<Option<Self>> {
        let name = common.session.clone().unwrap_or_else(name_of_now);
        match begin(&settings.data_dir, &name) {
            Ok(writer) => Ok(Some(Self {
                next_exchange: writer.next_exchange(),
                beginning: writer.beginning(),
                writer: Some(writer),
                data_dir: settings.data_dir.clone(),
                name,
                batch: Batch::default(),
                bounds: settings.sessions.bounds(),
                unchecked: 0,
                failing: None,
            })),
            // Who names a session wants it.
            Err(error) if common.session.is_some() => Err(error.into()),
            Err(error) => {
                warn(error, "the session is not stored");
                Ok(None)
            }
        }
    }

    /// The number of the next exchange.
    pub(super) fn next_exchange(&self) -> ExchangeId {
        self.next_exchange
    }

    /// Up to where the store had been written when the session was begun.
    pub(super) fn beginning(&self) -> Beginning {
        self.beginning
    }

    /// Takes an exchange, to be written with the next [`commit`](Self::commit).
    pub(super) fn exchange(&mut self, exchange: &Exchange, redactor: &Redactor) {
        if let Err(error) = self.batch.exchange(&redactor.redact(exchange)) {
            tracing::error!(%error, "an exchange could not be put into words: please report it");
        }
    }

    /// Takes a finding, to be written with the next [`commit`](Self::commit), and gives it as JSON.
    pub(super) fn finding(&mut self, finding: &FindingV1) -> Option<&str> {
        match self.batch.finding(finding) {
            Ok(json) => Some(json),
            Err(error) => {
                tracing::error!(%error, "a finding could not be put into words: please report it");
                None
            }
        }
    }

    /// Takes a grant that was granted, to be written with the next [`commit`](Self::commit).
    pub(super) fn granted(&mut self, granted: Granted) {
        self.batch.granted(granted);
    }

    /// The name of the session.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Writes what was taken.
    pub(super) fn commit(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        match self.write() {
            Ok(()) => self.committed(),
            Err(error) => self.failed(error),
        }
        self.batch.clear();
        if self.unchecked > self.bounds.bytes_max / CHECKED_PER_BOUND {
            self.retain();
        }
    }

    /// Writes the batch. Where the database was deleted, the session goes on in a new one.
    fn write(&mut self) -> Result<(), StoreError> {
        if let Some(writer) = &mut self.writer {
            match writer.write(&self.batch) {
                Err(error @ StoreError::Gone { .. }) => warn(
                    error,
                    "what was stored before is missing, and the session goes on in a new database",
                ),
                written => return written,
            }
        }
        // Its lock is given back, before the one of the new database is taken.
        self.writer = None;
        let writer = begin(&self.data_dir, &self.name)?;
        self.writer.insert(writer).write(&self.batch)
    }

    fn committed(&mut self) {
        self.unchecked += self.batch.bytes() as u64;
        if let Some(failing) = self.failing.take() {
            render::warn(&format!(
                "the session is stored again; {} exchanges are missing from it",
                failing.missing
            ));
        }
    }

    fn failed(&mut self, error: StoreError) {
        if self.failing.is_none() {
            warn(
                error,
                "what is seen is missing from the session until that is mended",
            );
        }
        self.failing.get_or_insert_default().missing += self.batch.exchanges();
    }

    /// Keeps within other bounds from now on.
    pub(super) fn keep_within(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// Deletes what is too old or too much.
    pub(super) fn retain(&mut self) {
        self.unchecked = 0;
        let Some(writer) = &mut self.writer else {
            return;
        };
        match writer.retain(self.bounds, clock::now()) {
            Ok(deleted) if deleted.is_empty() => {}
            Ok(deleted) => tracing::info!(?deleted, "sessions were deleted: too old or too much"),
            Err(error) => tracing::warn!(%error, "old sessions could not be deleted"),
        }
    }

    /// All exchanges and findings of the session.
    pub(super) fn contents(&self) -> Result<(Import, Vec<Value>), StoreError> {
        let missing = || StoreError::no_session(&self.name, &self.data_dir);
        let writer = self.writer.as_ref().ok_or_else(missing)?;
        Ok((writer.exchanges()?, writer.findings()?))
    }
}

fn begin(data_dir: &Path, name: &str) -> Result<SessionWriter, StoreError> {
    Store::open(data_dir)?.begin(name, clock::now())
}

fn warn(error: StoreError, consequence: &str) {
    render::warn(&format!("{:#}; {consequence}", anyhow::Error::from(error)));
}

fn name_of_now() -> String {
    // Two that begin in one second are told apart.
    format!(
        "{}-{}",
        clock::now().strftime("%Y-%m-%dT%H%M%S"),
        std::process::id()
    )
}
