//! A grant, presented at the token endpoint, and what became of it (RFC 6749 §1.3).

use std::sync::Arc;

use grantscope_oauth::{
    ExchangeId, Reading, RequestMessage, ResponseMessage, TokenError, TokenRequest, TokenResponse,
};
use jiff::Timestamp;

use crate::ledger::{Observed, Phase};

/// One token request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    reading: Arc<Reading>,
    outcome: Outcome,
}

/// What became of a presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was sent, and the answer is awaited.
    Pending,
    /// Tokens were issued.
    Granted,
    /// It was refused.
    Refused,
    /// The connection ended without an answer, so that the server may have granted it or not.
    Unanswered,
    /// An answer came that could not be read.
    Unclear,
}

impl Presentation {
    pub(crate) fn of(observed: &Observed) -> Option<Self> {
        let RequestMessage::Token(_) = observed.reading.request else {
            return None;
        };
        let outcome = match (&observed.reading.response, observed.phase) {
            (Some(ResponseMessage::Token(_)), _) => Outcome::Granted,
            (Some(ResponseMessage::Error(_)), _) => Outcome::Refused,
            (Some(_), _) => Outcome::Unclear,
            (None, Phase::Sent) => Outcome::Pending,
            (None, Phase::Finished) => Outcome::Unanswered,
        };
        Some(Self {
            reading: Arc::clone(&observed.reading),
            outcome,
        })
    }

    /// The exchange.
    pub fn exchange(&self) -> ExchangeId {
        self.reading.exchange
    }

    /// The exchange, read.
    pub fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    /// The request.
    #[expect(clippy::unreachable, reason = "`of` takes token requests alone")]
    pub fn request(&self) -> &TokenRequest {
        match &self.reading.request {
            RequestMessage::Token(request) => request,
            _ => unreachable!("a presentation is a token request"),
        }
    }

    /// The tokens, where it was granted.
    pub fn tokens(&self) -> Option<&TokenResponse> {
        match &self.reading.response {
            Some(ResponseMessage::Token(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The refusal, where it was refused.
    pub fn error(&self) -> Option<&TokenError> {
        match &self.reading.response {
            Some(ResponseMessage::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether tokens were issued for it.
    pub fn is_granted(&self) -> bool {
        self.outcome == Outcome::Granted
    }

    /// What became of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// When the client began to send it.
    pub fn started_at(&self) -> Timestamp {
        self.reading.started_at
    }

    /// When its last byte was sent.
    pub fn sent_at(&self) -> Timestamp {
        self.reading.sent_at
    }

    /// When the answer was complete.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.reading.answered_at
    }

    /// Whether both were under way at one time.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| a.answered_at().is_some_and(|at| at <= b.started_at());
        !before(self, other) && !before(other, self)
    }
}
