//! What was looked at, how it is, and what to do.

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::render;

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What, in a word.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// The same in a sentence without a full stop.
    pub summary: String,
    /// What to do, or to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// It keeps grantscope from its work.
    Bad,
}

/// What leaves grantscope in JSON.
#[derive(Serialize)]
struct ReportV1<'a> {
    schema: u32,
    fine: bool,
    checks: &'a [Check],
}

impl Check {
    pub(super) fn good(name: &'static str, summary: String) -> Self {
        Self {
            name,
            state: State::Good,
            summary,
            mend: None,
        }
    }

    pub(super) fn note(name: &'static str, summary: String, mend: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Note,
            summary,
            mend: Some(mend.into()),
        }
    }

    pub(super) fn bad(name: &'static str, summary: String, mend: impl Into<String>) -> Self {
        Self {
            state: State::Bad,
            ..Self::note(name, summary, mend)
        }
    }

    pub(super) fn is_bad(&self) -> bool {
        self.state == State::Bad
    }
}

/// The checks for a program.
pub(super) fn json(checks: &[Check]) -> Result<String> {
    let report = ReportV1 {
        schema: 1,
        fine: !checks.iter().any(Check::is_bad),
        checks,
    };
    let text = serde_json::to_string_pretty(&report).context("writing the checks as JSON")?;
    Ok(text + "\n")
}

/// The checks for people.
pub(super) fn pretty(checks: &[Check]) -> String {
    let mut text: String = checks.iter().map(block).collect();
    let bad = checks.iter().filter(|check| check.is_bad()).count();
    text.push_str(match bad {
        0 => "\nnothing is in the way\n",
        _ => "\nmend what is marked ✗ first\n",
    });
    text
}

fn block(check: &Check) -> String {
    let (name, summary) = (check.name, render::printable(&check.summary));
    let mend = check.mend.as_ref().map(|mend| render::mend(mend));
    format!(
        "{} {name}: {summary}\n{}",
        render::mark(check.state as usize),
        mend.unwrap_or_default()
    )
}
