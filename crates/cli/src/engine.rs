//! The one engine: exchanges in, findings out. Live traffic, a stored session and a HAR file go through it alike.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use grantscope_capture::report::FindingV1;
use grantscope_capture::store::Granted;
use grantscope_correlation::{Correlator, Event, Limits};
use grantscope_oauth::{
    Exchange, ExchangeId, FingerprintKey, Providers, Reader, Reading, RequestMessage,
    ResponseMessage,
};
use grantscope_rules::{Case, Diagnosis, Warning, WarningKey, diagnose, warn, warn_at_end};
use jiff::Timestamp;

use crate::coverage::Gap;

/// Reads, correlates and diagnoses.
#[derive(Debug)]
pub(crate) struct Engine {
    reader: Arc<Reader>,
    ledger: Correlator,
    diagnosed: BTreeMap<ExchangeId, (u32, Diagnosis)>,
    diagnosed_max: usize,
    warned: BTreeSet<WarningKey>,
    /// The exchanges of OAuth, of which the end of the session may warn.
    exchanges: VecDeque<ExchangeId>,
    exchanges_max: usize,
    tally: Tally,
}

/// Of so many clients and servers warnings are given. Whoever makes up more of them hides nothing that was told.
const WARNED_MAX: usize = 10_000;

/// What was seen from the beginning to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How much it was.
    pub tally: Tally,
    /// What only the end shows to be amiss. It is counted among the warnings.
    pub at_end: Vec<Warning>,
}

/// How much of OAuth was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Exchanges that carry OAuth messages.
    pub exchanges: u64,
    /// Token requests that were granted.
    pub granted: u64,
    /// Token requests that were refused.
    pub refused: u64,
    /// Warnings that were given.
    pub warned: u64,
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
    /// What is amiss though it need not have failed, the first time that it shows of a client and a server.
    Warning(Box<Warning>),
    /// A grant that the server granted.
    Granted(Arc<Reading>),
    /// Something that was not seen, and when that was found.
    Coverage(Box<Gap>, Timestamp),
}

/// So many earlier refusals are judged again in the light of an exchange.
const REVISED_MAX: usize = 16;

impl Finding {
    /// As it leaves grantscope; `None` where it stays in the log.
    pub(crate) fn report(&self) -> Option<FindingV1> {
        match self {
            Self::Diagnosis {
                revision,
                diagnosis,
            } => Some(FindingV1::of_diagnosis(diagnosis, *revision)),
            Self::Warning(warning) => Some(FindingV1::of_warning(warning)),
            Self::Granted(_) => None,
            Self::Coverage(gap, time) => Some(FindingV1::Coverage(Box::new(gap.report(*time)))),
        }
    }
}

