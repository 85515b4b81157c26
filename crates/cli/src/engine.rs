//! The one engine: exchanges in, findings out. Live traffic, a stored session and a HAR file go through it alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use grantscope_correlation::{Correlator, Event, Limits};
use grantscope_oauth::{
    Exchange, ExchangeId, FingerprintKey, Providers, Reader, Reading, RequestMessage,
    ResponseMessage,
};
use grantscope_rules::{Case, Diagnosis, diagnose};

/// Reads, correlates and diagnoses.
#[derive(Debug)]
pub(crate) struct Engine {
    reader: Arc<Reader>,
    ledger: Correlator,
    diagnosed: BTreeMap<ExchangeId, (u32, Diagnosis)>,
    diagnosed_max: usize,
    seen: Seen,
}

/// How much of OAuth was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Exchanges that carry OAuth messages.
    pub exchanges: u64,
    /// Token requests that were granted.
    pub granted: u64,
    /// Token requests that were refused.
    pub refused: u64,
}

/// What an exchange brings to light.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// The diagnosis of a refused grant, new or revised.
    Diagnosis {
        /// Counts the revisions, from 1.
        revision: u32,
        /// The diagnosis.
        diagnosis: Box<Diagnosis>,
    },
    /// A grant that the server granted.
    Granted(Box<Reading>),
}

/// What came of looking at an exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examined {
    /// Whether it belongs to the history: it carries OAuth, or redirects to somewhere.
    pub matters: bool,
    /// What it brings to light.
    pub findings: Vec<Finding>,
}

impl Engine {
    /// An engine with an empty history.
    pub(crate) fn new(
        key: FingerprintKey,
        providers: Arc<Providers>,
        exchanges_max: usize,
    ) -> Self {
        Self {
            reader: Arc::new(Reader::new(key, providers)),
            ledger: Correlator::new(Limits {
                exchanges_max,
                ..Limits::default()
            }),
            diagnosed: BTreeMap::new(),
            diagnosed_max: exchanges_max,
            seen: Seen::default(),
        }
    }

    /// The reader, to ask which exchanges matter.
    pub(crate) fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// How much of OAuth was seen.
    pub(crate) fn seen(&self) -> Seen {
        self.seen
    }

    /// The request was sent.
    pub(crate) fn request_sent(&self, exchange: &Exchange) {
        self.ledger
            .observe(Event::RequestSent(self.reader.read(exchange)));
    }

    /// The exchange is over. What it brings to light: its own diagnosis, and those of earlier refusals that it revises.
    pub(crate) fn finished(&mut self, exchange: &Exchange) -> Examined {
        let reading = self.reader.read(exchange);
        if !reading.is_oauth() && reading.location.is_none() {
            return Examined::default();
        }
        self.count(&reading);
        let id = reading.exchange;
        let granted = is_granted(&reading).then(|| Finding::Granted(Box::new(reading.clone())));
        self.ledger.observe(Event::Finished(reading));
        let touched = self.ledger.history().refusals_touched_by(id);
        let diagnoses = [id]
            .into_iter()
            .chain(touched)
            .filter_map(|id| self.diagnose(id));
        Examined {
            matters: true,
            findings: granted
                .into_iter()
                .chain(diagnoses.collect::<Vec<_>>())
                .collect(),
        }
    }

    fn count(&mut self, reading: &Reading) {
        self.seen.exchanges += u64::from(reading.is_oauth());
        self.seen.granted += u64::from(is_granted(reading));
        self.seen.refused += u64::from(reading.refusal().is_some());
    }

    /// Diagnoses a refusal; `None` where it is none, or where nothing has changed.
    fn diagnose(&mut self, id: ExchangeId) -> Option<Finding> {
        let case = Case::of(self.ledger.history(), self.reader.providers(), id)?;
        let diagnosis = diagnose(&case);
        let revision = match self.diagnosed.get(&id) {
            Some((_, before)) if before.findings == diagnosis.findings => return None,
            Some((revision, _)) => revision + 1,
            None => 1,
        };
        for cause in &diagnosis.broken {
            tracing::error!(%cause, exchange = id.0, "the rule of this cause failed: please report it");
        }
        self.diagnosed.insert(id, (revision, diagnosis.clone()));
        if self.diagnosed.len() > self.diagnosed_max {
            self.diagnosed.pop_first();
        }
        Some(Finding::Diagnosis {
            revision,
            diagnosis: Box::new(diagnosis),
        })
    }
}

fn is_granted(reading: &Reading) -> bool {
    matches!(
        (&reading.request, &reading.response),
        (RequestMessage::Token(_), Some(ResponseMessage::Token(_)))
    )
}
