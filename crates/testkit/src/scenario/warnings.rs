//! The warnings fence: `CONCERN exchange NUMBER` a line, or the single word `none`.

use super::error::{Fault, Located};
use super::page::Fence;

/// A warning that a scenario must yield.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedWarning {
    /// The id of what is amiss.
    pub concern: String,
    /// The number of the exchange in which it shows.
    pub exchange: u64,
}

/// The warnings; none where the page says so.
pub(super) fn read(fence: &Fence<'_>) -> Result<Vec<ExpectedWarning>, Located> {
    let lines: Vec<_> = fence.numbered().collect();
    if lines.is_empty() {
        return Err(Fault::NoVerdict.at(fence.line));
    }
    if let [(_, text)] = lines[..]
        && text.trim() == "none"
    {
        return Ok(Vec::new());
    }
    lines
        .into_iter()
        .map(|(line, text)| {
            expected(text).ok_or_else(|| Fault::NotAWarning(text.to_owned()).at(line))
        })
        .collect()
}

fn expected(text: &str) -> Option<ExpectedWarning> {
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        [concern, "exchange", number] => Some(ExpectedWarning {
            concern: concern.to_owned(),
            exchange: number.parse().ok()?,
        }),
        _ => None,
    }
}
