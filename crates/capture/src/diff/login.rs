//! The exchanges of one login: a grant that was presented, and all that led to it.

use std::collections::BTreeSet;
use std::time::Duration;

use grantscope_correlation::{CodeHistory, Correlator, Event, History, Presentation, Seen};
use grantscope_oauth::{
    Exchange, ExchangeId, Grant, Reader, Reading, RequestMessage, ResponseMessage,
};

use super::step::{Step, steps};
use crate::redact::Redacted;

/// Which login of a capture is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one that was refused last; where none was, the last one.
    Refused,
    /// The one that was granted last, of this grant type where there is one; where none was, the last one.
    Granted(Option<String>),
    /// The one whose grant was presented in this exchange.
    Exchange(ExchangeId),
    /// The last one with this grant, as people see it: `code#7f3a9c`.
    Grant(String),
}

/// A grant that was presented, with the exchanges that led to it.
#[derive(Clone, Debug)]
pub struct Login {
    /// The exchange in which the grant was presented; the authorization request where none was.
    pub presented_in: ExchangeId,
    /// As it is registered: `authorization_code`.
    pub grant_type: String,
    /// The grant as people see it, where it is a secret: `code#7f3a9c`.
    pub grant: Option<String>,
    /// What the server answered: `granted`, `refused`, or `pending` where it was not asked or did not answer.
    pub outcome: &'static str,
    seen: Vec<(Redacted<Exchange>, Reading)>,
}

impl Login {
    /// Finds a login; `None` where there is none of that kind.
    pub fn choose(
        exchanges: &[Redacted<Exchange>],
        reader: &Reader,
        choice: &Choice,
    ) -> Option<Self> {
        let seen: Vec<_> = exchanges
            .iter()
            .map(|exchange| (exchange, reader.read(exchange)))
            .collect();
        let ledger = Correlator::default();
        for (_, reading) in &seen {
            ledger.observe(Event::Finished(reading.clone()));
        }
        let history = ledger.history();
        let mut presented: Vec<_> = seen
            .iter()
            .filter(|(_, reading)| !is_step(reading))
            .filter_map(|(_, reading)| history.presentation(reading.exchange))
            .collect();
        presented.sort_by_key(|it| (it.sent_at(), it.exchange()));
        let Some(chosen) = chosen(&presented, choice) else {
            return is_any(choice).then(|| Self::unfinished(&seen))?;
        };
        let of_it = involved(history, &seen, chosen);
        let seen = seen
            .into_iter()
            .filter(|(exchange, _)| of_it.contains(&exchange.id))
            .map(|(exchange, reading)| (exchange.clone(), reading));
        Some(Self {
            presented_in: chosen.exchange(),
            grant_type: chosen.request().grant.grant_type().to_owned(),
            grant: name(chosen),
            outcome: outcome(chosen),
            seen: seen.collect(),
        })
    }

    /// A login that came to no grant, as one that the user denied: all from the last authorization request on.
    fn unfinished(seen: &[(&Redacted<Exchange>, Reading)]) -> Option<Self> {
        let asks = |(_, reading): &(_, Reading)| {
            matches!(reading.request, RequestMessage::Authorization(_))
        };
        let from = seen.iter().rposition(asks)?;
        let of_it = seen[from..].iter();
        Some(Self {
            presented_in: seen[from].0.id,
            grant_type: "authorization_code".to_owned(),
            grant: None,
            outcome: "pending",
            seen: of_it
                .map(|(it, reading)| ((*it).clone(), reading.clone()))
                .collect(),
        })
    }

    /// The numbers of its exchanges.
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeId> {
        self.seen.iter().map(|(exchange, _)| exchange.id)
    }

    /// Its messages in the order of time, with the age of each grant that is presented.
    pub(super) fn steps(&self) -> Vec<Step> {
        let seen = self.seen.iter();
        let mut all: Vec<Step> = seen
            .flat_map(|(exchange, reading)| steps(&exchange.request, reading))
            .collect();
        all.sort_by_key(|step| (step.at, step.exchange));
        all.truncate(STEPS_MAX);
        for at in 0..all.len() {
            all[at].age = age(&all[..at], &all[at]);
        }
        all
    }
}

/// A client that retries in a loop says nothing new. The time of an alignment is that of the square.
const STEPS_MAX: usize = 1_000;

/// Whether any login of a capture will do.
fn is_any(choice: &Choice) -> bool {
    matches!(choice, Choice::Refused | Choice::Granted(_))
}

/// A client that polls (RFC 8628 §3.5) or lacks a nonce (RFC 9449 §8) is asked to try again.
fn is_step(reading: &Reading) -> bool {
    matches!(&reading.response, Some(ResponseMessage::Error(error)) if error.is_step())
}

