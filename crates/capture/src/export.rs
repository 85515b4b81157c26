//! Findings and what they are about as documents: Markdown for an issue, a page for a browser, one object of JSON; and the
//! refused requests for tools that send them again.
//!
//! They are made of the frozen types of [`report`](crate::report), which hold no secret. What they hold is of the traffic
//! all the same, and hostile: each writer escapes every text that it did not write itself.

pub mod curl;
pub mod html;
pub mod insomnia;
pub mod markdown;
mod outline;
pub mod postman;
mod replay;
mod templates;
mod variables;

pub use crate::traffic::Traffic;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::har::{entry, spec};
use crate::printable::is_hidden;
use crate::report::{CauseV1, ErrorV1, FindingV1, GrantV1, MomentV1, ReportV1, ServerV1};

/// The version of [`json`].
pub const SCHEMA: &str = "grantscope.report/1";

/// What a document is made of.
///
/// As JSON: `schema` is [`SCHEMA`], `version` that of grantscope, `notes` are sentences about the capture, and `findings` are
/// objects of the schema [`grantscope.finding/1`](crate::report::SCHEMA), told apart by their `kind`; `exchanges`
/// are entries of HAR 1.2, where there is traffic; `origins` are objects with `exchange`, `file` and `entry`, where several
/// files were put together. Fields are only ever added.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The version of grantscope.
    pub version: &'a str,
    /// What is to be known of the capture as a whole: how files were put together.
    pub notes: &'a [String],
    /// The findings.
    pub findings: &'a [FindingV1],
    /// The exchanges, of which those are shown that a finding involves.
    pub traffic: &'a Traffic,
    /// Where the exchanges that the findings cite are to be found; empty where their numbers say so.
    pub origins: &'a [OriginV1],
}

/// Where an exchange of several files is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OriginV1 {
    /// Its number.
    pub exchange: u64,
    /// The name of the file.
    pub file: String,
    /// Which entry of the file it is, counted from 1.
    pub entry: usize,
}

/// So many exchanges are shown in a document for people.
const TRAFFIC_MAX: usize = 200;

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    version: &'a str,
    notes: &'a [String],
    findings: &'a [FindingV1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exchanges: Vec<spec::Entry>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    origins: &'a [OriginV1],
}

/// Writes one object of JSON, on several lines.
pub fn json(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    let object = Json {
        schema: SCHEMA,
        version: document.version,
        notes: document.notes,
        findings: document.findings,
        exchanges: document.traffic.exchanges().map(entry).collect(),
        origins: document.origins,
    };
    serde_json::to_writer_pretty(&mut to, &object)?;
    to.write_all(b"\n")
}

/// The title of a document.
fn title(document: &Document<'_>) -> String {
    let refused = document
        .findings
        .iter()
        .filter(|it| matches!(it, FindingV1::Diagnosis(_)));
    let refused = refused.count();
    let warnings = document.findings.len() - refused;
    let counted = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    let refused = counted(refused, "refused grant", "refused grants");
    match warnings {
        0 => refused,
        _ => format!("{refused}, {}", counted(warnings, "warning", "warnings")),
    }
}

/// The cause that stands out.
fn top(report: &ReportV1) -> Option<&CauseV1> {
    let cause = report.cause.as_deref()?;
    report.causes.iter().find(|it| it.id == cause)
}

/// The other causes with one of these verdicts.
fn others<'a>(report: &'a ReportV1, verdicts: &'a [&str]) -> impl Iterator<Item = &'a CauseV1> {
    let is_other = |cause: &&CauseV1| report.cause.as_ref() != Some(&cause.id);
    report
        .causes
        .iter()
        .filter(is_other)
        .filter(|cause| verdicts.contains(&&*cause.verdict))
}

/// Where and to whom it happened, each with its name.
fn facts(report: &ReportV1) -> Vec<(&'static str, String)> {
    let exchange = &report.exchange;
    let some = |name, value: Option<String>| value.map(|value| (name, value));
    [
        Some((
            "request",
            format!("#{} {} {}", exchange.id, exchange.method, exchange.url),
        )),
        Some(("answer", answer(exchange.status, &report.error))),
        some("said", report.error.description.clone()),
        Some(("server", server(&report.server))),
        some("client", report.client_id.clone()),
        Some(("grant", grant(report))),
        Some(("time", time(report.time))),
        Some(("finding", id(&report.id, report.revision))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn answer(status: Option<u16>, error: &ErrorV1) -> String {
    let status = status.map(|status| status.to_string()).unwrap_or_default();
    let codes = error.raw.codes.join(" ");
    [status, error.code.clone(), codes]
        .join(" ")
        .trim()
        .to_owned()
}

fn server(server: &ServerV1) -> String {
    match &server.provider {
        Some(provider) => format!("{} ({provider})", server.issuer),
        None => server.issuer.clone(),
    }
}

fn grant(report: &ReportV1) -> String {
    match &report.grant.fingerprint {
        Some(fingerprint) => format!("{} {fingerprint}", report.grant_type),
        None => report.grant_type.clone(),
    }
}

fn id(id: &str, revision: u32) -> String {
    match revision {
        1 => id.to_owned(),
        _ => format!("{id} revision {revision}"),
    }
}

fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// What happened to the grant: when, how long after the first, what, and in which exchange.
fn timeline(grant: &GrantV1) -> Vec<(String, String, &str, u64)> {
    fn row(moment: &MomentV1, first: Timestamp) -> (String, String, &str, u64) {
        let after = moment.time.duration_since(first).as_secs_f64();
        (
            time(moment.time),
            format!("{after:+.3} s"),
            &moment.event,
            moment.exchange,
        )
    }
    let Some(first) = grant.timeline.first() else {
        return Vec::new();
    };
    let moments = grant.timeline.iter();
    moments.map(|moment| row(moment, first.time)).collect()
}

/// Longer texts of the traffic are cut.
const SHOWN_MAX: usize = 500;

/// A text of the traffic on one line, cut, and without the characters that hide or reorder others.
pub fn shown(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    };
    let mut shown: String = text.chars().take(SHOWN_MAX).map(harmless).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
