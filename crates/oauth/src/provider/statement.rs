//! What the text of a refusal means, where the provider that sends it is known.

use serde::Deserialize;

use super::pattern::{Lowered, Pattern};
use crate::token::TokenError;

/// What a text or code in a refusal means.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, with `*` for what differs; `None` for a refusal that says nothing but its error code.
    pub pattern: Option<String>,
    /// Other texts with the same meaning, each with an example.
    pub also: Vec<Wording>,
    /// Whether a pattern is the whole text, but for a full stop, and not only a part of it.
    pub whole: bool,
    /// The error code that goes with it, where it takes that to tell.
    pub error: Option<String>,
    /// The grant types for which it holds; empty for all.
    pub grant_types: Vec<String>,
    /// The causes, the likeliest first.
    pub causes: Vec<StatedCause>,
    /// A text that it matches.
    pub example: String,
    /// Where this is written.
    pub source: String,
    /// The pattern and its other wordings; empty for a refusal that says nothing but its error code.
    pub(super) matchers: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
}

/// A text with the same meaning as the pattern of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// The text, with `*` for what differs.
    pub pattern: String,
    /// A text that it matches.
    pub example: String,
}

/// A cause and how surely a statement means it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedCause {
    /// The id of the cause.
    pub cause: String,
    /// How surely.
    pub verdict: StatedVerdict,
    /// What tells this cause from the others of the statement at this server, beyond what tells it anywhere: a noun phrase.
    pub told_by: Option<String>,
}

/// How surely a statement means a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatedVerdict {
    /// It may.
    Possible,
    /// It mostly does.
    Likely,
    /// It means nothing else.
    Proven,
}

impl Statement {
    /// The pattern by which a text makes the statement: the first of its wordings that is in it.
    pub fn wording_in(&self, text: &str) -> Option<&str> {
        let text = Lowered::new(text);
        let wordings = self
            .pattern
            .iter()
            .chain(self.also.iter().map(|it| &it.pattern));
        let mut found = wordings.zip(&self.matchers);
        found
            .find(|(_, pattern)| pattern.is_within(&text))
            .map(|(wording, _)| wording.as_str())
    }

    pub(super) fn is_made_by(
        &self,
        error: &TokenError,
        said: &[Lowered],
        grant_type: &str,
    ) -> bool {
        let holds = self.grant_types.is_empty()
            || self.grant_types.iter().any(|listed| listed == grant_type);
        let same = |code: &String| code.eq_ignore_ascii_case(&error.error);
        holds && self.error.as_ref().is_none_or(same) && self.is_said_in(error, said)
    }

    fn is_said_in(&self, error: &TokenError, said: &[Lowered]) -> bool {
        if self.matchers.is_empty() {
            return error.description.is_none() && error.codes.is_empty();
        }
        said.iter().any(|text| {
            let fits = |pattern: &Pattern| {
                if self.whole {
                    pattern.is_sentence(text)
                } else {
                    pattern.is_within(text)
                }
            };
            self.matchers.iter().any(fits) && !self.unless.iter().any(|but| but.is_within(text))
        })
    }
}
