//! What happened to a grant until it was refused, in the order of time.
//!
//! What began later is no part of it: whether it is known already when the refusal is judged is a matter of chance, and a
//! retry would change what was said of every refusal before it.

use grantscope_correlation::{CodeHistory, FamilyEnd, Presentation, RefreshTokenHistory, Seen};
use grantscope_oauth::ExchangeId;
use jiff::Timestamp;

use crate::case::Case;

/// One thing that happened to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What: `authorization-request`, `authorization-response`, `callback`, `token-request`, `token-response`, `refusal`,
    /// `revocation`, `logout`.
    pub event: &'static str,
    /// Where.
    pub exchange: ExchangeId,
    /// When.
    pub time: Timestamp,
}

pub(crate) fn of(case: &Case<'_>) -> Vec<Moment> {
    let mut moments = Vec::new();
    let until = case.refused.answered_at().unwrap_or(Timestamp::MAX);
    match (&case.code, &case.refresh) {
        (Some(code), _) => of_code(code, until, &mut moments),
        (None, Some(refresh)) => of_refresh_token(refresh, until, &mut moments),
        (None, None) => of_presentation(&case.refused, &mut moments),
    }
    moments.sort_by_key(|moment| (moment.time, moment.exchange));
    moments
}

fn of_code(code: &CodeHistory, until: Timestamp, moments: &mut Vec<Moment>) {
    let mut add = |event, exchange, time| {
        moments.push(Moment {
            event,
            exchange,
            time,
        });
    };
    if let Seen::Seen(authorization) = &code.authorization {
        add(
            "authorization-request",
            authorization.exchange,
            authorization.at,
        );
    }
    if let Seen::Seen(issuance) = &code.issuance {
        add("authorization-response", issuance.exchange, issuance.at);
    }
    for receipt in code.receipts.iter().filter(|it| it.at <= until) {
        add("callback", receipt.exchange, receipt.at);
    }
    of_presentations(&code.presentations, until, moments);
}

fn of_refresh_token(refresh: &RefreshTokenHistory, until: Timestamp, moments: &mut Vec<Moment>) {
    if let Seen::Seen(issuance) = &refresh.issuance {
        moments.push(Moment {
            event: "token-response",
            exchange: issuance.exchange(),
            time: issuance.at,
        });
    }
    for end in refresh.family.ends.iter().filter(|it| it.at() <= until) {
        let event = match end {
            FamilyEnd::Revoked(_) => "revocation",
            FamilyEnd::LoggedOut(_) => "logout",
            FamilyEnd::CodeReplayed(_) | FamilyEnd::TokenReplayed(_) => "replay",
        };
        moments.push(Moment {
            event,
            exchange: end.exchange(),
            time: end.at(),
        });
    }
    of_presentations(&refresh.presentations, until, moments);
}

/// One that was sent before the refusal was there is told of to its end.
fn of_presentations(presentations: &[Presentation], until: Timestamp, moments: &mut Vec<Moment>) {
    let sent = presentations.iter().filter(|it| it.sent_at() <= until);
    sent.for_each(|it| of_presentation(it, moments));
}

fn of_presentation(presentation: &Presentation, moments: &mut Vec<Moment>) {
    let exchange = presentation.exchange();
    moments.push(Moment {
        event: "token-request",
        exchange,
        time: presentation.sent_at(),
    });
    let answer = match (presentation.tokens(), presentation.error()) {
        (Some(_), _) => "token-response",
        (None, Some(_)) => "refusal",
        (None, None) => return,
    };
    if let Some(time) = presentation.answered_at() {
        moments.push(Moment {
            event: answer,
            exchange,
            time,
        });
    }
}
