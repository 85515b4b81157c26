//! What happened to an authorization code: the request that led to it, its issuance, its way and its presentations.

use std::sync::Arc;
use std::time::Duration;

use grantscope_oauth::{
    Alteration, AuthorizationResponse, Digest, ExchangeId, Fingerprint, Reading, RequestMessage,
    ResponseMessage,
};
use jiff::Timestamp;

use crate::authorization::{Authorization, authorization_of};
use crate::history::History;
use crate::index::{self, Role};
use crate::key::origin_of;
use crate::presentation::Presentation;
use crate::seen::Seen;

/// The life of a code, as far as it was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeHistory {
    /// The code, as it was presented.
    pub code: Fingerprint,
    /// Where the server issued it.
    pub issuance: Seen<Issuance>,
    /// Where the client received it (RFC 6749 §4.1.2).
    pub receipts: Vec<Receipt>,
    /// An issued code that this one is a usual alteration of, where it was not issued itself.
    pub resembles: Option<(Issuance, Alteration)>,
    /// The authorization request that led to it, or to the code that it is an alteration of.
    pub authorization: Seen<Authorization>,
    /// All its presentations, in the order in which they were sent.
    pub presentations: Vec<Presentation>,
}

/// That the server issued a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuance {
    /// The exchange that carried it.
    pub exchange: ExchangeId,
    /// When the server's response was complete, or the request to the client began where that alone was seen.
    pub at: Timestamp,
    /// The origin that was asked in that exchange.
    pub origin: String,
    /// The authorization response.
    pub response: AuthorizationResponse,
}

/// That the client received a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The request to the client's redirection endpoint.
    pub exchange: ExchangeId,
    /// When it began.
    pub at: Timestamp,
    /// The authorization response as it arrived.
    pub response: AuthorizationResponse,
}

impl CodeHistory {
    pub(crate) fn of(history: History<'_>, code: &Fingerprint) -> Self {
        let issuance = issuance_of(history, code.digest);
        let receipts = receipts_of(history, code.digest);
        let resembles = if issuance.is_none() {
            resembling(history, code)
        } else {
            None
        };
        let origin = issuance
            .as_ref()
            .or(resembles.as_ref().map(|(issuance, _)| issuance));
        let authorization = match (origin, receipts.first()) {
            (Some(issuance), _) => {
                let issuing = history.reading(issuance.exchange);
                authorization_of(history, &issuance.response, issuing, issuance.at)
            }
            (None, Some(receipt)) => authorization_of(history, &receipt.response, None, receipt.at),
            (None, None) => Seen::Unseen(history.absence(code.digest)),
        };
        Self {
            issuance: Seen::from_option(issuance, history.absence(code.digest)),
            receipts,
            resembles,
            authorization,
            presentations: history.presentations(code.digest),
            code: code.clone(),
        }
    }

    /// The first presentation that was answered with tokens.
    pub fn granted(&self) -> Option<&Presentation> {
        self.presentations.iter().find(|it| it.is_granted())
    }

    /// When the code came into being: when it was issued, or received where that alone was seen.
    pub fn known_since(&self) -> Option<Timestamp> {
        let issued = self.issuance.seen().map(|issuance| issuance.at);
        issued.or_else(|| self.receipts.first().map(|receipt| receipt.at))
    }

    /// The exchange in which the code was first seen in front of its presentations.
    pub fn origin(&self) -> Option<ExchangeId> {
        let issued = self.issuance.seen().map(|issuance| issuance.exchange);
        issued.or_else(|| self.receipts.first().map(|receipt| receipt.exchange))
    }
}

/// When a code was issued, or received where that alone was seen.
pub(crate) fn known_since(history: History<'_>, code: Digest) -> Option<Timestamp> {
    let issued = issuance_of(history, code).map(|issuance| issuance.at);
    issued.or_else(|| receipts_of(history, code).first().map(|receipt| receipt.at))
}