impl Finding {
    /// As the store keeps it, where a grant was granted.
    pub(crate) fn granted(&self) -> Option<Granted> {
        match self {
            Self::Granted(reading) => granted(reading),
            _ => None,
        }
    }
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
            warned: BTreeSet::new(),
            exchanges: VecDeque::new(),
            exchanges_max,
            tally: Tally::default(),
        }
    }

    /// The reader, to ask which exchanges matter.
    pub(crate) fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// How much of OAuth was seen, and what is amiss with it as a whole.
    pub(crate) fn seen(&self) -> Seen {
        let exchanges: Vec<_> = self.exchanges.iter().copied().collect();
        let mut at_end = warn_at_end(self.ledger.history(), &self.reader, &exchanges);
        let mut told = self.warned.clone();
        at_end.retain(|warning| told.insert(warning.key()));
        let mut tally = self.tally;
        tally.warned += at_end.len() as u64;
        Seen { tally, at_end }
    }

    /// Reads from now on with this reader, which knows other providers.
    pub(crate) fn adopt(&mut self, reader: Arc<Reader>) {
        self.reader = reader;
    }

    /// The request was sent.
    pub(crate) fn request_sent(&self, exchange: &Exchange) {
        self.ledger
            .observe(Event::RequestSent(self.reader.read(exchange)));
    }

    /// The server has not dealt with a request that was sent.
    pub(crate) fn withdrawn(&self, id: ExchangeId) {
        self.ledger.observe(Event::Withdrawn(id));
    }

    /// The exchange is one of an earlier run: it is history, and brings nothing to light.
    pub(crate) fn remember(&self, exchange: &Exchange) {
        self.ledger
            .observe(Event::Finished(self.reader.read(exchange)));
    }

    /// The exchange is over. What it brings to light.
    pub(crate) fn finished(&mut self, exchange: &Exchange) -> Vec<Finding> {
        self.observe(self.reader.read(exchange));
        self.judge(exchange)
    }

    /// Takes note of an exchange that is over and has been read.
    pub(crate) fn observe(&mut self, reading: Reading) {
        if belongs(&reading) {
            self.count(&reading);
            self.ledger.observe(Event::Finished(reading));
        }
    }

    /// What an exchange that was observed brings to light: its own diagnosis, and those of earlier refusals that it revises.
    pub(crate) fn judge(&mut self, exchange: &Exchange) -> Vec<Finding> {
        let warnings = self.warn(exchange);
        let id = exchange.id;
        let Some(reading) = self.ledger.history().reading(id) else {
            return warnings;
        };
        let granted = is_granted(&reading).then_some(Finding::Granted(reading));
        let touched = self.ledger.history().refusals_touched_by(id);
        // Of a grant that is refused over and over the newest refusals are judged again, and none of an earlier run.
        let touched = touched.into_iter().rev().filter(|id| !id.is_history());
        let diagnoses = [id]
            .into_iter()
            .chain(touched.take(REVISED_MAX))
            .filter_map(|id| self.diagnose(id));
        granted
            .into_iter()
            .chain(warnings)
            .chain(diagnoses.collect::<Vec<_>>())
            .collect()
    }

    fn count(&mut self, reading: &Reading) {
        self.tally.exchanges += u64::from(reading.is_oauth());
        self.tally.granted += u64::from(is_granted(reading));
        self.tally.refused += u64::from(reading.refusal().is_some());
        if reading.is_oauth() {
            self.exchanges.push_back(reading.exchange);
        }
        if self.exchanges.len() > self.exchanges_max {
            self.exchanges.pop_front();
        }
    }

    /// What an exchange shows to be amiss, and was not told before.
    fn warn(&mut self, exchange: &Exchange) -> Vec<Finding> {
        let mut warnings = warn(self.ledger.history(), &self.reader, exchange);
        warnings
            .retain(|warning| self.warned.len() < WARNED_MAX && self.warned.insert(warning.key()));
        self.tally.warned += warnings.len() as u64;
        let finding = |warning| Finding::Warning(Box::new(warning));
        warnings.into_iter().map(finding).collect()
    }

    /// Diagnoses a refusal; `None` where it is none, or where nothing has changed.
    fn diagnose(&mut self, id: ExchangeId) -> Option<Finding> {
        let case = Case::of(self.ledger.history(), self.reader.providers(), id)?;
        let diagnosis = diagnose(&case);
        let revision = match self.diagnosed.get(&id) {
            Some((_, before)) if is_same(before, &diagnosis) => return None,
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

/// Whether two diagnoses of one refusal say the same. What was under way may have come to its end meanwhile.
fn is_same(before: &Diagnosis, after: &Diagnosis) -> bool {
    before.findings == after.findings && before.timeline == after.timeline
}

/// Whether an exchange belongs to the history: it carries OAuth, or redirects to somewhere.
pub(crate) fn belongs(reading: &Reading) -> bool {
    reading.is_oauth() || reading.location.is_some()
}

/// What the store keeps of an exchange in which a grant was granted.
pub(crate) fn granted(reading: &Reading) -> Option<Granted> {
    let (RequestMessage::Token(request), true) = (&reading.request, is_granted(reading)) else {
        return None;
    };
    let secret = request.grant.secret();
    Some(Granted {
        exchange: reading.exchange.0,
        granted_at: reading.answered_at.unwrap_or(reading.sent_at),
        grant_type: request.grant.grant_type().to_owned(),
        server: origin(&reading.endpoint).to_owned(),
        client: request.client.id.clone(),
        grant: secret.map(|it| it.named(request.grant.secret_kind())),
    })
}

fn is_granted(reading: &Reading) -> bool {
    matches!(
        (&reading.request, &reading.response),
        (RequestMessage::Token(_), Some(ResponseMessage::Token(_)))
    )
}

/// The origin of a URL without a query (RFC 6454 §4).
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..]
        .find('/')
        .map_or(url.len(), |at| authority + at);
    &url[..end]
}

#[cfg(test)]
mod tests;
