//! What happened to a refresh token and to the family it belongs to (RFC 6749 §6, RFC 9700 §4.14).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use grantscope_oauth::{
    Alteration, Digest, ExchangeId, Fingerprint, Grant, Reading, RequestMessage, ResponseMessage,
    TokenRequest, TokenResponse,
};
use jiff::Timestamp;

use crate::history::History;
use crate::index::{self, Role};
use crate::presentation::Presentation;
use crate::seen::Seen;

/// The life of a refresh token, as far as it was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenHistory {
    /// The token, as it was presented.
    pub token: Fingerprint,
    /// Where the server issued it.
    pub issuance: Seen<RefreshIssuance>,
    /// An issued token that this one is a usual alteration of, where it was not issued itself.
    pub resembles: Option<(RefreshIssuance, Alteration)>,
    /// All its presentations, in the order in which they were sent.
    pub presentations: Vec<Presentation>,
    /// The tokens that descend from the same grant.
    pub family: TokenFamily,
}

/// That the server issued a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshIssuance {
    /// When the response was complete.
    pub at: Timestamp,
    reading: Arc<Reading>,
}

/// The refresh tokens that descend from one grant, with all that can end them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFamily {
    /// The code from which the family descends.
    pub root: Option<Digest>,
    /// The refresh tokens, parents before children.
    pub generations: Vec<Generation>,
    /// What may have ended the whole family, in the order of time.
    pub ends: Vec<FamilyEnd>,
}

/// A refresh token of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The token.
    pub token: Digest,
    /// How many times the family was refreshed until it was issued.
    pub generation: usize,
    /// The exchange that issued it, where that was seen.
    pub issued_in: Option<ExchangeId>,
}

/// Something after which a server may refuse all tokens of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FamilyEnd {
    /// A token of the family was revoked (RFC 7009 §2.1).
    Revoked(Revocation),
    /// The user was logged out (OpenID Connect RP-Initiated Logout).
    LoggedOut(Revocation),
    /// The code from which it descends was presented again (RFC 6749 §4.1.2).
    CodeReplayed(Presentation),
    /// A token that was replaced was presented once more, after its replacement or at the same time (RFC 9700 §4.14.2).
    TokenReplayed(Presentation),
}

/// That the end of a token was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The exchange.
    pub exchange: ExchangeId,
    /// When the request was sent.
    pub at: Timestamp,
    /// The token that was named in it.
    pub token: Digest,
    /// What that token is.
    pub names: RevokedToken,
    /// The status of the answer; `None` while there is none.
    pub status: Option<u16>,
}

/// Which token of a family a revocation names, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevokedToken {
    /// The refresh token itself.
    Itself,
    /// Another refresh token of the family.
    Relative,
    /// An access token or ID token of the family.
    Sibling,
}

impl FamilyEnd {
    /// The token that a revocation names, the nearest of which counts where one request names several.
    fn names(&self) -> Option<RevokedToken> {
        match self {
            Self::Revoked(revocation) | Self::LoggedOut(revocation) => Some(revocation.names),
            Self::CodeReplayed(_) | Self::TokenReplayed(_) => None,
        }
    }

    /// The exchange in which it happened.
    pub fn exchange(&self) -> ExchangeId {
        match self {
            Self::Revoked(revocation) | Self::LoggedOut(revocation) => revocation.exchange,
            Self::CodeReplayed(presentation) | Self::TokenReplayed(presentation) => {
                presentation.exchange()
            }
        }
    }

    /// When the request was sent.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Revoked(revocation) | Self::LoggedOut(revocation) => revocation.at,
            Self::CodeReplayed(presentation) | Self::TokenReplayed(presentation) => {
                presentation.sent_at()
            }
        }
    }
}

impl RefreshIssuance {
    fn of(reading: &Arc<Reading>) -> Option<Self> {
        let (RequestMessage::Token(_), Some(ResponseMessage::Token(_))) =
            (&reading.request, &reading.response)
        else {
            return None;
        };
        Some(Self {
            at: reading.answered_at.unwrap_or(reading.sent_at),
            reading: Arc::clone(reading),
        })
    }

    /// The exchange whose response carried it.
    pub fn exchange(&self) -> ExchangeId {
        self.reading.exchange
    }