fn outcome(of: &Presentation) -> &'static str {
    match (of.tokens(), of.error()) {
        (Some(_), _) => "granted",
        (None, Some(_)) => "refused",
        (None, None) => "pending",
    }
}

fn name(of: &Presentation) -> Option<String> {
    let grant = &of.request().grant;
    grant.secret().map(|it| it.named(grant.secret_kind()))
}

fn chosen<'a>(presented: &'a [Presentation], choice: &Choice) -> Option<&'a Presentation> {
    let last = |is_meant: &dyn Fn(&Presentation) -> bool| presented.iter().rfind(|it| is_meant(it));
    match choice {
        Choice::Refused => last(&|it| it.error().is_some()).or_else(|| presented.last()),
        Choice::Granted(grant_type) => {
            let is_alike = |it: &Presentation| {
                let wanted = grant_type.as_deref();
                it.tokens().is_some()
                    && wanted.is_none_or(|it_is| it.request().grant.grant_type() == it_is)
            };
            last(&is_alike)
                .or_else(|| last(&|it| it.tokens().is_some()))
                .or_else(|| presented.last())
        }
        Choice::Exchange(exchange) => last(&|it| it.exchange() == *exchange),
        Choice::Grant(grant) => last(&|it| name(it).as_ref() == Some(grant)),
    }
}

/// The exchanges that led to a presentation, and itself.
fn involved(
    history: History<'_>,
    seen: &[(&Redacted<Exchange>, Reading)],
    presentation: &Presentation,
) -> BTreeSet<ExchangeId> {
    let mut of_it = BTreeSet::from([presentation.exchange()]);
    match &presentation.request().grant {
        Grant::AuthorizationCode {
            code: Some(code), ..
        } => {
            of_it.extend(before(presentation, of_code(&history.code(code))));
        }
        Grant::RefreshToken {
            refresh_token: Some(token),
        } => {
            let token = history.refresh_token(token);
            let presented = token.presentations.iter();
            of_it.extend(before(
                presentation,
                presented.cloned().map(Cause::Presented).collect(),
            ));
            if let Seen::Seen(issuance) = &token.issuance
                && let Some(issuing) = history.presentation(issuance.exchange())
            {
                of_it.insert(issuing.exchange());
                // The login itself, where the token was not refreshed before.
                if let Grant::AuthorizationCode {
                    code: Some(code), ..
                } = &issuing.request().grant
                {
                    of_it.extend(before(&issuing, of_code(&history.code(code))));
                }
            }
        }
        Grant::DeviceCode {
            device_code: Some(code),
        } => {
            let issues = |reading: &Reading| {
                matches!(&reading.response,
                Some(ResponseMessage::DeviceAuthorization(it)) if it.device_code == *code)
            };
            let issuing = seen.iter().filter(|(_, reading)| issues(reading));
            of_it.extend(issuing.map(|(exchange, _)| exchange.id));
        }
        _ => {}
    }
    of_it
}

/// What happened to a grant.
enum Cause {
    At(ExchangeId),
    Presented(Presentation),
}

fn of_code(code: &CodeHistory) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Seen::Seen(authorization) = &code.authorization {
        causes.push(Cause::At(authorization.exchange));
        causes.extend(authorization.pushed_in.map(Cause::At));
    }
    if let Seen::Seen(issuance) = &code.issuance {
        causes.push(Cause::At(issuance.exchange));
    }
    causes.extend(code.receipts.iter().map(|it| Cause::At(it.exchange)));
    causes.extend(code.presentations.iter().cloned().map(Cause::Presented));
    causes
}

/// What came after the presentation cannot have led to it.
fn before(presentation: &Presentation, causes: Vec<Cause>) -> impl Iterator<Item = ExchangeId> {
    let until = presentation.sent_at();
    causes.into_iter().filter_map(move |cause| match cause {
        Cause::At(exchange) => Some(exchange),
        Cause::Presented(other) => (other.sent_at() <= until).then(|| other.exchange()),
    })
}

/// How long ago the grant that a message presents was seen for the first time.
fn age(earlier: &[Step], step: &Step) -> Option<Duration> {
    const GRANTS: [&str; 3] = ["form code", "form refresh_token", "form device_code"];
    let grant = GRANTS.iter().find_map(|place| step.field(place))?;
    let key = grant.nonces.first()?.key();
    let has_it = |earlier: &&Step| {
        let mut nonces = earlier.fields.iter().flat_map(|field| &field.nonces);
        nonces.any(|nonce| nonce.key() == key)
    };
    let since = earlier.iter().find(has_it)?.at;
    step.at.duration_since(since).try_into().ok()
}
