//! The finding as it leaves grantscope: JSON of the schema `grantscope.finding/1`. Fields are only ever added.
//!
//! These types are the contract; the types of `grantscope-rules` are free to change behind them. They hold no secret:
//! whatever stood for one in the history is a fingerprint.

use std::borrow::Cow;
use std::collections::BTreeSet;

use grantscope_rules::{Comparison, Diagnosis, Evidence, Finding, Side, Warning};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

/// A finding of kind `diagnosis`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportV1 {
    /// [`SCHEMA`].
    pub schema: Word,
    /// Names the finding. A later revision of it has the same id.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// When the refusal was complete.
    pub time: Timestamp,
    /// `diagnosis`, `warning` or `coverage`.
    pub kind: Word,
    /// The refusal.
    pub error: ErrorV1,
    /// The refused exchange.
    pub exchange: ExchangeV1,
    /// The server that refused.
    pub server: ServerV1,
    /// The client that was refused.
    pub client_id: Option<String>,
    /// The grant type of the request.
    pub grant_type: String,
    /// The id of the cause that stands out; `null` where none does.
    pub cause: Option<Word>,
    /// Its verdict.
    pub verdict: Option<Word>,
    /// What is wrong, in one sentence.
    pub summary: String,
    /// All causes that apply, the strongest first.
    pub causes: Vec<CauseV1>,
    /// What was presented, and what happened to it.
    pub grant: GrantV1,
}

/// A finding of kind `warning`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningV1 {
    /// [`SCHEMA`].
    pub schema: Word,
    /// Names the finding.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// When the exchange was over.
    pub time: Timestamp,
    /// `warning`.
    pub kind: Word,
    /// What is amiss: the id of the warning.
    pub warning: Word,
    /// The exchange in which it shows.
    pub exchange: ExchangeV1,
    /// The server.
    pub server: ServerV1,
    /// The client, where it is known.
    pub client_id: Option<String>,
    /// What is amiss, in one sentence.
    pub summary: String,
    /// Why it matters, in one sentence.
    pub why: Word,
    /// What to do.
    pub fix: String,
    /// Where to read on.
    pub docs: Vec<Word>,
    /// What shows it.
    pub evidence: Vec<EvidenceV1>,
}

/// A finding of kind `coverage`: something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageV1 {
    /// [`SCHEMA`].
    pub schema: Word,
    /// Names the finding.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// When it was found.
    pub time: Timestamp,
    /// `coverage`.
    pub kind: Word,
    /// What kind of gap it is.
    pub coverage: Word,
    /// The host whose traffic was not seen, where it is one.
    pub host: Option<String>,
    /// What was not seen, in one sentence.
    pub summary: String,
    /// What to do.
    pub fix: String,
}

/// A refusal (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorV1 {
    /// `error`.
    pub code: String,
    /// `error_description`.
    pub description: Option<String>,
    /// What else the server sent.
    pub raw: RawErrorV1,
}

/// What a server sends besides error code and description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawErrorV1 {
    /// `error_uri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_uri: Option<String>,
    /// Further codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// An exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeV1 {
    /// Its number in the capture.
    pub id: u64,
    /// The method.
    pub method: String,
    /// The URL without its query.
    pub url: String,
    /// The status.
    pub status: Option<u16>,
}

/// An authorization server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerV1 {
    /// Its issuer identifier, or the origin of its token endpoint.
    pub issuer: String,
    /// The id of its product, where it is known.
    pub provider: Option<String>,
}

/// The judgement on one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseV1 {
    /// The cause.
    pub id: Word,
    /// `proven`, `likely`, `possible` or `ruled-out`.
    pub verdict: Word,
    /// What is wrong, in one sentence.
    pub summary: String,
    /// What to do.
    pub fix: String,
    /// Where to read on.
    pub docs: Vec<Word>,
    /// What shows it.
    pub evidence: Vec<EvidenceV1>,
    /// What was not seen, and would decide.
    pub unseen: Vec<String>,
    /// The two values side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonV1>,
}

/// What shows a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceV1 {
    /// The exchange.
    pub exchange: u64,
    /// The place in it.
    pub place: Word,
    /// What is to be seen there.
    pub text: String,
}

/// Two values that should be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonV1 {
    /// What differs.
    pub difference: String,
    /// The earlier value.
    pub left: SideV1,
    /// The later value.
    pub right: SideV1,
}

/// One of two compared values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideV1 {
    /// Whose value it is.
    pub label: String,
    /// Where it is.
    pub exchange: u64,
    /// The value.
    pub value: String,
    /// The differing part of it: first byte, and the byte after the last.
    pub differs: [usize; 2],
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantV1 {
    /// As people see it: `code#7f3a9c`.
    pub fingerprint: Option<String>,
    /// What happened to it, in the order of time.
    pub timeline: Vec<MomentV1>,
}

/// One thing that happened to a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentV1 {
    /// What.
    pub event: Word,
    /// Where.
    pub exchange: u64,
    /// When.
    pub time: Timestamp,
}

