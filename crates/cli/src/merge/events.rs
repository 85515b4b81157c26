//! What happened to the codes and states of a file, and when by its clock.

use std::collections::{BTreeMap, BTreeSet};

use grantscope_oauth::{Digest, Exchange, Grant, Reading, RequestMessage, ResponseMessage};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use super::earlier;

/// What can happen to a code or a state, in the order in which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The state is sent to the authorization endpoint.
    Asked,
    /// The authorization response leaves the server.
    Issued,
    /// It arrives at the client.
    Received,
    /// The code is presented at the token endpoint.
    Presented,
}

/// When something happened: from the first to the last moment of its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// An exchange of which there can be one alone: it carries a code, tokens, or a refusal with the server's time.
#[derive(Clone, Debug, PartialEq)]
struct Unique {
    method: String,
    url: Digest,
    location: Option<Digest>,
    status: Option<u16>,
    request: RequestMessage,
    response: Option<ResponseMessage>,
}

/// What a file tells of clocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    /// What happened to each code and state, in the order of time.
    pub(super) steps: BTreeMap<(Digest, Step), Vec<Span>>,
    /// By how much the clock of each server is ahead of that of the file, at least and at most.
    pub(super) servers: BTreeMap<String, (SignedDuration, SignedDuration)>,
    /// By the code or the token that each carries.
    uniques: BTreeMap<Digest, Vec<(usize, Unique, Span)>>,
    states: BTreeSet<Digest>,
    /// Refresh tokens tie files, but one may be in use for weeks, and tells nothing of the time.
    refresh_tokens: BTreeSet<Digest>,
}

impl Events {
    pub(super) fn of(exchanges: &[Exchange], readings: &[Reading]) -> Self {
        let mut events = Self::default();
        for (at, (exchange, reading)) in exchanges.iter().zip(readings).enumerate() {
            events.clock(exchange);
            events.request(exchange, reading);
            events.response(exchange, reading);
            if let Some((token, unique)) = unique(reading) {
                let of_token = events.uniques.entry(token).or_default();
                of_token.push((at, unique, span(exchange)));
            }
        }
        // A server of which the clock jumps, or several of one name, tell nothing.
        events.servers.retain(|_, (least, most)| least <= most);
        for spans in events.steps.values_mut() {
            spans.sort_by_key(|span| span.from);
        }
        events.drop_used_states();
        events
    }

    /// A state that is used more than once is none: it may be the same in every login.
    fn drop_used_states(&mut self) {
        let used = self.steps.iter().filter(|(_, spans)| spans.len() > 1);
        let used: BTreeSet<_> = used.map(|((token, _), _)| *token).collect();
        let is_left = |token: &Digest| !(self.states.contains(token) && used.contains(token));
        self.steps.retain(|(token, _), _| is_left(token));
    }

    /// The codes and states of two files, but for states with which both began a login.
    pub(super) fn shared(&self, other: &Self) -> BTreeSet<Digest> {
        let tokens =
            |of: &Self| -> BTreeSet<Digest> { of.steps.keys().map(|(token, _)| *token).collect() };
        let began = |of: &Self, token| of.steps.contains_key(&(token, Step::Asked));
        let shared = tokens(self)
            .intersection(&tokens(other))
            .copied()
            .collect::<Vec<_>>();
        let is_one = |token: &Digest| !(began(self, *token) && began(other, *token));
        shared.into_iter().filter(is_one).collect()
    }

    /// Whether a grant, a code or a state is in both.
    pub(super) fn is_tied_to(&self, other: &Self) -> bool {
        !self.shared(other).is_empty() || !self.refresh_tokens.is_disjoint(&other.refresh_tokens)
    }

    fn add(&mut self, token: Digest, step: Step, span: Span) {
        self.steps.entry((token, step)).or_default().push(span);
    }

