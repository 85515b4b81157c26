//! Exchanges for people to look at, each beside what it means in OAuth.

use std::collections::BTreeSet;

use grantscope_oauth::{Exchange, Reader, Reading, RequestMessage, ResponseMessage};

use crate::grant::sequence::Sequence;
use crate::redact::Redacted;
use crate::report::{FindingV1, ReportV1};

/// Redacted exchanges, read: in the order of the capture.
#[derive(Debug, Default)]
pub struct Traffic {
    seen: Vec<Sighted>,
}

/// An exchange, and what it means.
#[derive(Debug)]
pub(crate) struct Sighted {
    /// The exchange.
    pub(crate) exchange: Redacted<Exchange>,
    /// Its messages.
    pub(crate) reading: Reading,
}

impl Traffic {
    /// Reads exchanges. What the reader has learned before helps to recognise them.
    pub fn read(exchanges: impl IntoIterator<Item = Redacted<Exchange>>, reader: &Reader) -> Self {
        let sighted = |exchange: Redacted<Exchange>| Sighted {
            reading: reader.read(&exchange),
            exchange,
        };
        Self {
            seen: exchanges.into_iter().map(sighted).collect(),
        }
    }

    /// Those alone that a finding involves: the grant from its authorization request on, all that is evidence, what was
    /// pushed, and the metadata of the server.
    #[must_use]
    pub fn only(mut self, finding: &FindingV1) -> Self {
        let involved = self.involved(finding);
        self.seen.retain(|it| involved.contains(&it.exchange.id.0));
        self
    }

    /// The exchanges.
    pub fn exchanges(&self) -> impl Iterator<Item = &Redacted<Exchange>> {
        self.seen.iter().map(|it| &it.exchange)
    }

    /// What the exchanges mean.
    pub(crate) fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.seen.iter().map(|it| &it.reading)
    }

    /// The exchanges that mean something in OAuth.
    pub(crate) fn of_oauth(&self) -> impl Iterator<Item = &Sighted> {
        self.seen.iter().filter(|it| it.reading.is_oauth())
    }

    /// The exchanges that findings involve.
    pub(crate) fn of<'a>(&'a self, findings: &'a [FindingV1]) -> impl Iterator<Item = &'a Sighted> {
        let mut involved = BTreeSet::new();
        for finding in findings {
            involved.extend(self.involved(finding));
        }
        self.seen
            .iter()
            .filter(move |it| involved.contains(&it.exchange.id.0))
    }

    /// The exchanges by which a grant was asked for, issued and presented.
    pub(crate) fn of_grant(&self, report: &ReportV1) -> impl Iterator<Item = &Sighted> {
        let timeline = report.grant.timeline.iter();
        let mut of_grant: BTreeSet<_> = timeline.map(|it| it.exchange).collect();
        of_grant.insert(report.exchange.id);
        self.with_pushed(of_grant)
    }

    /// These exchanges, and those that pushed what they refer to.
    pub(crate) fn with_pushed(&self, exchanges: BTreeSet<u64>) -> impl Iterator<Item = &Sighted> {
        let pushed = self.pushed_for(&exchanges);
        let is_of_it = move |id| exchanges.contains(&id) || pushed.contains(&id);
        self.seen
            .iter()
            .filter(move |it| is_of_it(it.exchange.id.0))
    }

    /// Who sent what to whom for a refused grant; `None` where no exchange of it is here.
    pub fn sequence(&self, report: &ReportV1) -> Option<Sequence> {
        Sequence::of(self.of_grant(report), &report.grant)
    }

    fn involved(&self, finding: &FindingV1) -> BTreeSet<u64> {
        let mut involved = finding.cites();
        involved.extend(self.pushed_for(&involved));
        let endpoint = finding.exchange().map(|it| it.url.as_str());
        let of_server = |it: &&Sighted| match &it.reading.response {
            Some(ResponseMessage::Metadata(it)) => {
                it.token_endpoint.is_some() && it.token_endpoint.as_deref() == endpoint
            }
            _ => false,
        };
        let metadata = self.seen.iter().filter(of_server);
        involved.extend(metadata.map(|it| it.exchange.id.0));
        involved
    }

    /// The exchanges that pushed what these authorization requests refer to (RFC 9126 §4).
    fn pushed_for(&self, requests: &BTreeSet<u64>) -> BTreeSet<u64> {
        let asking = |it: &&Sighted| requests.contains(&it.exchange.id.0);
        let referred = |it: &Sighted| match &it.reading.request {
            RequestMessage::Authorization(request) => Some(request.request_uri.as_ref()?.digest),
            _ => None,
        };
        let seen = self.seen.iter();
        let referred: BTreeSet<_> = seen.filter(asking).filter_map(referred).collect();
        let pushed = |it: &&Sighted| match &it.reading.response {
            Some(ResponseMessage::PushedAuthorization(pushed)) => {
                referred.contains(&pushed.request_uri.digest)
            }
            _ => false,
        };
        let pushed = self.seen.iter().filter(pushed);
        pushed.map(|it| it.exchange.id.0).collect()
    }
}
