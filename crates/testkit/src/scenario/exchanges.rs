//! The exchanges fence.
//!
//! An exchange begins at the margin with `@TIME METHOD URL`, and its other lines are indented: what else belongs to the
//! request, then the response, which begins with its status. A response is complete 50 ms after its request began, or after
//! `+250ms`, or at `@1.3s`, written before the status. `no answer` stands in its place where none came.
//! A line that begins with `&` continues the one above; a line that begins with `#` is a comment.

use std::time::Duration;

use grantscope_oauth::{Exchange, ExchangeId, Peer, Request, RequestUrl, Response, Timings};
use http::{Method, Version};
use jiff::Timestamp;

use super::error::{Fault, Located};
use super::message::{Message, Sender};
use super::page::Fence;
use super::{DEFAULT_ORIGIN, START, offset, sugar};

/// How long a response takes where the page does not say.
const ANSWER_TIME: Duration = Duration::from_millis(50);

/// A line of the fence, with what continues it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    opens: bool,
}

/// When a response was complete, as written.
#[derive(Clone, Copy)]
enum Answered {
    After(Duration),
    At(Duration),
}

/// How a response begins.
struct Status<'a> {
    answered: Answered,
    code: u16,
    rest: &'a str,
}

pub(super) fn read(fence: &Fence<'_>) -> Result<Vec<Exchange>, Located> {
    let lines = lines(fence)?;
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (id, block) in (1..).zip(blocks(&lines)) {
        let exchange = exchange(id, block)?;
        if exchanges
            .last()
            .is_some_and(|above| above.started_at > exchange.started_at)
        {
            return Err(Fault::OutOfOrder(id).at(block[0].number));
        }
        exchanges.push(exchange);
    }
    if exchanges.is_empty() {
        return Err(Fault::NoExchange.at(fence.line));
    }
    Ok(exchanges)
}

fn lines(fence: &Fence<'_>) -> Result<Vec<Line>, Located> {
    let mut lines: Vec<Line> = Vec::new();
    for (number, text) in fence.numbered() {
        match lines.last_mut() {
            Some(above) if text.trim_start().starts_with('&') => above.text.push_str(text.trim()),
            _ => lines.push(Line {
                number,
                text: text.trim().to_owned(),
                opens: !text.starts_with([' ', '\t']) || begins_request(text),
            }),
        }
    }
    for line in &mut lines {
        line.text = sugar::expand(&line.text).map_err(|fault| fault.at(line.number))?;
    }
    Ok(lines)
}

/// Cuts the lines where one stands at the margin, or looks as if it should.
fn blocks(lines: &[Line]) -> impl Iterator<Item = &[Line]> {
    lines.chunk_by(|_, line| !line.opens)
}

fn exchange(id: u64, block: &[Line]) -> Result<Exchange, Located> {
    let first = &block[0];
    let split = block
        .iter()
        .position(|line| begins_response(&line.text))
        .filter(|&at| at > 0)
        .ok_or_else(|| missing_response(id, first))?;
    let (started, request) = request(&block[..split])?;
    let (answered, response) = response(id, &block[split..])?;
    let total = answered
        .map(|answered| answered.since(started).ok_or(Fault::AnsweredTooEarly(id)))
        .transpose()
        .map_err(|fault| fault.at(block[split].number))?;
    Ok(Exchange {
        id: ExchangeId(id),
        started_at: timestamp(started),
        request,
        response,
        timings: timings(total),
        peer: Peer::default(),
    })
}

/// Of two things that may be wrong with a block without a response, the one that its first line shows.
fn missing_response(id: u64, first: &Line) -> Located {
    let fault = if begins_request(&first.text) {
        Fault::ResponseMissing(id)
    } else {
        Fault::NotARequest(first.text.clone())
    };
    fault.at(first.number)
}

impl Answered {
    /// The time from the start of the request, or `None` where that would be negative.
    fn since(self, started: Duration) -> Option<Duration> {
        match self {
            Self::After(time) => Some(time),
            Self::At(time) => time.checked_sub(started),
        }
    }
}

fn timestamp(offset: Duration) -> Timestamp {
    START.checked_add(offset).unwrap_or(Timestamp::MAX)
}

