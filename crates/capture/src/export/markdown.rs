//! A report to be pasted into an issue: one section a finding, and the requests and responses that it is about.
//!
//! Nothing of the traffic is Markdown, HTML, a link or a mention of somebody in it. Numbers of exchanges stand without the
//! sign `#`, which would make them links to issues.

use std::io::{self, Write};

use grantscope_oauth::ExchangeId;

use super::outline::{Block, Cell, Section, Table, section};
use super::{Document, OriginV1, TRAFFIC_MAX, shown, time, title};
use crate::message::{Message, Part, named};
use crate::report::{ComparisonV1, Word};
use crate::traffic::Sighted;

/// Writes the report.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    writeln!(to, "# grantscope: {}", title(document))?;
    for note in document.notes {
        writeln!(to, "\n{}", prose(note))?;
    }
    for (at, finding) in document.findings.iter().enumerate() {
        part(&mut to, at + 1, &section(finding))?;
    }
    origins(&mut to, document.origins)?;
    traffic(&mut to, document)?;
    writeln!(to, "\n---\n\ngrantscope {}", prose(document.version))
}

/// Where the exchanges of several files are to be found.
fn origins(to: &mut impl Write, origins: &[OriginV1]) -> io::Result<()> {
    if origins.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "\n## Files\n\n| exchange | file | entry |\n| ---: | --- | ---: |"
    )?;
    origins.iter().try_for_each(|it| {
        let file = cell_code(&it.file);
        writeln!(to, "| {} | {file} | {} |", it.exchange, it.entry)
    })
}

fn part(to: &mut impl Write, number: usize, section: &Section<'_>) -> io::Result<()> {
    match section.cause {
        Some(cause) => writeln!(to, "\n## {number}. `{cause}`: {}", section.verdict)?,
        None => writeln!(to, "\n## {number}. No cause stands out")?,
    }
    writeln!(to, "\n{}.", prose(section.summary.trim_end_matches('.')))?;
    section.blocks.iter().try_for_each(|it| block(&mut *to, it))
}

fn block(to: &mut impl Write, block: &Block<'_>) -> io::Result<()> {
    match block {
        Block::Facts(of) => facts(to, of),
        Block::Comparison(of) => comparison(to, of),
        Block::Table(of) => table(to, of),
        Block::Remark(label, remark) => {
            writeln!(
                to,
                "\n**{label}:** {}.",
                prose(remark.trim_end_matches('.'))
            )
        }
        Block::Fix(fix) => writeln!(to, "\n### Fix\n\n{}", prose(fix)),
        Block::References(links) => references(to, links),
        // An issue has no place for a picture: the timeline says the same.
        Block::Sequence => Ok(()),
    }
}

fn facts(to: &mut impl Write, facts: &[(&str, String)]) -> io::Result<()> {
    writeln!(to, "\n| | |\n| --- | --- |")?;
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(to, "| {name} | {} |", cell_code(value))?;
    }
    Ok(())
}

fn comparison(to: &mut impl Write, comparison: &ComparisonV1) -> io::Result<()> {
    writeln!(to, "\n| exchange | | value |\n| --- | --- | --- |")?;
    for side in [&comparison.left, &comparison.right] {
        let (number, label) = (number(side.exchange), prose(&side.label));
        writeln!(to, "| {number} | {label} | {} |", cell_code(&side.value))?;
    }
    writeln!(to, "\nThey differ in: {}.", prose(&comparison.difference))
}

