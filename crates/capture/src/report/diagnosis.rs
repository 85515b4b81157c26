//! A refused grant as it leaves grantscope: the causes with their verdicts, and what happened to the grant.

use std::borrow::Cow;

use grantscope_rules::{Comparison, Diagnosis, Finding, Side};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EvidenceV1, ExchangeV1, SCHEMA, ServerV1, Word};

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
