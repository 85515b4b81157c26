//! The finding as it leaves grantscope: JSON of the schema `grantscope.finding/1`. Fields are only ever added.
//!
//! These types are the contract; the types of `grantscope-rules` are free to change behind them. They hold no secret:
//! whatever stood for one in the history is a fingerprint.

mod coverage;
mod diagnosis;
mod place;
mod warning;

use std::borrow::Cow;
use std::collections::BTreeSet;

use grantscope_rules::{Diagnosis, Warning};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use coverage::CoverageV1;
pub use diagnosis::{
    CauseV1, ComparisonV1, ErrorV1, GrantV1, MomentV1, RawErrorV1, ReportV1, SideV1, finding_id,
    undecided,
};
pub use place::{EvidenceV1, ExchangeV1, ServerV1};
pub use warning::{WarningV1, warning_id};

/// The version of this format.
pub const SCHEMA: &str = "grantscope.finding/1";

/// A word of grantscope's own: one of a closed list where it is written, and any text where a file is read back.
pub type Word = Cow<'static, str>;

/// One finding of whatever kind, one JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FindingV1 {
    /// A refused grant, of kind `diagnosis`.
    Diagnosis(Box<ReportV1>),
    /// What is amiss, of kind `warning`.
    Warning(Box<WarningV1>),
    /// What was not seen, of kind `coverage`.
    Coverage(Box<CoverageV1>),
}

impl FindingV1 {
    /// The report of a diagnosis.
    pub fn of_diagnosis(diagnosis: &Diagnosis, revision: u32) -> Self {
        Self::Diagnosis(Box::new(ReportV1::of(diagnosis, revision)))
    }

    /// The report of a warning.
    pub fn of_warning(warning: &Warning) -> Self {
        Self::Warning(Box::new(WarningV1::of(warning)))
    }

    /// Names the finding. A later revision of it has the same id.
    pub fn id(&self) -> &str {
        match self {
            Self::Diagnosis(report) => &report.id,
            Self::Warning(report) => &report.id,
            Self::Coverage(report) => &report.id,
        }
    }

    /// Counts the revisions, from 1.
    pub fn revision(&self) -> u32 {
        match self {
            Self::Diagnosis(report) => report.revision,
            Self::Warning(report) => report.revision,
            Self::Coverage(report) => report.revision,
        }
    }

    /// The exchange in which it shows, if it shows in one.
    pub fn exchange(&self) -> Option<&ExchangeV1> {
        match self {
            Self::Diagnosis(report) => Some(&report.exchange),
            Self::Warning(report) => Some(&report.exchange),
            Self::Coverage(_) => None,
        }
    }

    /// What was found: the id of the cause, the warning or the gap; `undecided` where no cause stands out.
    pub fn about(&self) -> &str {
        match self {
            Self::Diagnosis(report) => report.cause.as_deref().unwrap_or("undecided"),
            Self::Warning(report) => &report.warning,
            Self::Coverage(report) => &report.coverage,
        }
    }

    /// `diagnosis`, `warning` or `coverage`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Diagnosis(report) => &report.kind,
            Self::Warning(report) => &report.kind,
            Self::Coverage(report) => &report.kind,
        }
    }

    /// What it says, in one sentence.
    pub fn summary(&self) -> &str {
        match self {
            Self::Diagnosis(report) => &report.summary,
            Self::Warning(report) => &report.summary,
            Self::Coverage(report) => &report.summary,
        }
    }

    /// When it was so.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Diagnosis(report) => report.time,
            Self::Warning(report) => report.time,
            Self::Coverage(report) => report.time,
        }
    }

    /// The verdict on the cause that stands out.
    pub fn verdict(&self) -> Option<&str> {
        match self {
            Self::Diagnosis(report) => report.verdict.as_deref(),
            Self::Warning(_) | Self::Coverage(_) => None,
        }
    }

    /// The issuer or origin of the server; the host of what was not seen.
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Diagnosis(report) => Some(&report.server.issuer),
            Self::Warning(report) => Some(&report.server.issuer),
            Self::Coverage(report) => report.host.as_deref(),
        }
    }

    /// The client, where it is known.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Diagnosis(report) => report.client_id.as_deref(),
            Self::Warning(report) => report.client_id.as_deref(),
            Self::Coverage(_) => None,
        }
    }

    /// The refused grant as people see it: `code#7f3a9c`.
    pub fn grant(&self) -> Option<&str> {
        match self {
            Self::Diagnosis(report) => report.grant.fingerprint.as_deref(),
            Self::Warning(_) | Self::Coverage(_) => None,
        }
    }

    /// The numbers of all exchanges that it cites: where it shows, what is evidence, and what happened to the grant.
    pub fn cites(&self) -> BTreeSet<u64> {
        let mut cited: BTreeSet<_> = self.exchange().map(|it| it.id).into_iter().collect();
        let mut evidence = |of: &[EvidenceV1]| cited.extend(of.iter().map(|it| it.exchange));
        match self {
            Self::Coverage(_) => {}
            Self::Warning(report) => evidence(&report.evidence),
            Self::Diagnosis(report) => {
                for cause in &report.causes {
                    evidence(&cause.evidence);
                }
                let compared = report.causes.iter().filter_map(|it| it.comparison.as_ref());
                cited.extend(compared.flat_map(|it| [it.left.exchange, it.right.exchange]));
                cited.extend(report.grant.timeline.iter().map(|it| it.exchange));
            }
        }
        cited
    }
}