fn table(to: &mut impl Write, table: &Table<'_>) -> io::Result<()> {
    writeln!(
        to,
        "\n### {}\n\n| {} |",
        table.title,
        table.head.join(" | ")
    )?;
    writeln!(to, "|{}", " --- |".repeat(table.head.len()))?;
    for row in &table.rows {
        let cells: Vec<_> = row.iter().map(cell).collect();
        writeln!(to, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn cell(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => prose(text),
        Cell::Name(name) => format!("`{name}`"),
        Cell::Exchange(exchange) => number(*exchange),
        Cell::Place(_, place) => prose(place),
        Cell::Seen(exchange, text) => format!("exchange {} {}", number(*exchange), prose(text)),
    }
}

fn number(exchange: u64) -> String {
    ExchangeId(exchange)
        .to_string()
        .trim_start_matches('#')
        .to_owned()
}

fn references(to: &mut impl Write, links: &[Word]) -> io::Result<()> {
    if !links.is_empty() {
        writeln!(to, "\n### References\n")?;
    }
    links.iter().try_for_each(|link| writeln!(to, "- <{link}>"))
}

fn traffic(to: &mut impl Write, document: &Document<'_>) -> io::Result<()> {
    let mut involved = document.traffic.of(document.findings).peekable();
    if involved.peek().is_some() {
        writeln!(to, "\n## Traffic")?;
    }
    for seen in involved.by_ref().take(TRAFFIC_MAX) {
        exchange(to, seen)?;
    }
    match involved.count() {
        0 => Ok(()),
        left_out => writeln!(to, "\n{left_out} later exchanges are left out."),
    }
}

fn exchange(to: &mut impl Write, seen: &Sighted) -> io::Result<()> {
    let exchange = &seen.exchange;
    let at = time(exchange.started_at);
    writeln!(to, "\n### Exchange {}\n\n{at}\n", number(exchange.id.0))?;
    let mut lines = lines(&Message::of_request(&exchange.request));
    lines.push(String::new());
    match &exchange.response {
        Some(response) => lines.extend(self::lines(&Message::of_response(response))),
        None => lines.push("no answer was seen".to_owned()),
    }
    let fence = fence(&lines);
    writeln!(to, "{fence}http\n{}\n{fence}", lines.join("\n"))
}

/// A message, a part a line. The parameters are shown decoded, and not as they were on the wire.
fn lines(message: &Message) -> Vec<String> {
    let part = |part: &Part| match part.place {
        "header" => format!("{}: {}", part.name, part.value),
        place => format!("  {place} {} = {}", part.name, part.value),
    };
    let parts = message.parts.iter().map(part);
    [message.line.clone()]
        .into_iter()
        .chain(parts)
        .chain((!message.content.is_empty()).then(String::new))
        .chain(message.content.lines().map(str::to_owned))
        .map(|line| shown(&named(&line)).trim_end().to_owned())
        .collect()
}

/// A fence that is longer than any row of backticks in the lines, so that none of them ends it.
fn fence(lines: &[String]) -> String {
    let rows = lines.iter().flat_map(|line| line.split(|c| c != '`'));
    let longest = rows.map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// A text as it is, in the midst of Markdown: no markup, no link, no mention.
fn prose(text: &str) -> String {
    let text = shown(text);
    let text = text.trim();
    let mut escaped = String::with_capacity(text.len() + 16);
    let numbered = text
        .find(|c: char| !c.is_ascii_digit())
        .filter(|at| *at > 0);
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let ends_a_word = next.is_none_or(char::is_whitespace);
        let begins_a_list = Some(at) == numbered && matches!(c, '.' | ')') && ends_a_word;
        let begins_a_block = at == 0 && matches!(c, '-' | '+' | '=');
        let links = (c == ':' && text[at..].starts_with("://"))
            || (c == '.' && text[..at].to_ascii_lowercase().ends_with("www"));
        let is_markup = matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '#' | '@'
        );
        if is_markup || begins_a_list || begins_a_block || links {
            escaped.push('\\');
        }
        escaped.push(c);
        // Names behind these are looked for after the Markdown is read: a comment parts them.
        if matches!(c, '@' | '#') {
            escaped.push_str("<!-- -->");
        }
    }
    escaped
}

/// A value in the cell of a table. A code span ends at its first backtick, and a cell at a pipe that is not escaped.
fn cell_code(text: &str) -> String {
    let text = shown(text);
    let text = text.trim();
    if text.is_empty() {
        String::new()
    } else if text.contains(['`', '|', '\\']) {
        let entity = |c: char| match c {
            c if c.is_ascii_punctuation() => format!("&#{};", u32::from(c)),
            c => c.to_string(),
        };
        format!(
            "<code>{}</code>",
            text.chars().map(entity).collect::<String>()
        )
    } else {
        format!("`{text}`")
    }
}