    fn request(&mut self, exchange: &Exchange, reading: &Reading) {
        let span = span(exchange);
        match &reading.request {
            RequestMessage::Authorization(request) => {
                if let Some(state) = &request.state {
                    self.states.insert(state.digest);
                    self.add(state.digest, Step::Asked, span);
                }
            }
            RequestMessage::Callback(response) => {
                self.states
                    .extend(response.state.iter().map(|state| state.digest));
                for token in response.code.iter().chain(&response.state) {
                    self.add(token.digest, Step::Received, span);
                }
            }
            RequestMessage::Token(request) => match &request.grant {
                Grant::AuthorizationCode {
                    code: Some(code), ..
                } => self.add(code.digest, Step::Presented, span),
                Grant::RefreshToken {
                    refresh_token: Some(token),
                } => {
                    self.refresh_tokens.insert(token.digest);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn response(&mut self, exchange: &Exchange, reading: &Reading) {
        if let Some(ResponseMessage::Token(tokens)) = &reading.response {
            self.refresh_tokens
                .extend(tokens.refresh_token.iter().map(|token| token.digest));
        }
        let Some(ResponseMessage::Authorization(response)) = &reading.response else {
            return;
        };
        self.states
            .extend(response.state.iter().map(|state| state.digest));
        // Before its first byte arrives nobody knows the code.
        let until = span(exchange).until;
        let receive = exchange.timings.receive.unwrap_or_default();
        let from = until.checked_sub(receive).unwrap_or(until);
        for token in response.code.iter().chain(&response.state) {
            self.add(token.digest, Step::Issued, Span { from, until });
        }
    }

    /// The clock of the server (RFC 9110 §6.6.1), to the second, unless a cache has kept the answer.
    fn clock(&mut self, exchange: &Exchange) {
        let Some(response) = &exchange.response else {
            return;
        };
        let date = response
            .headers
            .first("date")
            .and_then(|date| DateTimeParser::new().parse_timestamp(date.trim()).ok());
        let (Some(date), None) = (date, response.headers.first("age")) else {
            return;
        };
        let span = span(exchange);
        let least = date.duration_since(span.until);
        let most = date.duration_since(span.from) + SignedDuration::from_secs(1);
        let authority = exchange.request.url.authority().to_ascii_lowercase();
        let known = self.servers.entry(authority).or_insert((least, most));
        *known = (known.0.max(least), known.1.min(most));
    }

    pub(super) fn shift(&mut self, ahead_by: SignedDuration) {
        let spans = self.steps.values_mut().flatten();
        for span in spans.chain(self.uniques.values_mut().flatten().map(|(_, _, span)| span)) {
            span.from = earlier(span.from, ahead_by);
            span.until = earlier(span.until, ahead_by);
        }
        for (least, most) in self.servers.values_mut() {
            *least += ahead_by;
            *most += ahead_by;
        }
    }

    /// What two files tell that have one clock by now.
    pub(super) fn extend(&mut self, other: &Self) {
        for (key, spans) in &other.steps {
            let all = self.steps.entry(*key).or_default();
            all.extend(spans);
            all.sort_by_key(|span| span.from);
        }
        for (authority, (least, most)) in &other.servers {
            let known = self
                .servers
                .entry(authority.clone())
                .or_insert((*least, *most));
            *known = (known.0.max(*least), known.1.min(*most));
        }
        self.servers.retain(|_, (least, most)| least <= most);
        for (token, theirs) in &other.uniques {
            let known = self.uniques.entry(*token).or_default();
            let new = theirs
                .iter()
                .filter(|(_, it, _)| known.iter().all(|(_, of, _)| of != it));
            let new: Vec<_> = new.cloned().collect();
            known.extend(new);
        }
        self.states.extend(&other.states);
        self.refresh_tokens.extend(&other.refresh_tokens);
    }

    /// The exchanges that two files have in common, each once: when by either clock, and where in the other file.
    pub(super) fn common<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (Span, Span, usize)> + 'a {
        let once = |all: &[(usize, Unique, Span)], unique: &Unique| {
            all.iter().filter(|(_, it, _)| it == unique).count() == 1
        };
        self.uniques.iter().flat_map(move |(token, all)| {
            let others = other.uniques.get(token).map_or(&[][..], Vec::as_slice);
            all.iter().filter_map(move |(_, unique, ours)| {
                let (at, _, theirs) = others.iter().find(|(_, it, _)| it == unique)?;
                (once(all, unique) && once(others, unique)).then_some((*ours, *theirs, *at))
            })
        })
    }

    /// Where in the other file the exchanges are that this one has, too.
    pub(super) fn seen_by(&self, other: &Self) -> Vec<usize> {
        self.common(other).map(|(_, _, at)| at).collect()
    }
}

fn span(exchange: &Exchange) -> Span {
    let from = exchange.started_at;
    Span {
        from,
        until: exchange.answered_at().unwrap_or_else(|| exchange.sent_at()),
    }
}

fn unique(reading: &Reading) -> Option<(Digest, Unique)> {
    let token = match (&reading.request, &reading.response) {
        (RequestMessage::Callback(callback), Some(_)) => callback.code.as_ref(),
        (RequestMessage::Authorization(_), Some(ResponseMessage::Authorization(response))) => {
            response.code.as_ref()
        }
        (RequestMessage::Token(_), Some(ResponseMessage::Token(tokens))) => {
            tokens.access_token.as_ref()
        }
        (RequestMessage::Token(request), Some(ResponseMessage::Error(error))) => request
            .grant
            .secret()
            .filter(|_| error.server_time.is_some()),
        _ => None,
    };
    let unique = || Unique {
        method: reading.method.clone(),
        url: reading.url,
        location: reading.location,
        status: reading.status,
        request: reading.request.clone(),
        response: reading.response.clone(),
    };
    Some((token?.digest, unique()))
}
