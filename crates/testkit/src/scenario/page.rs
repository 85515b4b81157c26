//! Markdown, as far as scenarios need it: headings and fences.

use std::iter::{Enumerate, Peekable};
use std::str::Lines;

use super::error::{Fault, Located};

/// A `###` section that has the two fences of a scenario.
pub(super) struct Section<'a> {
    pub(super) title: &'a str,
    pub(super) line: usize,
    pub(super) http: Fence<'a>,
    pub(super) expected: Expectation<'a>,
}

/// What is to come of a scenario.
pub(super) enum Expectation<'a> {
    Verdicts(Fence<'a>),
    Warnings(Fence<'a>),
}

/// The content of a fence, and the line on which it opens.
pub(super) struct Fence<'a> {
    pub(super) line: usize,
    pub(super) lines: Vec<&'a str>,
}

impl<'a> Fence<'a> {
    /// The lines that say something, with their numbers in the page. A line that begins with `#` is a comment.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &'a str)> {
        (self.line + 1..)
            .zip(self.lines.iter().copied())
            .filter(|(_, text)| !text.trim().is_empty() && !text.trim_start().starts_with('#'))
    }
}

/// A `###` heading and what was found below it so far.
struct Draft<'a> {
    title: &'a str,
    line: usize,
    http: Option<Fence<'a>>,
    verdicts: Option<Fence<'a>>,
    warnings: Option<Fence<'a>>,
}

type NumberedLines<'a> = Peekable<Enumerate<Lines<'a>>>;

/// The sections of a page that are scenarios. A section without either fence is prose.
pub(super) fn sections(markdown: &str) -> Result<Vec<Section<'_>>, Located> {
    let mut sections = Vec::new();
    let mut draft: Option<Draft<'_>> = None;
    let mut lines = markdown.lines().enumerate().peekable();
    while let Some((index, text)) = lines.next() {
        if let Some(level) = heading_level(text) {
            finish(draft.take(), &mut sections)?;
            draft = (level == 3).then(|| Draft::new(text[level..].trim(), index + 1));
        } else if let Some((ticks, kind)) = opening(text) {
            let fence = Fence {
                line: index + 1,
                lines: fenced(&mut lines, ticks).ok_or_else(|| Fault::FenceOpen.at(index + 1))?,
            };
            place(draft.as_mut(), kind, fence)?;
        }
    }
    finish(draft, &mut sections)?;
    Ok(sections)
}

impl<'a> Draft<'a> {
    fn new(title: &'a str, line: usize) -> Self {
        Self {
            title,
            line,
            http: None,
            verdicts: None,
            warnings: None,
        }
    }
}

fn heading_level(text: &str) -> Option<usize> {
    let level = text.bytes().take_while(|&byte| byte == b'#').count();
    (level > 0 && text[level..].starts_with(' ')).then_some(level)
}

/// The number of backticks and the info string of a line that opens a fence.
fn opening(text: &str) -> Option<(usize, &str)> {
    let ticks = text.bytes().take_while(|&byte| byte == b'`').count();
    let kind = text[ticks..].trim();
    (ticks >= 3 && !kind.contains('`')).then_some((ticks, kind))
}

/// The lines up to the end of the fence, or `None` where the page ends first.
fn fenced<'a>(lines: &mut NumberedLines<'a>, ticks: usize) -> Option<Vec<&'a str>> {
    let mut content = Vec::new();
    for (_, text) in lines {
        if opening(text).is_some_and(|(closing, kind)| closing >= ticks && kind.is_empty()) {
            return Some(content);
        }
        content.push(text);
    }
    None
}

fn place<'a>(draft: Option<&mut Draft<'a>>, kind: &str, fence: Fence<'a>) -> Result<(), Located> {
    match (draft, kind) {
        (Some(draft), "http") => fill(&mut draft.http, fence, "http"),
        (Some(draft), "verdicts") => fill(&mut draft.verdicts, fence, "verdicts"),
        (Some(draft), "warnings") => fill(&mut draft.warnings, fence, "warnings"),
        (None, "verdicts" | "warnings") => Err(Fault::NoHeading.at(fence.line)),
        _ => Ok(()),
    }
}

fn fill<'a>(
    slot: &mut Option<Fence<'a>>,
    fence: Fence<'a>,
    kind: &'static str,
) -> Result<(), Located> {
    if slot.is_some() {
        return Err(Fault::SecondFence(kind).at(fence.line));
    }
    *slot = Some(fence);
    Ok(())
}

fn finish<'a>(draft: Option<Draft<'a>>, sections: &mut Vec<Section<'a>>) -> Result<(), Located> {
    let Some(Draft {
        title,
        line,
        http,
        verdicts,
        warnings,
    }) = draft
    else {
        return Ok(());
    };
    let expected = match (verdicts, warnings) {
        (Some(_), Some(warnings)) => {
            return Err(Fault::SecondFence("verdicts or warnings").at(warnings.line));
        }
        (Some(verdicts), None) => Some(Expectation::Verdicts(verdicts)),
        (None, warnings) => warnings.map(Expectation::Warnings),
    };
    match (http, expected) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Fault::FenceMissing("verdicts").at(line)),
        (None, Some(_)) => Err(Fault::FenceMissing("http").at(line)),
        (Some(http), Some(expected)) => {
            sections.push(Section {
                title,
                line,
                http,
                expected,
            });
            Ok(())
        }
    }
}