fn issuance_of(history: History<'_>, code: Digest) -> Option<Issuance> {
    let readings = history.mentioned_as(code, Role::IssuedCode);
    readings.first().and_then(|reading| issuance(reading))
}

pub(crate) fn issuance(reading: &Reading) -> Option<Issuance> {
    let (response, at) = match (&reading.response, &reading.request) {
        (Some(ResponseMessage::Authorization(response)), _) => {
            (response, reading.answered_at.unwrap_or(reading.sent_at))
        }
        (_, RequestMessage::Callback(response)) => (response, reading.started_at),
        _ => return None,
    };
    Some(Issuance {
        exchange: reading.exchange,
        at,
        origin: origin_of(&reading.endpoint).to_owned(),
        response: response.clone(),
    })
}

fn receipts_of(history: History<'_>, code: Digest) -> Vec<Receipt> {
    let readings = history.mentioned_as(code, Role::ReceivedCode);
    let receipt = |reading: &Arc<Reading>| match &reading.request {
        RequestMessage::Callback(response) => Some(Receipt {
            exchange: reading.exchange,
            at: reading.started_at,
            response: response.clone(),
        }),
        _ => None,
    };
    readings.iter().filter_map(receipt).collect()
}

/// The latest issued code that `presented` is a usual alteration of, where the server issued it or else where it arrived.
fn resembling(history: History<'_>, presented: &Fingerprint) -> Option<(Issuance, Alteration)> {
    index::keys_of_resembling(presented).find_map(|key| {
        let readings = history.mentioned_as(key, Role::FormOfIssuedCode);
        readings.iter().rev().find_map(|reading| {
            let issuance = issuance(reading)?;
            let alteration = issuance
                .response
                .code
                .as_ref()?
                .alteration_into(presented)?;
            let issued = issuance_of(history, issuance.response.code.as_ref()?.digest);
            Some((issued.unwrap_or(issuance), alteration))
        })
    })
}

/// The way of a code from its issuance to the answer to a presentation, split by who used up the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLife {
    /// The legs, each beginning where the one before it ends.
    pub legs: Vec<Leg>,
    /// How old the code was when the last byte of the presentation was sent.
    pub age: Duration,
}

/// A part of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Who had the code.
    pub party: Party,
    /// For how long.
    pub took: Duration,
}

/// Who has the code on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The user agent, on the way from the authorization server to the client's redirection endpoint.
    UserAgent,
    /// The app, from its redirection endpoint until it calls the token endpoint.
    App,
    /// The user agent and the app together: the request to the redirection endpoint was not seen.
    UserAgentAndApp,
    /// The network: name resolution, connection, TLS handshake and sending.
    Network,
}

impl CodeLife {
    /// The life of a code until one of its presentations; `None` where its beginning was not seen.
    pub fn until(code: &CodeHistory, presentation: &Presentation) -> Option<Self> {
        let since = code.known_since()?;
        let received = code
            .receipts
            .iter()
            .map(|receipt| receipt.at)
            .rfind(|at| *at >= since && *at <= presentation.started_at());
        let mut legs = Vec::new();
        let mut leg = |party, from: Timestamp, until: Timestamp| {
            legs.push(Leg {
                party,
                took: elapsed(from, until),
            });
        };
        match received {
            Some(received) => {
                leg(Party::UserAgent, since, received);
                leg(Party::App, received, presentation.started_at());
            }
            None => leg(Party::UserAgentAndApp, since, presentation.started_at()),
        }
        leg(
            Party::Network,
            presentation.started_at(),
            presentation.sent_at(),
        );
        Some(Self {
            legs,
            age: elapsed(since, presentation.sent_at()),
        })
    }

    /// The leg that took the longest.
    pub fn longest(&self) -> Option<Leg> {
        self.legs.iter().max_by_key(|leg| leg.took).copied()
    }
}

/// The time between two instants; zero where clocks disagree about their order.
pub(crate) fn elapsed(from: Timestamp, until: Timestamp) -> Duration {
    until.duration_since(from).try_into().unwrap_or_default()
}