    /// The token request that it answers.
    #[expect(
        clippy::unreachable,
        reason = "`of` takes granted token requests alone"
    )]
    pub fn request(&self) -> &TokenRequest {
        match &self.reading.request {
            RequestMessage::Token(request) => request,
            _ => unreachable!("an issuance answers a token request"),
        }
    }

    /// The token response.
    #[expect(
        clippy::unreachable,
        reason = "`of` takes granted token requests alone"
    )]
    pub fn response(&self) -> &TokenResponse {
        match &self.reading.response {
            Some(ResponseMessage::Token(response)) => response,
            _ => unreachable!("an issuance is a token response"),
        }
    }
}

impl RefreshTokenHistory {
    pub(crate) fn of(history: History<'_>, token: &Fingerprint) -> Self {
        let issuance = issuance_of(history, token.digest);
        let resembles = if issuance.is_none() {
            resembling(history, token)
        } else {
            None
        };
        let known = resembles
            .as_ref()
            .and_then(|(issuance, _)| issuance.response().refresh_token.as_ref());
        Self {
            family: TokenFamily::of(history, known.unwrap_or(token).digest),
            issuance: Seen::from_option(issuance, history.absence(token.digest)),
            resembles,
            presentations: history.presentations(token.digest),
            token: token.clone(),
        }
    }

    /// The first presentation that was answered with tokens.
    pub fn granted(&self) -> Option<&Presentation> {
        self.presentations.iter().find(|it| it.is_granted())
    }
}

fn replaced(presentation: &Presentation, token: Digest) -> bool {
    let new = presentation
        .tokens()
        .and_then(|tokens| tokens.refresh_token.as_ref());
    new.is_some_and(|new| new.is_whole() && new.digest != token)
}

/// The first issuance: a server without rotation sends the same token again with each refresh.
fn issuance_of(history: History<'_>, token: Digest) -> Option<RefreshIssuance> {
    let readings = history.mentioned_as(token, Role::IssuedRefreshToken);
    readings.first().and_then(RefreshIssuance::of)
}

/// The latest issued token that `presented` is a usual alteration of, where it was issued first.
fn resembling(
    history: History<'_>,
    presented: &Fingerprint,
) -> Option<(RefreshIssuance, Alteration)> {
    index::keys_of_resembling(presented).find_map(|key| {
        let readings = history.mentioned_as(key, Role::FormOfIssuedRefreshToken);
        readings.iter().rev().find_map(|reading| {
            let issuance = RefreshIssuance::of(reading)?;
            let alteration = issuance
                .response()
                .refresh_token
                .as_ref()?
                .alteration_into(presented)?;
            let issued = issuance_of(history, issuance.response().refresh_token.as_ref()?.digest);
            Some((issued.unwrap_or(issuance), alteration))
        })
    })
}

/// A family is followed over this many refreshes at most, so that a diagnosis stays quick.
const GENERATIONS_MAX: usize = 1_000;

impl TokenFamily {
    fn of(history: History<'_>, token: Digest) -> Self {
        let (root, eldest) = ancestry(history, token);
        let mut family = Self {
            root,
            generations: descendants(history, eldest),
            ends: Vec::new(),
        };
        family.ends = family.ends_of(history, token);
        family
    }

    fn ends_of(&self, history: History<'_>, token: Digest) -> Vec<FamilyEnd> {
        let mut ends = self.replays(history);
        for generation in &self.generations {
            let names = if generation.token == token {
                RevokedToken::Itself
            } else {
                RevokedToken::Relative
            };
            ends.extend(revocations(history, generation.token, names));
            let siblings = generation
                .issued_in
                .map(|exchange| siblings(history, exchange));
            for sibling in siblings.into_iter().flatten() {
                ends.extend(revocations(history, sibling, RevokedToken::Sibling));
            }
        }
        ends.sort_by_key(|end| (end.at(), end.exchange(), end.names()));
        ends.dedup_by_key(|end| end.exchange());
        ends
    }

