//! A page that is one file: no scripts, nothing from the network, to be read on a screen or on paper.
//!
//! Its content security policy forbids all but its own style, so that a text of the traffic could do nothing even if it
//! were markup. It is not: every text is escaped.

mod diagram;
mod exchanges;

use std::io::{self, Write};

use grantscope_oauth::ExchangeId;

use super::outline::{Block, Cell, Section, Table, section};
use super::{Document, OriginV1, shown, title};
use crate::report::{ComparisonV1, FindingV1, SideV1, Word};
use exchanges::Shown;

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
    let shown = Shown::of(document);
    let mut page = Page {
        to: &mut to,
        document,
        shown: &shown,
    };
    for finding in document.findings {
        page.section(finding, &section(finding))?;
    }
    origins(&mut to, document.origins)?;
    exchanges::write(&mut to, &shown)?;
    let version = text(document.version);
    writeln!(
        to,
        "</main>\n<footer>grantscope {version}</footer>\n</body>\n</html>"
    )
}

/// Where the exchanges of several files are to be found.
fn origins(to: &mut impl Write, origins: &[OriginV1]) -> io::Result<()> {
    if origins.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "<h2>Files</h2>\n<table>\n<tr><th>exchange</th><th>file</th><th>entry</th></tr>"
    )?;
    for origin in origins {
        let (exchange, file, entry) = (origin.exchange, text(&origin.file), origin.entry);
        writeln!(
            to,
            "<tr><td>#{exchange}</td><td>{file}</td><td>{entry}</td></tr>"
        )?;
    }
    writeln!(to, "</table>")
}

/// What is being written, and what it refers to.
struct Page<'a, W> {
    to: &'a mut W,
    document: &'a Document<'a>,
    shown: &'a Shown<'a>,
}

impl<W: Write> Page<'_, W> {
    fn section(&mut self, finding: &FindingV1, section: &Section<'_>) -> io::Result<()> {
        let (id, verdict) = (text(section.id), section.verdict);
        let cause = section.cause.unwrap_or("No cause stands out");
        let summary = text(section.summary);
        writeln!(
            self.to,
            "<article id=\"{id}\">\n<h2><span class=\"verdict {verdict}\">{verdict}</span> {cause}</h2>\n\
             <p class=\"summary\">{summary}</p>"
        )?;
        for block in &section.blocks {
            self.block(finding, block)?;
        }
        writeln!(self.to, "</article>")
    }

    fn block(&mut self, finding: &FindingV1, block: &Block<'_>) -> io::Result<()> {
        match block {
            Block::Facts(facts) => self.facts(facts),
            Block::Comparison(comparison) => self.comparison(comparison),
            Block::Table(table) => self.table(table),
            Block::Remark(label, remark) => {
                let remark = text(remark);
                writeln!(self.to, "<p><strong>{label}:</strong> {remark}</p>")
            }
            Block::Fix(fix) => {
                let fix = text(fix);
                writeln!(self.to, "<h3>Fix</h3>\n<p class=\"fix\">{fix}</p>")
            }
            Block::References(links) => self.references(links),
            Block::Sequence => self.sequence(finding),
        }
    }

    fn facts(&mut self, facts: &[(&str, String)]) -> io::Result<()> {
        writeln!(self.to, "<table class=\"facts\">")?;
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            let value = text(value);
            writeln!(
                self.to,
                "<tr><th scope=\"row\">{name}</th><td><code>{value}</code></td></tr>"
            )?;
        }
        writeln!(self.to, "</table>")
    }

    fn comparison(&mut self, comparison: &ComparisonV1) -> io::Result<()> {
        writeln!(self.to, "<table class=\"comparison\">")?;
        for side in [&comparison.left, &comparison.right] {
            let label = text(&side.label);
            let (number, value) = (self.number(side.exchange), marked(side));
            writeln!(
                self.to,
                "<tr><td>{number}</td><th scope=\"row\">{label}</th><td><code>{value}</code></td></tr>"
            )?;
        }
        let difference = text(&comparison.difference);
        writeln!(self.to, "</table>\n<p>They differ in: {difference}.</p>")
    }

    fn table(&mut self, table: &Table<'_>) -> io::Result<()> {
        writeln!(self.to, "<h3>{}</h3>\n<table>", table.title)?;
        let head = table.head.iter().map(|name| format!("<th>{name}</th>"));
        writeln!(self.to, "<tr>{}</tr>", head.collect::<String>())?;
        for row in &table.rows {
            let cells = row
                .iter()
                .map(|cell| format!("<td>{}</td>", self.cell(cell)));
            writeln!(self.to, "<tr>{}</tr>", cells.collect::<String>())?;
        }
        writeln!(self.to, "</table>")
    }

    fn cell(&self, cell: &Cell<'_>) -> String {
        match cell {
            Cell::Text(of) => text(of),
            Cell::Name(name) => text(name),
            Cell::Exchange(exchange) => self.number(*exchange),
            Cell::Place(exchange, place) => match self.shown.target(*exchange, place) {
                Some(target) => format!("<a href=\"#{target}\">{}</a>", text(place)),
                None => text(place),
            },
            Cell::Seen(exchange, of) => format!("{} {}", self.number(*exchange), text(of)),
        }
    }

    /// The number of an exchange, which leads to it where the page has it.
    fn number(&self, exchange: u64) -> String {
        let number = ExchangeId(exchange);
        if self.shown.holds(exchange) {
            format!("<a href=\"#x{exchange}\">{number}</a>")
        } else {
            number.to_string()
        }
    }

    fn references(&mut self, links: &[Word]) -> io::Result<()> {
        if links.is_empty() {
            return Ok(());
        }
        writeln!(self.to, "<h3>References</h3>\n<ul>")?;
        for link in links.iter().map(|link| text(link)) {
            writeln!(
                self.to,
                "<li><a href=\"{link}\" rel=\"noreferrer\">{link}</a></li>"
            )?;
        }
        writeln!(self.to, "</ul>")
    }

    fn sequence(&mut self, finding: &FindingV1) -> io::Result<()> {
        let FindingV1::Diagnosis(report) = finding else {
            return Ok(());
        };
        match self.document.traffic.sequence(report) {
            Some(sequence) => {
                writeln!(self.to, "<h3>Sequence</h3>")?;
                diagram::write(self.to, &sequence)
            }
            None => Ok(()),
        }
    }
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
