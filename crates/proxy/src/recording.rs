//! One exchange as it goes by: gathers what the tap is told, and tells it at the right moments.
//!
//! The state has a lock, since the two directions of an exchange run in two tasks. The tap is called under it, so that
//! it hears of the request before it hears of the response even where the server answers early.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use grantscope_oauth::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use jiff::Timestamp;

use crate::clock;
use crate::connect::Phases;
use crate::copy::Copy;
use crate::tap::{ContainedTap, Outcome};

/// More encoded bytes than these are decoded on another thread, so that the last byte of a large response does not wait.
const DECODED_INLINE_MAX: usize = 64 * 1024;

/// The two directions of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// An exchange on its way.
pub(crate) struct Recording {
    tap: ContainedTap,
    copied_max: usize,
    arrived: Instant,
    state: Mutex<State>,
}

enum State {
    /// The request is not sent in full.
    Sending {
        exchange: Box<Exchange>,
        begun: bool,
        /// When it was given to a connection; `None` while it waits for one.
        dispatched: Option<Instant>,
        copy: Copy,
        answer: Option<Answer>,
    },
    /// The tap knows of the request.
    Sent {
        exchange: Arc<Exchange>,
        sent: Instant,
        answer: Option<Answer>,
    },
    /// The tap knows all, or will know nothing.
    Over,
}

struct Answer {
    response: Response,
    began: Instant,
    copy: Copy,
}

/// When a request arrived, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    id: ExchangeId,
    client: std::net::SocketAddr,
    instant: Instant,
    time: Timestamp,
}

impl Arrival {
    /// A request arrives now.
    pub(crate) fn now(id: ExchangeId, client: std::net::SocketAddr) -> Self {
        Self {
            id,
            client,
            instant: clock::instant(),
            time: clock::timestamp(),
        }
    }
}

impl Recording {
    /// Begins with a request of which up to `copied_max` bytes of each content are copied.
    pub(crate) fn begin(
        tap: ContainedTap,
        copied_max: usize,
        arrival: Arrival,
        url: RequestUrl,
        parts: &http::request::Parts,
    ) -> Arc<Self> {
        let exchange = Box::new(Exchange {
            id: arrival.id,
            started_at: arrival.time,
            request: Request {
                method: parts.method.clone(),
                url,
                version: parts.version,
                headers: Headers::from(&parts.headers),
                body: Body::default(),
            },
            response: None,
            timings: Timings::default(),
            peer: Peer {
                client: Some(arrival.client),
                server: None,
            },
        });
        Arc::new(Self {
            tap,
            copied_max,
            arrived: arrival.instant,
            state: Mutex::new(State::Sending {
                exchange,
                begun: false,
                dispatched: None,
                copy: Copy::new(&parts.headers),
                answer: None,
            }),
        })
    }

    /// The request is written to a connection from now on.
    pub(crate) fn dispatch(
        &self,
        now: Instant,
        server: std::net::SocketAddr,
        phases: &mut Option<Phases>,
    ) {
        if let State::Sending {
            exchange,
            dispatched,
            ..
        } = &mut *self.state()
        {
            *dispatched = Some(now);
            exchange.peer.server = Some(server);
            let gap = now.duration_since(self.arrived);
            attribute(exchange, self.arrived, gap, phases.take());
        }
    }

    /// Content goes by.
    pub(crate) fn pass(&self, side: Side, data: &[u8]) {
        let mut state = self.state();
        match (&mut *state, side) {
            (State::Sending { copy, begun, .. }, Side::Request) => {
                *begun = true;
                copy.push(data, self.copied_max);
            }
            (
                State::Sending {
                    answer: Some(answer),
                    ..
                }
                | State::Sent {
                    answer: Some(answer),
                    ..
                },
                Side::Response,
            ) => answer.copy.push(data, self.copied_max),
            _ => {}
        }
    }

    /// The content of one side has ended, or has broken off.
    pub(crate) fn end(&self, side: Side, whole: bool) {
        let mut state = self.state();
        match side {
            Side::Request => self.report_request(&mut state, whole),
            Side::Response => {
                let outcome = if whole {
                    Outcome::Answered
                } else {
                    Outcome::Interrupted
                };
                self.finish(&mut state, outcome);
            }
        }
    }

    /// The header of the response has come.
    pub(crate) fn answer(&self, parts: &http::response::Parts) {
        if let State::Sending { answer, .. } | State::Sent { answer, .. } = &mut *self.state() {
            *answer = Some(Answer {
                response: Response {
                    status: parts.status.as_u16(),
                    version: parts.version,
                    headers: Headers::from(&parts.headers),
                    body: Body::default(),
                },
                began: clock::instant(),
                copy: Copy::new(&parts.headers),
            });
        }
    }

    /// The connection gave the request back: no byte of it was written.
    pub(crate) fn take_back(&self) {
        if let State::Sending { dispatched, .. } = &mut *self.state() {
            *dispatched = None;
        }
    }

