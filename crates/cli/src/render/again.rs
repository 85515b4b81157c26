//! Refusals that repeat: the first is told as a whole, the others are counted, so that a client that loops does not flood
//! the log.

use std::collections::VecDeque;
use std::time::Duration;

use grantscope_oauth::{Digest, ExchangeId, Grant};
use grantscope_rules::{Cause, Diagnosis};
use jiff::Timestamp;

use super::style::{ERROR, FAINT};

/// What follows a refusal of the same grant within this time repeats it.
const WITHIN: Duration = Duration::from_mins(1);

/// So many loops are followed at once.
const RUNS_MAX: usize = 256;

/// How a refusal is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// As a whole.
    Whole,
    /// By this line, which counts it.
    Counted(String),
    /// Not at all: it is one of many.
    Silent,
}

/// The refusals that may go on to repeat.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    runs: VecDeque<Run>,
}

/// Refusals of one grant for one cause, each soon after the one before.
#[derive(Debug)]
struct Run {
    key: Key,
    first: ExchangeId,
    since: Timestamp,
    last: ExchangeId,
    last_at: Timestamp,
    count: u64,
    latest: VecDeque<ExchangeId>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    server: String,
    client: Option<String>,
    cause: Option<Cause>,
    grant: Presented,
}

#[derive(Debug, PartialEq, Eq)]
enum Presented {
    Secret(Digest),
    /// A grant without a secret of its own is the same where all that it consists of is.
    Whole(Box<Grant>),
}

impl Repeats {
    /// Takes a diagnosis, new or revised, into account.
    pub(super) fn tell(&mut self, diagnosis: &Diagnosis, revision: u32) -> Telling {
        let key = Key::of(diagnosis);
        let (id, at) = (diagnosis.exchange(), diagnosis.reading().sent_at);
        let run = self.runs.iter_mut().find(|run| run.key == key);
        if revision > 1 {
            let is_counted = run.is_some_and(|run| id > run.first && id <= run.last);
            return if is_counted {
                Telling::Silent
            } else {
                Telling::Whole
            };
        }
        match run {
            Some(run) if is_near(run.last_at, at) => run.count(id, at),
            Some(run) => {
                *run = Run::begin(key, id, at);
                Telling::Whole
            }
            None => {
                self.runs.push_back(Run::begin(key, id, at));
                if self.runs.len() > RUNS_MAX {
                    self.runs.pop_front();
                }
                Telling::Whole
            }
        }
    }
}

impl Key {
    fn of(diagnosis: &Diagnosis) -> Self {
        let (request, _) = diagnosis.refusal();
        Self {
            server: diagnosis.server.origin.clone(),
            client: request.client.id.clone(),
            cause: diagnosis.top().map(grantscope_rules::Finding::cause),
            grant: match request.grant.secret() {
                Some(secret) => Presented::Secret(secret.digest),
                None => Presented::Whole(Box::new(request.grant.clone())),
            },
        }
    }
}

impl Run {
    fn begin(key: Key, id: ExchangeId, at: Timestamp) -> Self {
        Self {
            key,
            first: id,
            since: at,
            last: id,
            last_at: at,
            count: 1,
            latest: VecDeque::from([id]),
        }
    }

    fn count(&mut self, id: ExchangeId, at: Timestamp) -> Telling {
        self.count += 1;
        self.last = self.last.max(id);
        self.last_at = self.last_at.max(at);
        self.latest.push_back(id);
        if self.latest.len() > LATEST_MAX {
            self.latest.pop_front();
        }
        if is_told(self.count) {
            Telling::Counted(self.line())
        } else {
            Telling::Silent
        }
    }

    fn line(&self) -> String {
        let cause = self.key.cause.map_or("?", Cause::id);
        let ids: Vec<_> = self.latest.iter().map(ToString::to_string).collect();
        let before = if self.count > LATEST_MAX as u64 {
            "…, "
        } else {
            ""
        };
        format!(
            "{ERROR}refused[{cause}]{ERROR:#} again, {} times since {} {FAINT}({before}{}){FAINT:#}\n",
            self.count,
            self.since.strftime("%H:%M:%SZ"),
            ids.join(", ")
        )
    }
}

/// So many of the exchanges of a run are named.
const LATEST_MAX: usize = 5;

/// The first few, and then ever fewer: 10, 20, 50, 100, …
fn is_told(count: u64) -> bool {
    let mut leading = count;
    while leading >= 10 && leading.is_multiple_of(10) {
        leading /= 10;
    }
    count <= 5 || matches!(leading, 1 | 2 | 5)
}

fn is_near(before: Timestamp, at: Timestamp) -> bool {
    at.duration_since(before).unsigned_abs() <= WITHIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_repetitions_are_told_ever_more_rarely() {
        let told: Vec<_> = (1..=1_000).filter(|count| is_told(*count)).collect();
        assert_eq!(told, [1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1_000]);
    }
}
