//! `grantscope analyze`: the diagnosis of captures, by the engine that reads live traffic.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use grantscope_capture::export::{self, Document, OriginV1, Traffic, html, markdown};
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey, Reader};

use crate::args::{Analyze, Common, Format};
use crate::captures;
use crate::commands::proxy::verdict;
use crate::engine::{Engine, Finding, Tally};
use crate::exit::Exit;
use crate::key;
use crate::merge::{Merged, Source, merge};
use crate::render::{self, Printer, Stream};
use crate::settings::Settings;
use crate::sinks::FindingsFile;

/// What it writes, the usual first.
const FORMATS: [Format; 5] = [
    Format::Pretty,
    Format::Jsonl,
    Format::Json,
    Format::Markdown,
    Format::Html,
];

pub(super) fn run(settings: &Settings, common: &Common, analyze: &Analyze) -> Result<Exit> {
    let format = common.format_among("analyze", &FORMATS)?;
    // One key for all, so that a grant has the same fingerprint wherever it is told of.
    let key = key::of_reader(&settings.data_dir)?;
    let (merged, count) = merged(settings, common, &key, &analyze.files)?;
    let mut printer = Printer::new(format, common.quiet, Stream::Output);
    printer.know_origins(merged.origins.clone());
    if let Some(note) = &merged.note {
        printer.say(note);
    }
    let exchanges = &merged.exchanges;
    let (findings, tally) = diagnose(settings, &key, exchanges)?;
    if let Some(path) = &common.findings {
        let mut file = FindingsFile::open(path)?;
        for report in findings.iter().filter_map(Finding::report) {
            file.append(&render::line(&report));
        }
    }
    if matches!(format, Format::Json | Format::Markdown | Format::Html) {
        let traffic = match format {
            Format::Json => Traffic::default(),
            _ => traffic(settings, key, exchanges)?,
        };
        let text = document(format, &findings, &merged, &traffic)?;
        if !common.quiet {
            render::print(&text)?;
        }
        return Ok(verdict(common, tally));
    }
    for finding in &findings {
        printer.finding(finding);
    }
    if !findings
        .iter()
        .any(|finding| matches!(finding, Finding::Diagnosis { .. }))
    {
        printer.say(&format!(
            "no refused grant in {count} exchanges, {} of them of OAuth, {} grants issued",
            tally.exchanges, tally.granted
        ));
    }
    Ok(verdict(common, tally))
}

/// What of all files is of OAuth, by one clock; and how many exchanges there are, with those that are not.
fn merged(
    settings: &Settings,
    common: &Common,
    key: &FingerprintKey,
    files: &[PathBuf],
) -> Result<(Merged, usize)> {
    let reader = Reader::new(key.clone(), super::providers(settings)?);
    let imports = captures::read_oauth(settings, files, &reader, common.quiet)?;
    let all: usize = imports.iter().map(|it| it.count).sum();
    let wanted: usize = imports.iter().map(|it| it.exchanges.len()).sum();
    let sources = files.iter().zip(imports).map(|(file, import)| Source {
        name: name(file, files),
        exchanges: import.exchanges,
        entries: import.entries,
    });
    let merged = merge(sources.collect(), &reader);
    let dropped = wanted - merged.exchanges.len();
    Ok((merged, all - dropped))
}

/// The name of a file without its directory, where no other has the same.
fn name(file: &Path, all: &[PathBuf]) -> String {
    let same = all.iter().filter(|it| it.file_name() == file.file_name());
    match file.file_name() {
        Some(name) if same.count() == 1 => name.to_string_lossy().into_owned(),
        _ => file.display().to_string(),
    }
}