    /// The exchange ends without a response. Says nothing where the response has begun or the request has not.
    pub(crate) fn fail(&self, outcome: Outcome) {
        let mut state = self.state();
        match &*state {
            State::Sending {
                answer: Some(_), ..
            }
            | State::Sent {
                answer: Some(_), ..
            } => {}
            State::Sending { begun: false, .. } => *state = State::Over,
            _ => self.finish(&mut state, outcome),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of the request, unless that was done. Of a request that no connection had there is nothing to tell.
    fn report_request(&self, state: &mut State, whole: bool) {
        let (mut exchange, dispatched, mut copy, answer) =
            match std::mem::replace(state, State::Over) {
                State::Sending {
                    exchange,
                    dispatched: Some(dispatched),
                    copy,
                    answer,
                    ..
                } => (exchange, dispatched, copy, answer),
                State::Sending { .. } => return,
                other => {
                    *state = other;
                    return;
                }
            };
        let sent = clock::instant();
        copy.cut_unless(whole);
        exchange.request.body = copy.body(self.copied_max);
        exchange.timings.send = Some(sent.duration_since(dispatched));
        let exchange: Arc<Exchange> = Arc::from(exchange);
        self.tap.request_sent(Arc::clone(&exchange));
        *state = State::Sent {
            exchange,
            sent,
            answer,
        };
    }

    fn finish(&self, state: &mut State, outcome: Outcome) {
        // The server may answer, or vanish, before it has the whole request.
        self.report_request(state, false);
        let State::Sent {
            exchange,
            sent,
            answer,
        } = std::mem::replace(state, State::Over)
        else {
            return;
        };
        let Some(answer) = answer else {
            self.tap.response_received(exchange, outcome);
            return;
        };
        let tap = self.tap.clone();
        let bytes_max = self.copied_max;
        let ended = clock::instant();
        let is_large = answer.copy.work() > DECODED_INLINE_MAX;
        let report = move || {
            let exchange = completed(exchange, answer, (sent, ended), outcome, bytes_max);
            tap.response_received(Arc::new(exchange), outcome);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if is_large => drop(runtime.spawn_blocking(report)),
            _ => report(),
        }
    }
}

/// Gives the phases of a connection to its first exchange.
///
/// Where the connection was opened before the request came (in a tunnel), the exchange is taken to begin earlier by
/// what opening took, so that the phases still add up to the moment of sending.
fn attribute(exchange: &mut Exchange, arrived: Instant, gap: Duration, phases: Option<Phases>) {
    let phases = phases.unwrap_or_default();
    let opening = phases.total();
    let opened_before = phases.began.is_some_and(|began| began < arrived);
    exchange.timings.dns = phases.dns;
    exchange.timings.connect = phases.connect;
    exchange.timings.ssl = phases.ssl;
    if opened_before {
        exchange.timings.blocked = Some(gap);
        exchange.started_at = earlier(exchange.started_at, opening);
    } else {
        exchange.timings.blocked = Some(gap.saturating_sub(opening));
    }
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(at)
}

fn completed(
    exchange: Arc<Exchange>,
    answer: Answer,
    (sent, ended): (Instant, Instant),
    outcome: Outcome,
    bytes_max: usize,
) -> Exchange {
    // The request is copied only where the tap still holds it.
    let mut exchange = Arc::unwrap_or_clone(exchange);
    let mut response = answer.response;
    let mut copy = answer.copy;
    copy.cut_unless(outcome == Outcome::Answered);
    response.body = copy.body(bytes_max);
    exchange.timings.wait = Some(answer.began.saturating_duration_since(sent));
    exchange.timings.receive = Some(ended.saturating_duration_since(answer.began.max(sent)));
    exchange.response = Some(response);
    exchange
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        Exchange {
            id: ExchangeId(1),
            started_at: Timestamp::UNIX_EPOCH,
            request: Request {
                method: http::Method::GET,
                url: RequestUrl::new("https://idp.test/"),
                version: http::Version::HTTP_11,
                headers: Headers::default(),
                body: Body::default(),
            },
            response: None,
            timings: Timings::default(),
            peer: Peer::default(),
        }
    }

    fn phases(began: Instant) -> Phases {
        Phases {
            began: Some(began),
            dns: None,
            connect: Some(Duration::from_millis(20)),
            ssl: Some(Duration::from_millis(30)),
        }
    }

    #[test]
    fn a_connection_that_was_there_before_does_not_move_the_moment_of_sending() {
        let (began, mut exchange) = (clock::instant(), exchange());
        let arrived = began + Duration::from_secs(9);
        let gap = Duration::from_millis(5);
        attribute(&mut exchange, arrived, gap, Some(phases(began)));
        assert_eq!(exchange.sent_at(), Timestamp::UNIX_EPOCH + gap);
        assert_eq!(exchange.timings.ssl, Some(Duration::from_millis(30)));
    }

    #[test]
    fn a_connection_that_the_request_waits_for_is_part_of_the_wait() {
        let (arrived, mut exchange) = (clock::instant(), exchange());
        let gap = Duration::from_millis(57);
        attribute(&mut exchange, arrived, gap, Some(phases(arrived)));
        assert_eq!(exchange.timings.blocked, Some(Duration::from_millis(7)));
        assert_eq!(exchange.sent_at(), Timestamp::UNIX_EPOCH + gap);
    }
}
