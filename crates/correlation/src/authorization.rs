//! The authorization request that led to a response: joined with what was pushed for it, and linked by the facts alone.

use std::sync::Arc;

use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, ExchangeId, Fingerprint, Reading, RequestMessage,
    ResponseMessage,
};
use jiff::{SignedDuration, Timestamp};

use crate::code::Issuance;
use crate::history::History;
use crate::index::Role;
use crate::key::{Key, has_hidden_code};
use crate::seen::{Seen, Unseen};

/// An authorization request, with the parameters that were pushed for it (RFC 9126).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The request to the authorization endpoint, or the pushed one where that alone was seen.
    pub exchange: ExchangeId,
    /// When it was sent.
    pub at: Timestamp,
    /// Its parameters.
    pub request: AuthorizationRequest,
    /// The exchange that pushed them.
    pub pushed_in: Option<ExchangeId>,
}

/// The authorization request that a response answers: the very exchange, or the one of the same `state`, or the one
/// that redirects led away from, or the only one that awaits a response at this redirection URI.
pub(crate) fn authorization_of(
    history: History<'_>,
    response: &AuthorizationResponse,
    issuing: Option<Arc<Reading>>,
    before: Timestamp,
) -> Seen<Authorization> {
    if let Some(direct) = issuing
        .as_deref()
        .and_then(|reading| authorization(history, reading))
    {
        return Seen::Seen(direct);
    }
    let by_state = by_state(history, response, before);
    if let Some(only) = agreed(&by_state) {
        return Seen::Seen(only);
    }
    let asked_until = issuing
        .as_ref()
        .map_or(before, |issuing| issuing.started_at);
    if let Some(led) = issuing.and_then(|reading| by_redirects(history, reading)) {
        return Seen::Seen(led);
    }
    if !by_state.is_empty() {
        return Seen::Unseen(Unseen::Ambiguous);
    }
    if let Some(state) = &response.state {
        return Seen::Unseen(history.absence(state.digest));
    }
    awaiting(history, response, asked_until, before)
}

fn by_state(
    history: History<'_>,
    response: &AuthorizationResponse,
    before: Timestamp,
) -> Vec<Authorization> {
    let Some(state) = &response.state else {
        return Vec::new();
    };
    let readings = history.mentioned_as(state.digest, Role::StateOfRequest);
    distinct(history, &readings, before)
}

fn distinct(
    history: History<'_>,
    readings: &[Arc<Reading>],
    before: Timestamp,
) -> Vec<Authorization> {
    let mut found: Vec<Authorization> = Vec::new();
    for reading in readings.iter().filter(|reading| reading.sent_at <= before) {
        if let Some(new) = authorization(history, reading)
            && !is_among(&found, new.exchange)
        {
            found.push(new);
        }
    }
    found
}

/// The last of several requests that ask for the same: a user agent that sends its request again.
fn agreed(candidates: &[Authorization]) -> Option<Authorization> {
    let last = candidates.last()?;
    let same = |other: &Authorization| {
        other.request.client_id == last.request.client_id
            && other.request.redirect_uri == last.request.redirect_uri
            && other.request.code_challenge == last.request.code_challenge
    };
    candidates.iter().all(same).then(|| last.clone())
}

/// No login takes more redirects than a user agent follows.
const REDIRECTS_MAX: usize = 20;

fn by_redirects(history: History<'_>, issuing: Arc<Reading>) -> Option<Authorization> {
    let mut reading = issuing;
    for _ in 0..REDIRECTS_MAX {
        let sources = history.mentioned_as(reading.url, Role::Location);
        let source = sources
            .into_iter()
            .rev()
            .find(|source| source.sent_at <= reading.started_at)?;
        if let Some(found) = authorization(history, &source) {
            return Some(found);
        }
        reading = source;
    }
    None
}

/// The only authorization request at this redirection URI that awaits a response.
fn awaiting(
    history: History<'_>,
    response: &AuthorizationResponse,
    asked_until: Timestamp,
    before: Timestamp,
) -> Seen<Authorization> {
    let mut awaiting: Vec<Authorization> = Vec::new();
    for (at, step) in steps_to(history, response, before) {
        match step {
            Step::Asked(new) if at > asked_until || is_among(&awaiting, new.exchange) => {}
            Step::Asked(new) => awaiting.push(*new),
            Step::Answered(reading) => answer(history, &reading, &mut awaiting),
        }
    }
    let is_recent = |it: &Authorization| before.duration_since(it.at) <= LOGIN_LASTS;
    if awaiting.iter().any(is_recent) {
        awaiting.retain(is_recent);
    }
    match (agreed(&awaiting), awaiting.is_empty()) {
        (Some(only), _) => Seen::Seen(only),
        (None, true) => Seen::Unseen(absence(history, before)),
        (None, false) => Seen::Unseen(Unseen::Ambiguous),
    }
}

/// The only authorization request of a client before this time; of all clients where it is not known which one asks.
pub(crate) fn only(
    history: History<'_>,
    client_id: Option<&str>,
    before: Timestamp,
) -> Option<Authorization> {
    let key = client_id.map_or(Key::Authorizing, |id| Key::AuthorizingClient(id.to_owned()));
    let ids = history.ledger().found_by(&key);
    let readings: Vec<_> = ids
        .into_iter()
        .filter_map(|id| history.reading(id))
        .collect();
    agreed(&distinct(history, &readings, before))
}