/// The findings as a document.
fn document(
    format: Format,
    findings: &[Finding],
    merged: &Merged,
    traffic: &Traffic,
) -> Result<String> {
    let findings: Vec<_> = findings.iter().filter_map(Finding::report).collect();
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        notes: merged.note.as_slice(),
        findings: &findings,
        traffic,
        origins: &origins(&findings, merged),
    };
    let mut text = Vec::new();
    match format {
        Format::Markdown => markdown::write(&mut text, &document)?,
        Format::Html => html::write(&mut text, &document)?,
        _ => export::json(&mut text, &document)?,
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Where the exchanges that the findings cite are to be found.
fn origins(findings: &[FindingV1], merged: &Merged) -> Vec<OriginV1> {
    let cited: BTreeSet<_> = findings.iter().flat_map(FindingV1::cites).collect();
    let origin = |exchange: u64| {
        let origin = merged.origins.get(&ExchangeId(exchange))?;
        Some(OriginV1 {
            exchange,
            file: origin.file.clone(),
            entry: origin.entry,
        })
    };
    cited.into_iter().filter_map(origin).collect()
}

/// The exchanges of a document, redacted: what it is made for is to be shown to others.
fn traffic(settings: &Settings, key: FingerprintKey, exchanges: &[Exchange]) -> Result<Traffic> {
    let redactor = Redactor::new(key.clone());
    let reader = Reader::new(key, super::providers(settings)?);
    let redacted = exchanges.iter().map(|it| redactor.redact(it));
    Ok(Traffic::read(redacted, &reader))
}

/// The findings on a capture, and how much of OAuth is in it.
pub(super) fn diagnose(
    settings: &Settings,
    key: &FingerprintKey,
    exchanges: &[Exchange],
) -> Result<(Vec<Finding>, Tally)> {
    let mut engine = Engine::new(key.clone(), super::providers(settings)?, usize::MAX);
    Ok(diagnose_by(&mut engine, exchanges))
}

/// What an engine finds in a capture.
pub(crate) fn diagnose_by(engine: &mut Engine, exchanges: &[Exchange]) -> (Vec<Finding>, Tally) {
    let mut findings = replay(engine, exchanges);
    let seen = engine.seen();
    let at_end = seen.at_end.into_iter();
    findings.extend(at_end.map(|warning| Finding::Warning(Box::new(warning))));
    (findings, seen.tally)
}

/// Numbers of several exchanges may be the same: theirs are made one sequence, in the order of time.
pub(crate) fn numbered(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let mut ids: Vec<_> = exchanges.iter().map(|exchange| exchange.id).collect();
    ids.sort_unstable();
    if ids.windows(2).all(|pair| pair[0] != pair[1]) {
        return exchanges;
    }
    exchanges.sort_by_key(|exchange| exchange.started_at);
    for (id, exchange) in (1..).zip(&mut exchanges) {
        exchange.id = ExchangeId(id);
    }
    exchanges
}

/// Feeds the exchanges to the engine in the order in which they were sent and answered. Of each diagnosis the last revision
/// is kept, in the order of the refusals.
fn replay(engine: &mut Engine, exchanges: &[Exchange]) -> Vec<Finding> {
    let sent = exchanges
        .iter()
        .map(|exchange| (exchange.sent_at(), false, exchange));
    let finished = exchanges.iter().map(|exchange| {
        (
            exchange.answered_at().unwrap_or(jiff::Timestamp::MAX),
            true,
            exchange,
        )
    });
    let mut events: Vec<_> = sent.chain(finished).collect();
    events.sort_by(|a, b| match a.0.cmp(&b.0) {
        // What was sent and answered at one time was sent first; else the order is that of the capture.
        Ordering::Equal => (a.2.id, a.1).cmp(&(b.2.id, b.1)),
        order => order,
    });
    let mut findings: Vec<Finding> = Vec::new();
    for (_, is_finished, exchange) in events {
        if is_finished {
            for finding in engine.finished(exchange) {
                keep(&mut findings, finding);
            }
        } else {
            engine.request_sent(&Exchange {
                response: None,
                ..exchange.clone()
            });
        }
    }
    findings
}

fn keep(findings: &mut Vec<Finding>, new: Finding) {
    let id = |finding: &Finding| match finding {
        Finding::Diagnosis { diagnosis, .. } => Some(diagnosis.exchange()),
        Finding::Warning(_) | Finding::Granted(_) | Finding::Coverage(..) => None,
    };
    let earlier = findings
        .iter()
        .position(|old| id(old).is_some() && id(old) == id(&new));
    match earlier {
        Some(at) => findings[at] = new,
        None => findings.push(new),
    }
}
