//! A page that is one file: no scripts, nothing from the network, to be read on a screen or on paper.
//!
//! Its content security policy forbids all but its own style, so that a text of the traffic could do nothing even if it
//! were markup. It is not: every text is escaped.

use std::io::{self, Write};

use super::{Document, facts, id, others, server, shown, time, timeline, title, top};
use crate::report::{CauseV1, ComparisonV1, EvidenceV1, FindingV1, ReportV1, SideV1, WarningV1};

const STYLE: &str = include_str!("report.css");

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes the page.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    let title = title(document);
    writeln!(
        to,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>grantscope: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>"
    )?;
    for note in document.notes {
        writeln!(to, "<p class=\"note\">{}</p>", text(note))?;
    }
    for finding in document.findings {
        match finding {
            FindingV1::Diagnosis(report) => refusal(&mut to, report)?,
            FindingV1::Warning(report) => warning(&mut to, report)?,
        }
    }
    let version = text(document.version);
    writeln!(
        to,
        "</main>\n<footer>grantscope {version}</footer>\n</body>\n</html>"
    )
}

fn refusal(to: &mut impl Write, report: &ReportV1) -> io::Result<()> {
    let top = top(report);
    let verdict = top.map_or("undecided", |cause| cause.verdict);
    let cause = top.map_or("No cause stands out", |cause| cause.id);
    headline(to, &report.id, verdict, cause, &report.summary)?;
    table(to, &facts(report))?;
    if let Some(cause) = top {
        comparison(to, cause.comparison.as_ref())?;
        evidence(to, &cause.evidence)?;
        for unseen in &cause.unseen {
            writeln!(to, "<p><strong>Not seen:</strong> {}</p>", text(unseen))?;
        }
        advice(to, &cause.fix, &cause.docs)?;
    }
    moments(to, report)?;
    causes(to, report)?;
    writeln!(to, "</article>")
}

fn warning(to: &mut impl Write, report: &WarningV1) -> io::Result<()> {
    headline(to, &report.id, "warning", report.warning, &report.summary)?;
    let exchange = &report.exchange;
    let facts = [
        (
            "request",
            format!("#{} {} {}", exchange.id, exchange.method, exchange.url),
        ),
        ("server", server(&report.server)),
        ("client", report.client_id.clone().unwrap_or_default()),
        ("time", time(report.time)),
        ("finding", id(&report.id, report.revision)),
    ];
    table(to, &facts)?;
    evidence(to, &report.evidence)?;
    writeln!(to, "<p><strong>Why:</strong> {}</p>", text(report.why))?;
    advice(to, &report.fix, &report.docs)?;
    writeln!(to, "</article>")
}

fn headline(
    to: &mut impl Write,
    id: &str,
    verdict: &str,
    cause: &str,
    summary: &str,
) -> io::Result<()> {
    let (id, summary) = (text(id), text(summary));
    writeln!(
        to,
        "<article id=\"{id}\">\n<h2><span class=\"verdict {verdict}\">{verdict}</span> {cause}</h2>\n\
         <p class=\"summary\">{summary}</p>"
    )
}

fn table(to: &mut impl Write, facts: &[(&str, String)]) -> io::Result<()> {
    writeln!(to, "<table class=\"facts\">")?;
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(
            to,
            "<tr><th scope=\"row\">{name}</th><td><code>{}</code></td></tr>",
            text(value)
        )?;
    }
    writeln!(to, "</table>")
}

fn evidence(to: &mut impl Write, evidence: &[EvidenceV1]) -> io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "<h3>Evidence</h3>\n<table>\n<tr><th>exchange</th><th>place</th><th>what is to be seen</th></tr>"
    )?;
    for one in evidence {
        let (place, seen) = (text(one.place), text(&one.text));
        writeln!(
            to,
            "<tr><td>#{}</td><td>{place}</td><td>{seen}</td></tr>",
            one.exchange
        )?;
    }
    writeln!(to, "</table>")
}

fn comparison(to: &mut impl Write, comparison: Option<&ComparisonV1>) -> io::Result<()> {
    let Some(comparison) = comparison else {
        return Ok(());
    };
    writeln!(to, "<table class=\"comparison\">")?;
    for side in [&comparison.left, &comparison.right] {
        let label = text(&side.label);
        writeln!(
            to,
            "<tr><td>#{}</td><th scope=\"row\">{label}</th><td><code>{}</code></td></tr>",
            side.exchange,
            marked(side)
        )?;
    }
    writeln!(
        to,
        "</table>\n<p>They differ in: {}.</p>",
        text(&comparison.difference)
    )
}

/// The value with its differing part marked.
fn marked(side: &SideV1) -> String {
    let [start, end] = side.differs;
    let parts = side
        .value
        .get(..start)
        .zip(side.value.get(start..end))
        .zip(side.value.get(end..));
    match parts {
        Some(((before, differing), after)) if !differing.is_empty() => {
            format!(
                "{}<mark>{}</mark>{}",
                text(before),
                text(differing),
                text(after)
            )
        }
        _ => text(&side.value),
    }
}

fn advice(to: &mut impl Write, fix: &str, docs: &[&str]) -> io::Result<()> {
    writeln!(to, "<h3>Fix</h3>\n<p class=\"fix\">{}</p>", text(fix))?;
    if docs.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h3>References</h3>\n<ul>")?;
    for link in docs {
        let link = text(link);
        writeln!(
            to,
            "<li><a href=\"{link}\" rel=\"noreferrer\">{link}</a></li>"
        )?;
    }
    writeln!(to, "</ul>")
}

fn moments(to: &mut impl Write, report: &ReportV1) -> io::Result<()> {
    let rows = timeline(&report.grant);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h3>Timeline</h3>\n<ol class=\"timeline\">")?;
    for (time, after, event, exchange) in rows {
        writeln!(
            to,
            "<li><time datetime=\"{time}\">{time}</time> <span>{after}</span> <strong>{event}</strong> #{exchange}</li>"
        )?;
    }
    writeln!(to, "</ol>")
}

fn causes(to: &mut impl Write, report: &ReportV1) -> io::Result<()> {
    let open: Vec<_> = others(report, &["proven", "likely", "possible"]).collect();
    if !open.is_empty() {
        writeln!(
            to,
            "<h3>Not ruled out</h3>\n<table>\n<tr><th>cause</th><th>verdict</th><th>would be settled by</th></tr>"
        )?;
        for cause in open {
            let unseen = cause
                .unseen
                .first()
                .map(|unseen| text(unseen))
                .unwrap_or_default();
            writeln!(
                to,
                "<tr><td>{}</td><td>{}</td><td>{unseen}</td></tr>",
                cause.id, cause.verdict
            )?;
        }
        writeln!(to, "</table>")?;
    }
    let ruled_out: Vec<_> = others(report, &["ruled-out"]).collect();
    if !ruled_out.is_empty() {
        writeln!(
            to,
            "<h3>Ruled out</h3>\n<table>\n<tr><th>cause</th><th>because</th></tr>"
        )?;
        for cause in ruled_out {
            writeln!(
                to,
                "<tr><td>{}</td><td>{}</td></tr>",
                cause.id,
                reason(cause)
            )?;
        }
        writeln!(to, "</table>")?;
    }
    Ok(())
}

fn reason(cause: &CauseV1) -> String {
    let first = cause.evidence.first();
    first
        .map(|it| format!("#{} {}", it.exchange, text(&it.text)))
        .unwrap_or_default()
}

/// A text between tags or in an attribute.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
