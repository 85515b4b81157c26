//! What a rule warns of: it cannot be built without what shows it.

use grantscope_correlation::Server;
use grantscope_oauth::{ExchangeId, Reading};
use jiff::Timestamp;

use super::Concern;
use crate::finding::Evidence;

/// Something that is amiss though nothing has failed yet, or that goes beyond a single refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is amiss.
    pub concern: Concern,
    /// Where it shows.
    pub place: Place,
    summary: Option<String>,
    fix: Option<String>,
    evidence: Vec<Evidence>,
}

/// The exchange in which a warning shows, and who takes part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The exchange.
    pub exchange: ExchangeId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over, as far as that was seen.
    pub ended_at: Timestamp,
    /// The method.
    pub method: String,
    /// The URL without query and fragment.
    pub endpoint: String,
    /// The status, where there was a response.
    pub status: Option<u16>,
    /// The server.
    pub server: Server,
    /// The id of the server's product, where it is known.
    pub provider: Option<String>,
    /// The client, where it is known.
    pub client_id: Option<String>,
}

/// What makes two warnings one for a reader: the concern, the client and the server.
pub type WarningKey = (Concern, Option<String>, String);

impl Warning {
    /// Warns of what an exchange shows.
    pub(super) fn of(concern: Concern, place: Place, evidence: Evidence) -> Self {
        Self {
            concern,
            place,
            summary: None,
            fix: None,
            evidence: vec![evidence],
        }
    }

    /// Adds evidence where there is some.
    #[must_use]
    pub(super) fn and_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Says in one sentence what is amiss in this very case.
    #[must_use]
    pub(super) fn because(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Says what to do in this very case.
    #[must_use]
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What is to be told once in a session.
    pub fn key(&self) -> WarningKey {
        let place = &self.place;
        (
            self.concern,
            place.client_id.clone(),
            place.server.origin.clone(),
        )
    }

    /// What is amiss, in one sentence without a capital and without a full stop.
    pub fn summary(&self) -> String {
        let of_the_page = || {
            let mut summary = self.concern.summary().chars();
            let first = summary.next().into_iter();
            first.flat_map(char::to_lowercase).chain(summary).collect()
        };
        self.summary.clone().unwrap_or_else(of_the_page)
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        self.fix.as_deref().unwrap_or_else(|| self.concern.fix())
    }

    /// What shows it.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

impl Place {
    /// The place of a reading.
    pub(super) fn of(
        reading: &Reading,
        server: Server,
        provider: Option<String>,
        client_id: Option<String>,
    ) -> Self {
        Self {
            exchange: reading.exchange,
            started_at: reading.started_at,
            ended_at: reading.answered_at.unwrap_or(reading.sent_at),
            method: reading.method.clone(),
            endpoint: reading.endpoint.clone(),
            status: reading.status,
            server,
            provider,
            client_id,
        }
    }
}