/// The same, where no response to it was seen that tells its code.
pub(crate) fn only_unanswered(
    history: History<'_>,
    client_id: Option<&str>,
    before: Timestamp,
) -> Option<Authorization> {
    let only = only(history, client_id, before)?;
    let by_state = only.request.state.iter().any(|state| {
        let responses = history.mentioned_as(state.digest, Role::StateOfResponse);
        responses.iter().any(|response| !has_hidden_code(response))
    });
    let by_redirect_uri = only.request.redirect_uri.iter().any(|uri| {
        let issued = history.issuances_to(uri);
        let tells = |it: &Issuance| it.response.code.as_ref().is_some_and(Fingerprint::is_whole);
        issued.iter().any(|it| it.at >= only.at && tells(it))
    });
    (!by_state && !by_redirect_uri).then_some(only)
}

/// Who leaves a login page open for longer has given it up in most cases. Servers end such a page much earlier.
const LOGIN_LASTS: SignedDuration = SignedDuration::from_hours(1);

/// What happened at a redirection URI.
enum Step {
    Asked(Box<Authorization>),
    Answered(Arc<Reading>),
}

fn steps_to(
    history: History<'_>,
    response: &AuthorizationResponse,
    before: Timestamp,
) -> Vec<(Timestamp, Step)> {
    let mut steps = Vec::new();
    for reading in history.found_by(&Key::Redirect(response.redirect_uri.clone())) {
        if let Some(request) = authorization(history, &reading) {
            steps.push((reading.sent_at, Step::Asked(Box::new(request))));
        }
        let answered_at = reading.answered_at.filter(|at| *at < before);
        if let (Some(ResponseMessage::Authorization(_)), Some(at)) =
            (&reading.response, answered_at)
        {
            steps.push((at, Step::Answered(reading)));
        }
    }
    steps.sort_by_key(|(at, step)| (*at, matches!(step, Step::Answered(_))));
    steps
}

/// Takes out the request that a response answers. Where that cannot be told, all go on to wait.
fn answer(history: History<'_>, reading: &Arc<Reading>, awaiting: &mut Vec<Authorization>) {
    let Some(ResponseMessage::Authorization(response)) = &reading.response else {
        return;
    };
    let led =
        authorization(history, reading).or_else(|| by_redirects(history, Arc::clone(reading)));
    if let Some(led) = led {
        awaiting.retain(|it| it.exchange != led.exchange);
    } else if response.state.is_some() {
        awaiting.retain(|it| it.request.state != response.state);
    } else if agreed(awaiting).is_some() {
        awaiting.clear();
    }
}

fn is_among(authorizations: &[Authorization], exchange: ExchangeId) -> bool {
    authorizations.iter().any(|it| it.exchange == exchange)
}

/// Why no request awaits a response of this time.
fn absence(history: History<'_>, at: Timestamp) -> Unseen {
    let forgotten_until = history.ledger().forgotten_until();
    if forgotten_until.is_some_and(|until| at.duration_since(until) <= LOGIN_LASTS) {
        Unseen::Evicted
    } else {
        Unseen::NotCaptured
    }
}

/// The authorization request of an exchange, joined with what was pushed for it.
fn authorization(history: History<'_>, reading: &Reading) -> Option<Authorization> {
    match &reading.request {
        RequestMessage::Authorization(request) => Some(with_pushed(history, reading, request)),
        RequestMessage::PushedAuthorization(request, _) => {
            Some(front_of(history, reading, request))
        }
        _ => None,
    }
}

fn with_pushed(
    history: History<'_>,
    reading: &Reading,
    request: &AuthorizationRequest,
) -> Authorization {
    let pushed = request.request_uri.as_ref().and_then(|uri| {
        let pushing = history
            .mentioned_as(uri.digest, Role::IssuedRequestUri)
            .into_iter()
            .next()?;
        match &pushing.request {
            RequestMessage::PushedAuthorization(pushed, _) => {
                Some((pushing.exchange, pushed.clone()))
            }
            _ => None,
        }
    });
    let (pushed_in, request) = match pushed {
        Some((exchange, pushed)) => {
            let request_uri = request.request_uri.clone();
            (
                Some(exchange),
                AuthorizationRequest {
                    endpoint: request.endpoint.clone(),
                    request_uri,
                    ..pushed
                },
            )
        }
        None => (None, request.clone()),
    };
    Authorization {
        exchange: reading.exchange,
        at: reading.sent_at,
        request,
        pushed_in,
    }
}

fn front_of(
    history: History<'_>,
    pushing: &Reading,
    request: &AuthorizationRequest,
) -> Authorization {
    let front = match &pushing.response {
        Some(ResponseMessage::PushedAuthorization(response)) => history
            .mentioned_as(response.request_uri.digest, Role::PresentedRequestUri)
            .into_iter()
            .next(),
        _ => None,
    };
    let front = front.as_deref().unwrap_or(pushing);
    Authorization {
        exchange: front.exchange,
        at: front.sent_at,
        request: request.clone(),
        pushed_in: Some(pushing.exchange),
    }
}