impl ReportV1 {
    /// The report of a diagnosis.
    pub fn of(diagnosis: &Diagnosis, revision: u32) -> Self {
        let (request, error) = diagnosis.refusal();
        let reading = diagnosis.reading();
        let top = diagnosis.top();
        Self {
            schema: SCHEMA.into(),
            id: finding_id(diagnosis),
            revision,
            time: reading.answered_at.unwrap_or(reading.sent_at),
            kind: "diagnosis".into(),
            error: ErrorV1 {
                code: error.error.clone(),
                description: error.description.clone(),
                raw: RawErrorV1 {
                    error_uri: error.uri.clone(),
                    codes: error.codes.clone(),
                },
            },
            exchange: ExchangeV1 {
                id: reading.exchange.0,
                method: reading.method.clone(),
                url: reading.endpoint.clone(),
                status: reading.status,
            },
            server: ServerV1 {
                issuer: diagnosis
                    .server
                    .issuer
                    .clone()
                    .unwrap_or_else(|| diagnosis.server.origin.clone()),
                provider: diagnosis.provider.as_ref().map(|(id, _)| id.clone()),
            },
            client_id: request.client.id.clone(),
            grant_type: request.grant.grant_type().to_owned(),
            cause: top.map(|finding| finding.cause().id().into()),
            verdict: top.map(|finding| finding.verdict().id().into()),
            summary: top.map_or_else(|| undecided(diagnosis), Finding::summary),
            causes: diagnosis.findings.iter().map(CauseV1::of).collect(),
            grant: GrantV1::of(diagnosis),
        }
    }
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

impl WarningV1 {
    /// The report of a warning.
    pub fn of(warning: &Warning) -> Self {
        let place = &warning.place;
        let issuer = place.server.issuer.as_ref();
        Self {
            schema: SCHEMA.into(),
            id: warning_id(warning),
            revision: 1,
            time: place.ended_at,
            kind: "warning".into(),
            warning: warning.concern.id().into(),
            exchange: ExchangeV1 {
                id: place.exchange.0,
                method: place.method.clone(),
                url: place.endpoint.clone(),
                status: place.status,
            },
            server: ServerV1 {
                issuer: issuer.unwrap_or(&place.server.origin).clone(),
                provider: place.provider.clone(),
            },
            client_id: place.client_id.clone(),
            summary: warning.summary(),
            why: warning.concern.why().into(),
            fix: warning.remedy().to_owned(),
            docs: warning.concern.references().map(Cow::Borrowed).collect(),
            evidence: warning.evidence().iter().map(EvidenceV1::of).collect(),
        }
    }
}

/// The same warning has the same id wherever it is given: live, from the store and from a HAR file.
pub fn warning_id(warning: &Warning) -> String {
    format!(
        "{:x}-{}-{}",
        warning.place.started_at.as_millisecond(),
        warning.place.exchange.0,
        warning.concern
    )
}

impl EvidenceV1 {
    fn of(evidence: &Evidence) -> Self {
        Self {
            exchange: evidence.exchange.0,
            place: evidence.place.into(),
            text: evidence.text.clone(),
        }
    }
}

/// The same refusal has the same id wherever it is diagnosed: live, from the store and from a HAR file.
pub fn finding_id(diagnosis: &Diagnosis) -> String {
    format!(
        "{:x}-{}",
        diagnosis.reading().started_at.as_millisecond(),
        diagnosis.exchange().0
    )
}

/// What to say where no cause stands out.
pub fn undecided(diagnosis: &Diagnosis) -> String {
    let open = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.verdict() >= grantscope_rules::Verdict::Possible);
    format!(
        "the traffic that was seen leaves {} causes open",
        open.count()
    )
}

impl CauseV1 {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.cause().id().into(),
            verdict: finding.verdict().id().into(),
            summary: finding.summary(),
            fix: finding.remedy().to_owned(),
            docs: (finding.cause().page().references())
                .map(Cow::Borrowed)
                .collect(),
            evidence: finding.evidence().iter().map(EvidenceV1::of).collect(),
            unseen: finding.unseen().to_vec(),
            comparison: finding.comparison().map(ComparisonV1::of),
        }
    }
}

impl ComparisonV1 {
    fn of(comparison: &Comparison) -> Self {
        let side = |side: &Side| SideV1 {
            label: side.label.clone(),
            exchange: side.exchange.0,
            value: side.value.clone(),
            differs: [side.differs.start, side.differs.end],
        };
        Self {
            difference: comparison.difference.clone(),
            left: side(&comparison.left),
            right: side(&comparison.right),
        }
    }
}

impl GrantV1 {
    fn of(diagnosis: &Diagnosis) -> Self {
        let moment = |moment: &grantscope_rules::Moment| MomentV1 {
            event: moment.event.into(),
            exchange: moment.exchange.0,
            time: moment.time,
        };
        Self {
            fingerprint: diagnosis
                .grant
                .map(|(kind, digest)| format!("{kind}#{digest}")),
            timeline: diagnosis.timeline.iter().map(moment).collect(),
        }
    }
}
