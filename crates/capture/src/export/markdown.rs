//! A report to be pasted into an issue: one section a refusal.
//!
//! Nothing of the traffic is Markdown, HTML, a link or a mention of somebody in it. Numbers of exchanges stand without the
//! sign `#`, which would make them links to issues.

use std::io::{self, Write};

use super::{Document, facts, id, others, server, shown, time, timeline, title, top};
use crate::report::{CauseV1, ComparisonV1, EvidenceV1, FindingV1, ReportV1, WarningV1};

/// Writes the report.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    writeln!(to, "# grantscope: {}", title(document))?;
    for note in document.notes {
        writeln!(to, "\n{}", prose(note))?;
    }
    for (at, finding) in document.findings.iter().enumerate() {
        match finding {
            FindingV1::Diagnosis(report) => refusal(&mut to, at + 1, report)?,
            FindingV1::Warning(report) => warning(&mut to, at + 1, report)?,
        }
    }
    writeln!(to, "\n---\n\ngrantscope {}", prose(document.version))
}

fn refusal(to: &mut impl Write, number: usize, report: &ReportV1) -> io::Result<()> {
    let top = top(report);
    match top {
        Some(cause) => writeln!(to, "\n## {number}. `{}`: {}", cause.id, cause.verdict)?,
        None => writeln!(to, "\n## {number}. No cause stands out")?,
    }
    writeln!(to, "\n{}.\n", prose(report.summary.trim_end_matches('.')))?;
    writeln!(to, "| | |\n| --- | --- |")?;
    for (name, value) in facts(report) {
        writeln!(to, "| {name} | {} |", cell_code(&value))?;
    }
    if let Some(cause) = top {
        evidence(to, &cause.evidence)?;
        comparison(to, cause.comparison.as_ref())?;
        for unseen in &cause.unseen {
            writeln!(
                to,
                "\n**Not seen:** {}.",
                prose(unseen.trim_end_matches('.'))
            )?;
        }
    }
    causes(to, report)?;
    moments(to, report)?;
    if let Some(cause) = top {
        advice(to, &cause.fix, &cause.docs)?;
    }
    Ok(())
}

fn warning(to: &mut impl Write, number: usize, report: &WarningV1) -> io::Result<()> {
    writeln!(to, "\n## {number}. `{}`: warning", report.warning)?;
    writeln!(to, "\n{}.\n", prose(report.summary.trim_end_matches('.')))?;
    writeln!(to, "| | |\n| --- | --- |")?;
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
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(to, "| {name} | {} |", cell_code(value))?;
    }
    evidence(to, &report.evidence)?;
    writeln!(to, "\n**Why:** {}", prose(report.why))?;
    advice(to, &report.fix, &report.docs)
}

fn evidence(to: &mut impl Write, evidence: &[EvidenceV1]) -> io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "\n### Evidence\n\n| exchange | place | what is to be seen |\n| --- | --- | --- |"
    )?;
    for one in evidence {
        writeln!(
            to,
            "| {} | {} | {} |",
            one.exchange,
            prose(one.place),
            prose(&one.text)
        )?;
    }
    Ok(())
}

fn comparison(to: &mut impl Write, comparison: Option<&ComparisonV1>) -> io::Result<()> {
    let Some(comparison) = comparison else {
        return Ok(());
    };
    writeln!(to, "\n| exchange | | value |\n| --- | --- | --- |")?;
    for side in [&comparison.left, &comparison.right] {
        writeln!(
            to,
            "| {} | {} | {} |",
            side.exchange,
            prose(&side.label),
            cell_code(&side.value)
        )?;
    }
    writeln!(to, "\nThey differ in: {}.", prose(&comparison.difference))
}

fn causes(to: &mut impl Write, report: &ReportV1) -> io::Result<()> {
    let open: Vec<_> = others(report, &["proven", "likely", "possible"]).collect();
    if !open.is_empty() {
        writeln!(
            to,
            "\n### Not ruled out\n\n| cause | verdict | would be settled by |\n| --- | --- | --- |"
        )?;
        for cause in open {
            let unseen = cause
                .unseen
                .first()
                .map(|unseen| prose(unseen))
                .unwrap_or_default();
            writeln!(to, "| `{}` | {} | {unseen} |", cause.id, cause.verdict)?;
        }
    }
    let ruled_out: Vec<_> = others(report, &["ruled-out"]).collect();
    if !ruled_out.is_empty() {
        writeln!(to, "\n### Ruled out\n\n| cause | because |\n| --- | --- |")?;
        for cause in ruled_out {
            writeln!(to, "| `{}` | {} |", cause.id, reason(cause))?;
        }
    }
    Ok(())
}

fn reason(cause: &CauseV1) -> String {
    let first = cause.evidence.first();
    first
        .map(|it| format!("exchange {} {}", it.exchange, prose(&it.text)))
        .unwrap_or_default()
}

fn moments(to: &mut impl Write, report: &ReportV1) -> io::Result<()> {
    let rows = timeline(&report.grant);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "\n### Timeline\n\n| time | | event | exchange |\n| --- | ---: | --- | --- |"
    )?;
    for (time, after, event, exchange) in rows {
        writeln!(to, "| {time} | {after} | {event} | {exchange} |")?;
    }
    Ok(())
}

fn advice(to: &mut impl Write, fix: &str, docs: &[&str]) -> io::Result<()> {
    writeln!(to, "\n### Fix\n\n{}", prose(fix))?;
    if !docs.is_empty() {
        writeln!(to, "\n### References\n")?;
    }
    docs.iter().try_for_each(|link| writeln!(to, "- <{link}>"))
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