fn timings(total: Option<Duration>) -> Timings {
    Timings {
        send: Some(Duration::ZERO),
        wait: total,
        receive: total.map(|_| Duration::ZERO),
        ..Timings::default()
    }
}

fn request(lines: &[Line]) -> Result<(Duration, Request), Located> {
    let number = lines[0].number;
    let (started, method, url, rest) =
        request_line(&lines[0].text).map_err(|fault| fault.at(number))?;
    let message = Message::read(&with_first(rest, lines), Sender::Client)?;
    let request = Request {
        method,
        url,
        version: Version::HTTP_11,
        body: message.body(),
        headers: message.headers,
    };
    Ok((started, request))
}

fn request_line(text: &str) -> Result<(Duration, Method, RequestUrl, &str), Fault> {
    let not_a_request = || Fault::NotARequest(text.to_owned());
    let (time, rest) = word(text);
    let (method, rest) = word(rest);
    let (url, rest) = word(rest);
    let time = time.strip_prefix('@').ok_or_else(not_a_request)?;
    if url.is_empty() {
        return Err(not_a_request());
    }
    let method = method
        .parse()
        .map_err(|_not_a_token| Fault::NotAMethod(method.to_owned()))?;
    Ok((offset::read(time)?, method, request_url(url)?, rest))
}

fn request_url(url: &str) -> Result<RequestUrl, Fault> {
    if url.starts_with('/') {
        return Ok(RequestUrl::new(format!("{DEFAULT_ORIGIN}{url}")));
    }
    if url.contains("://") {
        return Ok(RequestUrl::new(url));
    }
    Err(Fault::NotAUrl(url.to_owned()))
}

fn response(id: u64, lines: &[Line]) -> Result<(Option<Answered>, Option<Response>), Located> {
    let first = &lines[0];
    if let Some(second) = lines[1..].iter().find(|line| begins_response(&line.text)) {
        return Err(Fault::SecondResponse(id).at(second.number));
    }
    if is_unanswered(&first.text) {
        return match lines.get(1) {
            Some(line) => Err(Fault::NotARequest(line.text.clone()).at(line.number)),
            None => Ok((None, None)),
        };
    }
    let status = status(&first.text).map_err(|fault| fault.at(first.number))?;
    let message = Message::read(&with_first(status.rest, lines), Sender::Server)?;
    let response = Response {
        status: status.code,
        version: Version::HTTP_11,
        body: message.body(),
        headers: message.headers,
    };
    Ok((Some(status.answered), Some(response)))
}

/// The lines, of which the first is cut down to what is still to be read.
fn with_first(rest: &str, lines: &[Line]) -> Vec<Line> {
    let first = Line {
        number: lines[0].number,
        text: rest.to_owned(),
        opens: true,
    };
    let others = lines[1..].iter().map(|line| Line {
        number: line.number,
        text: line.text.clone(),
        opens: false,
    });
    std::iter::once(first).chain(others).collect()
}

fn begins_request(text: &str) -> bool {
    text.trim_start().starts_with('@') && !begins_response(text)
}

fn begins_response(text: &str) -> bool {
    let (first, rest) = word(text);
    let timed =
        first.starts_with(['+', '@']) && word(rest).0.starts_with(|c: char| c.is_ascii_digit());
    timed || status_code(first).is_some() || is_unanswered(text)
}

fn is_unanswered(text: &str) -> bool {
    text.trim_start_matches(['…', '.', ' ']) == "no answer"
}

fn status(text: &str) -> Result<Status<'_>, Fault> {
    let (first, after) = word(text);
    let (answered, text) = if let Some(time) = first.strip_prefix('+') {
        (Answered::After(offset::read(time)?), after)
    } else if let Some(time) = first.strip_prefix('@') {
        (Answered::At(offset::read(time)?), after)
    } else {
        (Answered::After(ANSWER_TIME), text)
    };
    let (code, rest) = word(text);
    let code = status_code(code).ok_or_else(|| Fault::NotAStatus(code.to_owned()))?;
    Ok(Status {
        answered,
        code,
        rest,
    })
}

fn status_code(text: &str) -> Option<u16> {
    (text.len() == 3).then(|| text.parse().ok()).flatten()
}

/// The first word, and what comes after it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}
