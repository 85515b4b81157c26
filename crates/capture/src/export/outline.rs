//! What a document tells of a finding, and in which order: the same for a page and for an issue.
//!
//! The texts are those of the report. Each writer escapes them in its own way.

use super::{facts, id, others, server, time, timeline, top};
use crate::report::{
    CauseV1, ComparisonV1, CoverageV1, EvidenceV1, FindingV1, ReportV1, WarningV1, Word,
};

/// A finding, laid out.
pub(super) struct Section<'a> {
    /// The id of the finding.
    pub(super) id: &'a str,
    /// The verdict on the cause; `warning` for a warning.
    pub(super) verdict: &'a str,
    /// The cause or warning; `None` where no cause stands out.
    pub(super) cause: Option<&'a str>,
    /// What is wrong, in one sentence.
    pub(super) summary: &'a str,
    /// The rest, in the order of reading.
    pub(super) blocks: Vec<Block<'a>>,
}

/// A piece of a section.
pub(super) enum Block<'a> {
    /// Where and to whom it happened, each with its name.
    Facts(Vec<(&'static str, String)>),
    /// Two values side by side.
    Comparison(&'a ComparisonV1),
    /// Rows below a title.
    Table(Table<'a>),
    /// A sentence with the word that introduces it.
    Remark(&'static str, &'a str),
    /// What to do.
    Fix(&'a str),
    /// Where to read on.
    References(&'a [Word]),
    /// What was sent between whom, where the traffic is at hand.
    Sequence,
}

/// Rows below a title.
pub(super) struct Table<'a> {
    /// The title.
    pub(super) title: &'static str,
    /// The names of the columns.
    pub(super) head: &'static [&'static str],
    /// The rows, each with a cell for every column.
    pub(super) rows: Vec<Vec<Cell<'a>>>,
}

/// What stands in a row.
pub(super) enum Cell<'a> {
    /// A text.
    Text(String),
    /// A name of grantscope's own.
    Name(&'a str),
    /// The number of an exchange.
    Exchange(u64),
    /// A place in an exchange.
    Place(u64, &'a str),
    /// What is to be seen in an exchange.
    Seen(u64, &'a str),
}

/// Lays out a finding.
pub(super) fn section(finding: &FindingV1) -> Section<'_> {
    match finding {
        FindingV1::Diagnosis(report) => refusal(report),
        FindingV1::Warning(report) => warning(report),
        FindingV1::Coverage(report) => coverage(report),
    }
}

fn refusal(report: &ReportV1) -> Section<'_> {
    let top = top(report);
    let mut blocks = vec![Block::Facts(facts(report))];
    if let Some(cause) = top {
        blocks.extend(cause.comparison.as_ref().map(Block::Comparison));
        blocks.extend(evidence(&cause.evidence));
        let unseen = cause.unseen.iter();
        blocks.extend(unseen.map(|unseen| Block::Remark("Not seen", unseen)));
        blocks.extend([Block::Fix(&cause.fix), Block::References(&cause.docs)]);
    }
    blocks.push(Block::Sequence);
    blocks.extend(moments(report));
    blocks.extend(
        [not_ruled_out(report), ruled_out(report)]
            .into_iter()
            .flatten(),
    );
    Section {
        id: &report.id,
        verdict: top.map_or("undecided", |cause| &cause.verdict),
        cause: top.map(|cause| &*cause.id),
        summary: &report.summary,
        blocks,
    }
}

fn warning(report: &WarningV1) -> Section<'_> {
    let exchange = &report.exchange;
    let facts = vec![
        (
            "request",
            format!("#{} {} {}", exchange.id, exchange.method, exchange.url),
        ),
        ("server", server(&report.server)),
        ("client", report.client_id.clone().unwrap_or_default()),
        ("time", time(report.time)),
        ("finding", id(&report.id, report.revision)),
    ];
    let mut blocks = vec![Block::Facts(facts)];
    blocks.extend(evidence(&report.evidence));
    blocks.extend([
        Block::Remark("Why", &report.why),
        Block::Fix(&report.fix),
        Block::References(&report.docs),
    ]);
    Section {
        id: &report.id,
        verdict: "warning",
        cause: Some(&report.warning),
        summary: &report.summary,
        blocks,
    }
}

fn coverage(report: &CoverageV1) -> Section<'_> {
    let facts = vec![
        ("host", report.host.clone().unwrap_or_default()),
        ("time", time(report.time)),
        ("finding", id(&report.id, report.revision)),
    ];
    Section {
        id: &report.id,
        verdict: "not seen",
        cause: Some(&report.coverage),
        summary: &report.summary,
        blocks: vec![Block::Facts(facts), Block::Fix(&report.fix)],
    }
}

/// A table, where it has rows.
fn table<'a>(
    title: &'static str,
    head: &'static [&'static str],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Option<Block<'a>> {
    let rows: Vec<_> = rows.collect();
    let table = Table { title, head, rows };
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

fn evidence(evidence: &[EvidenceV1]) -> Option<Block<'_>> {
    fn row(one: &EvidenceV1) -> Vec<Cell<'_>> {
        vec![
            Cell::Exchange(one.exchange),
            Cell::Place(one.exchange, &one.place),
            Cell::Text(one.text.clone()),
        ]
    }
    let head = &["exchange", "place", "what is to be seen"];
    table("Evidence", head, evidence.iter().map(row))
}

fn moments(report: &ReportV1) -> Option<Block<'_>> {
    let rows = timeline(&report.grant).into_iter();
    let row = |(time, after, event, exchange)| {
        vec![
            Cell::Text(time),
            Cell::Text(after),
            Cell::Name(event),
            Cell::Exchange(exchange),
        ]
    };
    let head = &["time", "after", "event", "exchange"];
    table("Timeline", head, rows.map(row))
}

fn not_ruled_out(report: &ReportV1) -> Option<Block<'_>> {
    fn row(cause: &CauseV1) -> Vec<Cell<'_>> {
        let unseen = cause.unseen.first().cloned();
        vec![
            Cell::Name(&cause.id),
            Cell::Name(&cause.verdict),
            Cell::Text(unseen.unwrap_or_default()),
        ]
    }
    let open = others(report, &["proven", "likely", "possible"]);
    let head = &["cause", "verdict", "would be settled by"];
    table("Not ruled out", head, open.map(row))
}

fn ruled_out(report: &ReportV1) -> Option<Block<'_>> {
    fn row(cause: &CauseV1) -> Vec<Cell<'_>> {
        let reason = cause.evidence.first();
        let reason = reason.map(|it| Cell::Seen(it.exchange, &it.text));
        let reason = reason.unwrap_or_else(|| Cell::Text(String::new()));
        vec![Cell::Name(&cause.id), reason]
    }
    let out = others(report, &["ruled-out"]);
    table("Ruled out", &["cause", "because"], out.map(row))
}