    fn replays(&self, history: History<'_>) -> Vec<FamilyEnd> {
        let of_code = self.root.into_iter().flat_map(|code| {
            let presentations = history.presentations(code);
            replays_of(presentations, Presentation::is_granted)
        });
        let of_tokens = self.generations.iter().flat_map(|generation| {
            let token = generation.token;
            replays_of(history.presentations(token), move |it| replaced(it, token))
        });
        of_code
            .map(FamilyEnd::CodeReplayed)
            .chain(of_tokens.map(FamilyEnd::TokenReplayed))
            .collect()
    }
}

/// The presentations that a server may take for a replay: they follow one that used the grant up, or overlap it, and were
/// not granted themselves. Of two that overlap, the loser may have been sent first.
fn replays_of(
    presentations: Vec<Presentation>,
    uses_up: impl Fn(&Presentation) -> bool,
) -> impl Iterator<Item = Presentation> {
    let winners: Vec<_> = presentations
        .iter()
        .filter(|it| uses_up(it))
        .cloned()
        .collect();
    let is_replay = move |it: &Presentation| {
        !it.is_granted()
            && winners
                .iter()
                .any(|winner| winner.sent_at() <= it.sent_at() || winner.overlaps(it))
    };
    presentations.into_iter().filter(is_replay)
}

/// The refresh tokens of the family of a token, itself among them.
pub(crate) fn relatives(history: History<'_>, token: Digest) -> Vec<Digest> {
    let (_, eldest) = ancestry(history, token);
    let family = descendants(history, eldest).into_iter();
    [token, eldest]
        .into_iter()
        .chain(family.map(|generation| generation.token))
        .collect()
}

/// The code and the eldest refresh token from which a token descends.
fn ancestry(history: History<'_>, token: Digest) -> (Option<Digest>, Digest) {
    let mut eldest = token;
    let mut visited = HashSet::from([token]);
    while let Some(issuance) = issuance_of(history, eldest) {
        match &issuance.request().grant {
            Grant::RefreshToken {
                refresh_token: Some(parent),
            } if visited.insert(parent.digest) => {
                eldest = parent.digest;
            }
            Grant::AuthorizationCode {
                code: Some(code), ..
            } => return (Some(code.digest), eldest),
            _ => break,
        }
        if visited.len() > GENERATIONS_MAX {
            break;
        }
    }
    (None, eldest)
}

fn descendants(history: History<'_>, eldest: Digest) -> Vec<Generation> {
    let mut generations = Vec::new();
    let mut visited = HashSet::from([eldest]);
    let mut next = VecDeque::from([(eldest, 0)]);
    while let Some((token, generation)) = next.pop_front() {
        generations.push(Generation {
            token,
            generation,
            issued_in: issuance_of(history, token).map(|issuance| issuance.exchange()),
        });
        for presentation in history.presentations(token) {
            let new = presentation
                .tokens()
                .and_then(|tokens| tokens.refresh_token.as_ref());
            if let Some(new) = new.filter(|new| visited.insert(new.digest)) {
                next.push_back((new.digest, generation + 1));
            }
        }
        if visited.len() > GENERATIONS_MAX {
            break;
        }
    }
    generations
}

/// The access token and the ID token that were issued together with a refresh token.
fn siblings(history: History<'_>, issued_in: ExchangeId) -> Vec<Digest> {
    let Some(reading) = history.reading(issued_in) else {
        return Vec::new();
    };
    match &reading.response {
        Some(ResponseMessage::Token(tokens)) => [&tokens.access_token, &tokens.id_token]
            .into_iter()
            .flatten()
            .map(|token| token.digest)
            .collect(),
        _ => Vec::new(),
    }
}

fn revocations(history: History<'_>, token: Digest, names: RevokedToken) -> Vec<FamilyEnd> {
    let of_role = |role| history.mentioned_as(token, role).into_iter();
    let revocation = |reading: Arc<Reading>| Revocation {
        exchange: reading.exchange,
        at: reading.sent_at,
        token,
        names,
        status: reading.status,
    };
    let revoked =
        of_role(Role::RevokedToken).map(|reading| FamilyEnd::Revoked(revocation(reading)));
    let ended =
        of_role(Role::EndedSession).map(|reading| FamilyEnd::LoggedOut(revocation(reading)));
    revoked.chain(ended).collect()
}
