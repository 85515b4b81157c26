//! `grantscope sessions show`: what a session holds.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use grantscope_capture::report::FindingV1;
use grantscope_oauth::{Exchange, Reader, Reading, RequestMessage, ResponseMessage, TokenRequest};
use jiff::Timestamp;
use serde::Serialize;

use crate::args::{Common, Format};
use crate::commands::{analyze, providers};
use crate::engine::Finding;
use crate::settings::Settings;
use crate::{captures, key, render};

/// The version of the JSON. Fields are only ever added.
const SCHEMA: &str = "grantscope.session/1";

/// What a session holds.
#[derive(Debug, Serialize)]
struct Summary {
    schema: &'static str,
    /// As it was asked for.
    session: String,
    /// When its first exchange began.
    from: Option<Timestamp>,
    /// When its last exchange was over.
    until: Option<Timestamp>,
    /// How many exchanges there are, by what they are; the kind that occurs first comes first.
    exchanges: Vec<(&'static str, usize)>,
    /// The origins of the servers that were asked for something of OAuth.
    servers: BTreeSet<String>,
    /// The clients, by their ids.
    clients: BTreeSet<String>,
    /// Each grant that was presented, in the order of the capture.
    grants: Vec<Presented>,
    findings: Vec<Found>,
}

/// A grant that was presented.
#[derive(Debug, Serialize)]
struct Presented {
    exchange: u64,
    grant_type: String,
    /// As people see it: `code#7f3a9c`.
    grant: Option<String>,
    client_id: Option<String>,
    /// `granted`, the error of the refusal, or `pending`.
    outcome: String,
}

/// A finding.
#[derive(Debug, Serialize)]
struct Found {
    id: String,
    /// Where it shows; `None` for what was not seen.
    exchange: Option<u64>,
    /// The cause or warning; `undecided` where no cause stands out.
    about: String,
    /// The verdict of a cause.
    verdict: Option<String>,
}

pub(super) fn run(settings: &Settings, common: &Common, capture: &Path) -> Result<()> {
    let format = common.format_among("sessions show", &[Format::Pretty, Format::Json])?;
    let exchanges = analyze::numbered(captures::read(settings, capture)?);
    let key = key::of_reader(&settings.data_dir)?;
    let (findings, _) = analyze::diagnose(settings, &key, &exchanges)?;
    let findings: Vec<_> = findings.iter().filter_map(Finding::report).collect();
    let reader = Reader::new(key, providers(settings)?);
    let readings: Vec<_> = exchanges.iter().map(|it| reader.read(it)).collect();
    let name = capture.display().to_string();
    let summary = Summary::of(name, &exchanges, &readings, &findings);
    match format {
        Format::Json => render::print(&format!("{}\n", serde_json::to_string_pretty(&summary)?))?,
        _ => render::print(&text(&summary))?,
    }
    Ok(())
}

impl Summary {
    fn of(
        session: String,
        exchanges: &[Exchange],
        readings: &[Reading],
        findings: &[FindingV1],
    ) -> Self {
        let mut kinds: Vec<(&'static str, usize)> = Vec::new();
        for kind in readings.iter().map(kind) {
            match kinds.iter_mut().find(|(of, _)| *of == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
        }
        let asked = exchanges.iter().zip(readings);
        let servers = asked
            .filter(|(_, reading)| is_asked(reading))
            .map(|(exchange, _)| exchange.request.url.origin().to_owned());
        let ended = |it: &Exchange| it.answered_at().unwrap_or_else(|| it.sent_at());
        Self {
            schema: SCHEMA,
            session,
            from: exchanges.iter().map(|it| it.started_at).min(),
            until: exchanges.iter().map(ended).max(),
            exchanges: kinds,
            servers: servers.collect(),
            clients: readings.iter().filter_map(client).collect(),
            grants: readings.iter().filter_map(presented).collect(),
            findings: findings.iter().map(found).collect(),
        }
    }
}

fn kind(reading: &Reading) -> &'static str {
    match &reading.request {
        RequestMessage::Authorization(_) => "authorization requests",
        RequestMessage::PushedAuthorization(..) => "pushed authorization requests",
        RequestMessage::Callback(_) => "callbacks",
        RequestMessage::Token(_) => "token requests",
        RequestMessage::Revocation(_) => "revocations",
        RequestMessage::Introspection(_) => "introspections",
        RequestMessage::DeviceAuthorization(_) => "device authorization requests",
        RequestMessage::Metadata => "requests for metadata",
        RequestMessage::EndSession(_) => "logouts",
        RequestMessage::Other => "others",
    }
}

/// Whether an authorization server was asked, and not the app.
fn is_asked(reading: &Reading) -> bool {
    !matches!(
        reading.request,
        RequestMessage::Callback(_) | RequestMessage::Other
    )
}

fn client(reading: &Reading) -> Option<String> {
    match &reading.request {
        RequestMessage::Authorization(request) => request.client_id.clone(),
        RequestMessage::PushedAuthorization(_, client) => client.id.clone(),
        RequestMessage::Token(request) => request.client.id.clone(),
        RequestMessage::DeviceAuthorization(request) => request.client.id.clone(),
        _ => None,
    }
}

fn presented(reading: &Reading) -> Option<Presented> {
    let RequestMessage::Token(TokenRequest { grant, client, .. }) = &reading.request else {
        return None;
    };
    let outcome = match &reading.response {
        Some(ResponseMessage::Token(_)) => "granted".to_owned(),
        Some(ResponseMessage::Error(error)) => error.error.clone(),
        _ => "pending".to_owned(),
    };
    Some(Presented {
        exchange: reading.exchange.0,
        grant_type: grant.grant_type().to_owned(),
        grant: grant.secret().map(|it| it.named(grant.secret_kind())),
        client_id: client.id.clone(),
        outcome,
    })
}

fn found(finding: &FindingV1) -> Found {
    Found {
        id: finding.id().to_owned(),
        exchange: finding.exchange().map(|it| it.id),
        about: finding.about().to_owned(),
        verdict: match finding {
            FindingV1::Diagnosis(report) => report.verdict.as_deref().map(str::to_owned),
            FindingV1::Warning(_) => Some("warning".to_owned()),
            FindingV1::Coverage(_) => Some("not seen".to_owned()),
        },
    }
}

fn text(summary: &Summary) -> String {
    let mut lines = Lines(String::new());
    lines.fact("session", &summary.session);
    if let (Some(from), Some(until)) = (summary.from, summary.until) {
        let seconds = until.duration_since(from).as_secs_f64();
        lines.fact("when", &format!("{from:.3} to {until:.3}, {seconds:.3} s"));
    }
    let total: usize = summary.exchanges.iter().map(|(_, count)| count).sum();
    let kinds = summary.exchanges.iter();
    let kinds: Vec<_> = kinds
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    lines.fact("exchanges", &format!("{total}: {}", kinds.join(", ")));
    lines.fact("servers", &joined(&summary.servers));
    lines.fact("clients", &joined(&summary.clients));
    for (at, it) in summary.grants.iter().enumerate() {
        let what = [
            Some(&it.grant_type),
            it.grant.as_ref(),
            it.client_id.as_ref(),
        ];
        let what: Vec<_> = what.into_iter().flatten().map(String::as_str).collect();
        let line = format!("#{} {} · {}", it.exchange, what.join(" · "), it.outcome);
        lines.fact(if at == 0 { "grants" } else { "" }, &line);
    }
    for (at, it) in summary.findings.iter().enumerate() {
        let verdict = it.verdict.as_deref().unwrap_or_default();
        let exchange = it.exchange.map(|it| format!("#{it} ")).unwrap_or_default();
        let line = format!("{}  {exchange}{} {verdict}", it.id, it.about);
        lines.fact(if at == 0 { "findings" } else { "" }, line.trim_end());
    }
    lines.0
}

struct Lines(String);

impl Lines {
    /// Writing to a text does not fail.
    fn fact(&mut self, name: &str, value: &str) {
        let _written = writeln!(self.0, "{name:9}  {}", render::printable(value));
    }
}

fn joined(of: &BTreeSet<String>) -> String {
    let of: Vec<_> = of.iter().map(String::as_str).collect();
    of.join(", ")
}
