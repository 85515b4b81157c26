//! What happened to a grant, for people who look at it: who sent what to whom, how old a code became, and the family of a
//! refresh token.

pub mod family;
pub mod life;
pub mod sequence;

use std::collections::BTreeSet;

use grantscope_correlation::{CodeHistory, Correlator, Event, History, RefreshTokenHistory};
use grantscope_oauth::{
    ExchangeId, Fingerprint, Providers, Reading, RequestMessage, ResponseMessage,
};

use crate::report::{GrantV1, MomentV1};
use crate::traffic::Traffic;
use family::Family;
use life::Life;
use sequence::Sequence;

/// A code or a refresh token, followed through the exchanges of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// As people see it: `code#7f3a9c`.
    pub name: String,
    /// Who sent what to whom.
    pub sequence: Sequence,
    /// How old the code was at each of its presentations; empty for a refresh token.
    pub lives: Vec<Life>,
    /// The family: the one that a refresh token belongs to, or that a code began.
    pub family: Option<Family>,
}

impl Followed {
    /// Follows the grant that people see by this name: `code#7f3a9c` or `refresh#7f3a9c`. What is known of the server tells
    /// how long its codes live. `None` where no exchange mentions it.
    pub fn of(traffic: &Traffic, name: &str, providers: &Providers) -> Option<Self> {
        let correlator = Correlator::default();
        for reading in traffic.readings() {
            correlator.observe(Event::Finished(reading.clone()));
        }
        let history = correlator.history();
        let grant = traffic.readings().find_map(|it| named(it, name))?;
        match grant {
            Named::Code(code) => of_code(traffic, history, &code, providers),
            Named::Refresh(token) => of_refresh_token(traffic, history, &token),
        }
    }
}

/// A secret that people see by the name that was asked for.
enum Named {
    Code(Fingerprint),
    Refresh(Fingerprint),
}

fn named(reading: &Reading, name: &str) -> Option<Named> {
    let (code, refresh) = (codes(reading), refresh_tokens(reading));
    let code = code
        .into_iter()
        .flatten()
        .find(|it| it.named("code") == name);
    let refresh = refresh
        .into_iter()
        .flatten()
        .find(|it| it.named("refresh") == name);
    let code = code.cloned().map(Named::Code);
    code.or_else(|| refresh.cloned().map(Named::Refresh))
}

fn codes(reading: &Reading) -> [Option<&Fingerprint>; 2] {
    let asked = match &reading.request {
        RequestMessage::Callback(response) => response.code.as_ref(),
        RequestMessage::Token(request) if request.grant.secret_kind() == "code" => {
            request.grant.secret()
        }
        _ => None,
    };
    let answered = match &reading.response {
        Some(ResponseMessage::Authorization(response)) => response.code.as_ref(),
        _ => None,
    };
    [asked, answered]
}

fn refresh_tokens(reading: &Reading) -> [Option<&Fingerprint>; 2] {
    let asked = match &reading.request {
        RequestMessage::Token(request) if request.grant.secret_kind() == "refresh" => {
            request.grant.secret()
        }
        _ => None,
    };
    let answered = match &reading.response {
        Some(ResponseMessage::Token(tokens)) => tokens.refresh_token.as_ref(),
        _ => None,
    };
    [asked, answered]
}

fn of_code(
    traffic: &Traffic,
    history: History<'_>,
    code: &Fingerprint,
    providers: &Providers,
) -> Option<Followed> {
    let code = history.code(code);
    let life = |it| Life::until(history, &code, it, providers);
    let lives = code.presentations.iter().filter_map(life).collect();
    let family = code.granted().and_then(|granted| {
        let token = granted.tokens()?.refresh_token.as_ref()?;
        let family = Family::of(history, &history.refresh_token(token));
        // One token that was never presented is no family to look at.
        let is_used = family.presentations().next().is_some();
        is_used.then_some(family)
    });
    let name = code.code.named("code");
    let moments = moments_of_code(&code);
    Some(Followed {
        sequence: sequence(traffic, &name, moments)?,
        name,
        lives,
        family,
    })
}

fn of_refresh_token(
    traffic: &Traffic,
    history: History<'_>,
    token: &Fingerprint,
) -> Option<Followed> {
    let token = history.refresh_token(token);
    let name = token.token.named("refresh");
    let moments = moments_of_refresh_token(&token);
    Some(Followed {
        sequence: sequence(traffic, &name, moments)?,
        name,
        lives: Vec::new(),
        family: Some(Family::of(history, &token)),
    })
}

fn sequence(traffic: &Traffic, name: &str, timeline: Vec<MomentV1>) -> Option<Sequence> {
    let of_grant: BTreeSet<_> = timeline.iter().map(|it| it.exchange).collect();
    let grant = GrantV1 {
        fingerprint: Some(name.to_owned()),
        timeline,
    };
    Sequence::of(traffic.with_pushed(of_grant), &grant)
}

fn moments_of_code(code: &CodeHistory) -> Vec<MomentV1> {
    let authorization = code.authorization.seen();
    let asked = authorization.map(|it| moment("authorization-request", it.exchange, it.at));
    let issuance = code.issuance.seen();
    let issued = issuance.map(|it| moment("authorization-response", it.exchange, it.at));
    let receipts = code.receipts.iter();
    let received = receipts.map(|it| moment("callback", it.exchange, it.at));
    let presented = code.presentations.iter();
    let presented = presented.map(|it| moment("token-request", it.exchange(), it.sent_at()));
    asked
        .into_iter()
        .chain(issued)
        .chain(received)
        .chain(presented)
        .collect()
}

fn moments_of_refresh_token(token: &RefreshTokenHistory) -> Vec<MomentV1> {
    let issuance = token.issuance.seen();
    let issued = issuance.map(|it| moment("token-response", it.exchange(), it.at));
    let ends = token.family.ends.iter();
    let ended = ends.map(|it| moment("end", it.exchange(), it.at()));
    let presented = token.presentations.iter();
    let presented = presented.map(|it| moment("token-request", it.exchange(), it.sent_at()));
    issued.into_iter().chain(ended).chain(presented).collect()
}

fn moment(event: &'static str, exchange: ExchangeId, time: jiff::Timestamp) -> MomentV1 {
    MomentV1 {
        event: event.into(),
        exchange: exchange.0,
        time,
    }
}

#[cfg(test)]
mod tests;
