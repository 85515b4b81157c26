//! The verdicts fence: `VERDICT CAUSE [note]` a line, or the single word `none`.

use super::error::{Fault, Located};
use super::page::Fence;

/// The words that a verdict may be, from the strongest to its opposite.
pub const VERDICTS: [&str; 4] = ["proven", "likely", "possible", "ruled-out"];

/// A verdict that the diagnosis of a scenario must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// One of [`VERDICTS`].
    pub verdict: String,
    /// The id of the cause.
    pub cause: String,
    /// What the page says of the evidence; empty where it says nothing.
    pub note: String,
}

/// The verdicts, or `None` where the page says that there is no diagnosis.
pub(super) fn read(fence: &Fence<'_>) -> Result<Option<Vec<Expected>>, Located> {
    let lines: Vec<_> = fence.numbered().collect();
    if lines.is_empty() {
        return Err(Fault::NoVerdict.at(fence.line));
    }
    if let [(_, text)] = lines[..]
        && text.trim() == "none"
    {
        return Ok(None);
    }
    let mut verdicts: Vec<Expected> = Vec::new();
    for (line, text) in lines {
        let expected = expected(text).map_err(|fault| fault.at(line))?;
        if verdicts.iter().any(|above| above.cause == expected.cause) {
            return Err(Fault::SecondVerdict(expected.cause).at(line));
        }
        verdicts.push(expected);
    }
    Ok(Some(verdicts))
}

fn expected(text: &str) -> Result<Expected, Fault> {
    let (verdict, rest) = word(text);
    if !VERDICTS.contains(&verdict) {
        return Err(Fault::NotAVerdict(verdict.to_owned()));
    }
    let (cause, note) = word(rest);
    if cause.is_empty() {
        return Err(Fault::CauseMissing(verdict.to_owned()));
    }
    Ok(Expected {
        verdict: verdict.to_owned(),
        cause: cause.to_owned(),
        note: note.to_owned(),
    })
}

/// The first word, and what comes after it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}
