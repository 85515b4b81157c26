//! What a rule concludes: a verdict that cannot be built without its support.

use grantscope_oauth::ExchangeId;

use crate::causes::Cause;
use crate::comparison::Comparison;

/// How sure a conclusion is. The order is that of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The traffic contradicts the cause.
    RuledOut,
    /// Nothing contradicts it, and nothing speaks for it.
    Possible,
    /// Something speaks for it, and something that was not seen would be needed to prove it.
    Likely,
    /// The traffic, or an unambiguous statement of the server, shows it.
    Proven,
}

impl Verdict {
    /// The word that people and scripts read: `proven`, `likely`, `possible`, `ruled-out`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::RuledOut => "ruled-out",
        }
    }

    /// Reads the word.
    pub fn read(id: &str) -> Option<Self> {
        [Self::Proven, Self::Likely, Self::Possible, Self::RuledOut]
            .into_iter()
            .find(|verdict| verdict.id() == id)
    }
}

/// A sentence about the traffic, with the exchange and the place in it that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The place in it: `form redirect_uri`, `query code_challenge`, `response error`.
    pub place: &'static str,
    /// What is to be seen there. No secret, no full stop.
    pub text: String,
}

impl Evidence {
    /// What `exchange` shows at `place`.
    pub fn of(exchange: ExchangeId, place: &'static str, text: impl Into<String>) -> Self {
        Self {
            exchange,
            place,
            text: text.into(),
        }
    }
}

/// The judgement on one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    cause: Cause,
    verdict: Verdict,
    summary: Option<String>,
    evidence: Vec<Evidence>,
    unseen: Vec<String>,
    fix: Option<String>,
    comparison: Option<Comparison>,
    is_favoured: bool,
}

impl Finding {
    /// The traffic shows the cause.
    pub fn proven(cause: Cause, evidence: Evidence) -> Self {
        Self::with(cause, Verdict::Proven, vec![evidence], Vec::new())
    }

    /// Something speaks for the cause, and `unseen` would be needed to prove it.
    pub fn likely(cause: Cause, evidence: Evidence, unseen: impl Into<String>) -> Self {
        Self::with(cause, Verdict::Likely, vec![evidence], vec![unseen.into()])
    }

    /// Nothing speaks for or against the cause; `settles` names the observation that would decide.
    pub fn possible(cause: Cause, settles: impl Into<String>) -> Self {
        Self::with(cause, Verdict::Possible, Vec::new(), vec![settles.into()])
    }

    /// The traffic contradicts the cause.
    pub fn ruled_out(cause: Cause, evidence: Evidence) -> Self {
        Self::with(cause, Verdict::RuledOut, vec![evidence], Vec::new())
    }

    fn with(cause: Cause, verdict: Verdict, evidence: Vec<Evidence>, unseen: Vec<String>) -> Self {
        Self {
            cause,
            verdict,
            summary: None,
            evidence,
            unseen,
            fix: None,
            comparison: None,
            is_favoured: false,
        }
    }

    /// Adds evidence.
    #[must_use]
    pub fn and(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds evidence where there is some.
    #[must_use]
    pub fn and_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Says in one sentence what is wrong in this very case.
    #[must_use]
    pub fn because(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Puts the two values side by side.
    #[must_use]
    pub fn comparing(mut self, comparison: Comparison) -> Self {
        self.comparison = Some(comparison);
        self
    }

    /// Names another observation that would decide, in front of the others: one that this server in particular offers.
    #[must_use]
    pub fn first_settled_by(mut self, observation: &str) -> Self {
        self.unseen.insert(0, observation.to_owned());
        self
    }

    /// Says that of the causes that are merely possible the traffic speaks for this one: all else that it shows is in order.
    #[must_use]
    pub fn favoured(mut self) -> Self {
        self.is_favoured = true;
        self
    }

    /// Makes `likely` of what is possible, by evidence that leaves nothing else.
    #[must_use]
    pub fn at_least_likely(mut self, evidence: Evidence) -> Self {
        self.verdict = self.verdict.max(Verdict::Likely);
        self.evidence.insert(0, evidence);
        self
    }

    /// Weakens a proof to `likely`, where something that was not seen may be the reason of the refusal instead.
    #[must_use]
    pub fn at_most_likely(self, unseen: impl Into<String>) -> Self {
        self.at_most(Verdict::Likely, unseen)
    }

    /// Weakens a proof or a likelihood to `possible`, where the server did not come to judge it.
    #[must_use]
    pub fn at_most_possible(self, unseen: impl Into<String>) -> Self {
        self.at_most(Verdict::Possible, unseen)
    }

    /// Makes what is likely, and not what is proven, merely possible: something else explains the refusal.
    #[must_use]
    pub fn unless_proven(self, unseen: impl Into<String>) -> Self {
        if self.verdict < Verdict::Proven {
            self.at_most_possible(unseen)
        } else {
            self
        }
    }

    fn at_most(mut self, verdict: Verdict, unseen: impl Into<String>) -> Self {
        if self.verdict > verdict {
            self.verdict = verdict;
            self.unseen.push(unseen.into());
        }
        self
    }

    /// The cause.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// How sure the judgement is.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What is wrong, in one sentence without a capital and without a full stop.
    pub fn summary(&self) -> String {
        self.summary
            .clone()
            .unwrap_or_else(|| uncapitalised(self.cause.summary()))
    }

    /// Whether it stands out among causes that are merely possible.
    pub fn is_favoured(&self) -> bool {
        self.is_favoured
    }

    /// What shows it.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// What was not seen, and would decide.
    pub fn unseen(&self) -> &[String] {
        &self.unseen
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        self.fix.as_deref().unwrap_or_else(|| self.cause.fix())
    }

    /// The two values side by side.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }
}

/// A sentence as it stands behind a colon. A word of capitals alone keeps them.
fn uncapitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first
            .to_lowercase()
            .chain(sentence.chars().skip(1))
            .collect(),
        _ => sentence.to_owned(),
    }
}
