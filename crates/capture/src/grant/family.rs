//! The refresh tokens that descend from one grant: each with its presentations, and what ended them all (RFC 9700 §4.14).

use std::collections::BTreeMap;

use grantscope_correlation::{
    FamilyEnd, Generation, History, Outcome, Presentation, RefreshTokenHistory, Role,
};
use grantscope_oauth::{Digest, ExchangeId, Grant, RequestMessage};
use jiff::Timestamp;

/// A family of refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The code from which it descends, as people see it: `code#7f3a9c`.
    pub root: Option<String>,
    /// The refresh tokens, parents before children.
    pub tokens: Vec<Token>,
    /// What may have ended the family, in the order of time.
    pub ends: Vec<End>,
    /// Which of `ends` did end it: a token that was not used up was refused after it, and none was granted.
    pub ended_by: Option<usize>,
}

/// A refresh token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As people see it: `refresh#7f3a9c`.
    pub name: String,
    /// How many times the family was refreshed until it was issued.
    pub generation: usize,
    /// The token that it replaced, by its place in [`Family::tokens`].
    pub parent: Option<usize>,
    /// Where and when it was issued, where that was seen.
    pub issued: Option<(ExchangeId, Timestamp)>,
    /// Its presentations, in the order in which they were sent.
    pub presentations: Vec<Presented>,
}

/// A presentation of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The exchange.
    pub exchange: ExchangeId,
    /// When the last byte of the request was sent.
    pub sent_at: Timestamp,
    /// When the answer was complete; `None` where there is none.
    pub answered_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: Outcome,
    /// The error, where it was refused.
    pub error: Option<String>,
    /// Whether the token had been used up by another presentation, before it or at the same time (RFC 9700 §4.14.2).
    pub is_replay: bool,
}

/// Something after which a server may refuse all tokens of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What.
    pub kind: EndKind,
    /// The exchange.
    pub exchange: ExchangeId,
    /// When the request was sent.
    pub at: Timestamp,
}

/// What may end a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// A token of the family was revoked (RFC 7009 §2.1).
    Revoked,
    /// The user was logged out (OpenID Connect RP-Initiated Logout).
    LoggedOut,
    /// The code from which it descends was presented again (RFC 6749 §4.1.2).
    CodeReplayed,
    /// A token that was replaced was presented again (RFC 9700 §4.14.2).
    TokenReplayed,
}

impl EndKind {
    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revocation",
            Self::LoggedOut => "logout",
            Self::CodeReplayed => "code presented again",
            Self::TokenReplayed => "replaced token presented again",
        }
    }
}

impl Family {
    /// The family that a refresh token belongs to.
    pub(super) fn of(history: History<'_>, token: &RefreshTokenHistory) -> Self {
        let known = &token.family;
        let ends: Vec<_> = known.ends.iter().map(End::of).collect();
        let mut tokens = Vec::new();
        let mut places = BTreeMap::new();
        for generation in &known.generations {
            let parent = parent(history, generation).and_then(|it| places.get(&it).copied());
            places.insert(generation.token, tokens.len());
            tokens.push(Token::of(history, generation, parent, &ends));
        }
        let ended_by = ended_by(&tokens, &ends);
        Self {
            root: known.root.map(|code| format!("code#{code}")),
            tokens,
            ends,
            ended_by,
        }
    }

    /// All presentations, with the place of the token that they present.
    pub fn presentations(&self) -> impl Iterator<Item = (usize, &Presented)> {
        let tokens = self.tokens.iter().enumerate();
        tokens.flat_map(|(at, token)| token.presentations.iter().map(move |it| (at, it)))
    }
}

impl Token {
    fn of(
        history: History<'_>,
        generation: &Generation,
        parent: Option<usize>,
        ends: &[End],
    ) -> Self {
        let issued = generation.issued_in.and_then(|id| {
            let reading = history.reading(id)?;
            Some((id, reading.answered_at.unwrap_or(reading.sent_at)))
        });
        let presented = history.mentioned_as(generation.token, Role::PresentedRefreshToken);
        let presentations = presented
            .iter()
            .filter_map(|reading| history.presentation(reading.exchange))
            .map(|presentation| Presented::of(&presentation, ends));
        Self {
            name: format!("refresh#{}", generation.token),
            generation: generation.generation,
            parent,
            issued,
            presentations: presentations.collect(),
        }
    }
}

impl Presented {
    fn of(presentation: &Presentation, ends: &[End]) -> Self {
        let exchange = presentation.exchange();
        let replays = |end: &End| end.kind == EndKind::TokenReplayed && end.exchange == exchange;
        Self {
            exchange,
            sent_at: presentation.sent_at(),
            answered_at: presentation.answered_at(),
            outcome: presentation.outcome(),
            error: presentation.error().map(|it| it.error.clone()),
            is_replay: ends.iter().any(replays),
        }
    }

    /// When the answer was complete, or else the request was sent.
    pub fn until(&self) -> Timestamp {
        self.answered_at.unwrap_or(self.sent_at).max(self.sent_at)
    }

    /// Whether both were under way at one time.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.sent_at < other.until() && other.sent_at < self.until()
    }
}

impl End {
    fn of(end: &FamilyEnd) -> Self {
        let kind = match end {
            FamilyEnd::Revoked(_) => EndKind::Revoked,
            FamilyEnd::LoggedOut(_) => EndKind::LoggedOut,
            FamilyEnd::CodeReplayed(_) => EndKind::CodeReplayed,
            FamilyEnd::TokenReplayed(_) => EndKind::TokenReplayed,
        };
        Self {
            kind,
            exchange: end.exchange(),
            at: end.at(),
        }
    }
}

/// The token that was presented when this one was issued.
fn parent(history: History<'_>, generation: &Generation) -> Option<Digest> {
    let reading = history.reading(generation.issued_in?)?;
    match &reading.request {
        RequestMessage::Token(request) => match &request.grant {
            Grant::RefreshToken { refresh_token } => Some(refresh_token.as_ref()?.digest),
            _ => None,
        },
        _ => None,
    }
}

/// The first end after which no token was granted and one was refused that had not been used up.
fn ended_by(tokens: &[Token], ends: &[End]) -> Option<usize> {
    let all = || tokens.iter().flat_map(|token| &token.presentations);
    let last_granted = all()
        .filter(|it| it.outcome == Outcome::Granted)
        .map(|it| it.sent_at)
        .max();
    let is_refused_after = |end: &End| {
        all().any(|it| it.outcome == Outcome::Refused && !it.is_replay && it.sent_at > end.at)
    };
    ends.iter()
        .position(|end| last_granted.is_none_or(|at| at <= end.at) && is_refused_after(end))
}
