//! `grantscope sessions diff`: in what a bad login differs from a good one.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use grantscope_capture::diff::{Choice, Difference, Kind, Login, Side, differences};
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey, Providers, Reader};
use serde::Serialize;

use crate::args::{Common, Format};
use crate::commands::{analyze, providers};
use crate::engine::Finding;
use crate::settings::Settings;
use crate::{captures, key, render};

/// The version of the JSON. Fields are only ever added.
const SCHEMA: &str = "grantscope.diff/1";

/// What the JSON holds.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    good: Compared<'a>,
    bad: Compared<'a>,
    /// What differs, in the order in which it happened.
    differences: &'a [Difference],
}

/// A login that was compared.
#[derive(Serialize)]
struct Compared<'a> {
    /// As it was asked for.
    login: &'a str,
    grant_type: &'a str,
    grant: Option<&'a str>,
    outcome: &'a str,
    presented_in: u64,
    exchanges: Vec<u64>,
}

pub(super) fn run(settings: &Settings, common: &Common, good: &str, bad: &str) -> Result<()> {
    let format = common.format_among("sessions diff", &[Format::Pretty, Format::Json])?;
    // One key for both, so that equal secrets of two captures that are not redacted are seen to be equal.
    let key = key::of_reader(&settings.data_dir)?;
    let compare = Compare {
        settings,
        redactor: Redactor::new(key.clone()),
        key,
        providers: providers(settings)?,
    };
    let (of_bad, bad_is_ours) = compare.login(bad, &Choice::Refused)?;
    let alike = Choice::Granted(Some(of_bad.grant_type.clone()));
    let (of_good, good_is_ours) = compare.login(good, &alike)?;
    let found = differences(&of_good, &of_bad, good_is_ours && bad_is_ours);
    let report = Report {
        schema: SCHEMA,
        good: compared(good, &of_good),
        bad: compared(bad, &of_bad),
        differences: &found,
    };
    match format {
        Format::Json => render::print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        _ => render::print(&text(&report))?,
    }
    Ok(())
}

/// What logins are read with.
struct Compare<'a> {
    settings: &'a Settings,
    redactor: Redactor,
    key: FingerprintKey,
    providers: Arc<Providers>,
}

impl Compare<'_> {
    /// The login that `SESSION#LOGIN` names, or else the usual one of the session; and whether its fingerprints are by our key.
    fn login(&self, asked: &str, usual: &Choice) -> Result<(Login, bool)> {
        let (capture, wanted) = match asked.split_once('#') {
            Some((capture, wanted)) if !Path::new(asked).exists() => (capture, Some(wanted)),
            _ => (asked, None),
        };
        let exchanges = captures::read(self.settings, Path::new(capture))?;
        let exchanges = analyze::numbered(exchanges);
        let choice = match wanted {
            None => usual.clone(),
            Some(wanted) if wanted.contains('#') => Choice::Grant(wanted.to_owned()),
            Some(wanted) => Choice::Exchange(match wanted.parse().ok() {
                Some(number) => ExchangeId(number),
                None => self.of_finding(&exchanges, wanted)?,
            }),
        };
        let reader = Reader::new(self.key.clone(), Arc::clone(&self.providers));
        let redacted: Vec<_> = exchanges
            .iter()
            .map(|it| self.redactor.redact(it))
            .collect();
        let is_ours = !captures::is_file(Path::new(capture)) || !is_redacted(&exchanges, &redacted);
        let login = Login::choose(&redacted, &reader, &choice).with_context(|| {
            format!(
                "no grant was presented in {asked}; `grantscope sessions show {capture}` tells what it holds"
            )
        })?;
        Ok((login, is_ours))
    }

    /// The exchange in which the finding of this id shows.
    fn of_finding(&self, exchanges: &[Exchange], id: &str) -> Result<ExchangeId> {
        let (findings, _) = analyze::diagnose(self.settings, &self.key, exchanges)?;
        let mut reports = findings.iter().filter_map(Finding::report);
        let found = reports.find(|report| report.id() == id);
        let exchange = found.as_ref().and_then(|report| report.exchange());
        let exchange = exchange.with_context(|| {
            format!("“{id}” is no finding of this capture, no grant and no number of an exchange")
        })?;
        Ok(ExchangeId(exchange.id))
    }
}

/// Whether a redaction finds nothing to do: somebody redacted the capture before, by a key that need not be ours.
fn is_redacted(exchanges: &[Exchange], redacted: &[Redacted<Exchange>]) -> bool {
    let requests = |(before, after): (&Exchange, &Redacted<Exchange>)| {
        let (before, after) = (&before.request, &after.request);
        before.url == after.url
            && before.headers == after.headers
            && before.body.bytes == after.body.bytes
    };
    exchanges.iter().zip(redacted).all(requests)
}

fn compared<'a>(asked: &'a str, login: &'a Login) -> Compared<'a> {
    Compared {
        login: asked,
        grant_type: &login.grant_type,
        grant: login.grant.as_deref(),
        outcome: login.outcome,
        presented_in: login.presented_in.0,
        exchanges: login.exchanges().map(|it| it.0).collect(),
    }
}

fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    for (name, of) in [("good", &report.good), ("bad", &report.bad)] {
        let grant = of.grant.unwrap_or(of.grant_type);
        let line = format!(
            "{}: {grant} {} in #{}",
            of.login, of.outcome, of.presented_in
        );
        push(
            &mut text,
            &format!("{name:4}  {}", render::printable(&line)),
        );
    }
    if report.differences.is_empty() {
        push(&mut text, "\nno difference in meaning");
    }
    for (at, difference) in report.differences.iter().enumerate() {
        let order = if at == 0 { "first" } else { "then" };
        let place = match difference.place.as_str() {
            "" => difference.step.clone(),
            place => format!("{place} of the {}", difference.step),
        };
        let what = render::printable(&place);
        push(
            &mut text,
            &format!("\n{order}: {what} {}", told(difference.kind)),
        );
        side(&mut text, "good", &difference.good);
        side(&mut text, "bad", &difference.bad);
    }
    text
}

fn told(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "is missing",
        Kind::Added => "is there in the bad login only",
        Kind::Value => "differs",
        Kind::Relation => "is equal to something else",
        Kind::Timing => "is much higher",
    }
}

fn side(text: &mut String, name: &str, side: &Side) {
    let exchange = side.exchange.map(|it| format!("#{it}")).unwrap_or_default();
    let value = side.value.as_deref().unwrap_or("-");
    let before = format!("  {name:4} {exchange:5}");
    push(text, &format!("{before} {}", render::printable(value)));
    let marked = side
        .value
        .as_deref()
        .and_then(|it| it.get(side.differs.clone()));
    // Values that differ as wholes need no mark to be told apart.
    if let Some(marked) = marked.filter(|it| !it.is_empty() && it.len() < value.len()) {
        let width = before.chars().count()
            + 1
            + render::printable(&value[..side.differs.start])
                .chars()
                .count();
        let mark = "^".repeat(render::printable(marked).chars().count());
        push(text, &format!("{:width$}{mark}", ""));
    }
}

/// Writing to a text does not fail.
fn push(text: &mut String, line: &str) {
    let _written = writeln!(text, "{}", line.trim_end());
}
