//! By how much the clock of one file is ahead of that of another.

use jiff::SignedDuration;

use super::events::{Events, Span, Step};

/// What two files tell of their clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offset {
    /// Nothing speaks against it that they are one.
    None,
    /// The second is ahead by this much, or behind where it is negative.
    Ahead(SignedDuration),
    /// The second seems to be ahead by this much, but it may be that things took their time.
    Perhaps(SignedDuration),
    /// No offset puts everything in its order.
    Contradictory,
}

/// The least and the most that an offset can be.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    least: SignedDuration,
    most: SignedDuration,
}

/// A smaller difference may well be the time that an app takes.
const PERHAPS_MIN: SignedDuration = SignedDuration::from_secs(10);

/// By how much the clock of the second file is ahead; `None` where the two have nothing in common.
pub(super) fn offset(first: &Events, second: &Events) -> Option<Offset> {
    if !first.is_tied_to(second) {
        return None;
    }
    let order = order(first, second);
    if order.least > order.most {
        return Some(Offset::Contradictory);
    }
    let measured = twice_seen(first, second).chain(by_servers(first, second));
    let (mut bounds, mut is_measured) = (order, false);
    for other in measured {
        if let Some(narrower) = bounds.and(other) {
            (bounds, is_measured) = (narrower, true);
        }
    }
    let nested = nested(first, second);
    if bounds.has_none() {
        let guess = bounds
            .and(nested)
            .filter(|guess| !is_measured && !guess.has_none());
        let guess = guess
            .map(Bounds::likeliest)
            .filter(|by| by.abs() >= PERHAPS_MIN);
        return Some(guess.map_or(Offset::None, Offset::Perhaps));
    }
    Some(Offset::Ahead(
        bounds.and(nested).unwrap_or(bounds).likeliest(),
    ))
}

/// What happened to a code or state in both files: the first time in either, with the step.
fn pairs(first: &Events, second: &Events) -> Vec<((Step, Span), (Step, Span))> {
    let steps = |of: &Events, token| -> Vec<(Step, Span)> {
        let all = [Step::Asked, Step::Issued, Step::Received, Step::Presented].into_iter();
        all.filter_map(|step| Some((step, *of.steps.get(&(token, step))?.first()?)))
            .collect()
    };
    let of = |token| {
        let theirs = steps(second, token);
        let ours = steps(first, token).into_iter();
        ours.flat_map(|one| {
            theirs
                .iter()
                .map(move |other| (one, *other))
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
    };
    first.shared(second).into_iter().flat_map(of).collect()
}

/// Nothing happens to a code or state before what has to happen first.
fn order(first: &Events, second: &Events) -> Bounds {
    let mut bounds = Bounds::ANY;
    for ((our_step, ours), (their_step, theirs)) in pairs(first, second) {
        let apart = theirs.from.duration_since(ours.from);
        if our_step < their_step {
            bounds.most = bounds.most.min(apart);
        } else if our_step > their_step {
            bounds.least = bounds.least.max(apart);
        }
    }
    bounds
}

/// What both saw took place once: one saw it begin not before and end not after the other.
fn twice_seen<'a>(first: &'a Events, second: &'a Events) -> impl Iterator<Item = Bounds> + 'a {
    let alone = |events: &Events, token| {
        let spans = events.steps.get(&(token, Step::Received))?;
        (spans.len() == 1).then(|| spans[0])
    };
    let shared = first.shared(second).into_iter();
    let received =
        shared.filter_map(move |token| Some((alone(first, token)?, alone(second, token)?)));
    let common = first.common(second).map(|(ours, theirs, _)| (ours, theirs));
    common.chain(received).map(|(ours, theirs)| {
        let (from, until) = (
            theirs.from.duration_since(ours.from),
            theirs.until.duration_since(ours.until),
        );
        Bounds {
            least: from.min(until),
            most: from.max(until),
        }
    })
}

/// Both noted the clock of the same server.
fn by_servers<'a>(first: &'a Events, second: &'a Events) -> impl Iterator<Item = Bounds> + 'a {
    first.servers.iter().filter_map(|(authority, ours)| {
        let theirs = second.servers.get(authority)?;
        Some(Bounds {
            least: ours.0 - theirs.1,
            most: ours.1 - theirs.0,
        })
    })
}

/// Most apps present the code before they answer the callback. Not all do, so that it proves nothing.
fn nested(first: &Events, second: &Events) -> Bounds {
    let mut bounds = Bounds::ANY;
    for ((our_step, ours), (their_step, theirs)) in pairs(first, second) {
        let apart = theirs.until.duration_since(ours.until);
        match (our_step, their_step) {
            (Step::Received, Step::Presented) => bounds.least = bounds.least.max(apart),
            (Step::Presented, Step::Received) => bounds.most = bounds.most.min(apart),
            _ => {}
        }
    }
    bounds
}

impl Bounds {
    const ANY: Self = Self {
        least: SignedDuration::MIN,
        most: SignedDuration::MAX,
    };

    /// What both allow; `None` where they allow nothing in common.
    fn and(self, other: Self) -> Option<Self> {
        let both = Self {
            least: self.least.max(other.least),
            most: self.most.min(other.most),
        };
        (both.least <= both.most).then_some(both)
    }

    /// Whether the clocks may agree.
    fn has_none(self) -> bool {
        self.least <= SignedDuration::ZERO && self.most >= SignedDuration::ZERO
    }

    /// The middle, or where there is no end on one side, what changes the times the least.
    fn likeliest(self) -> SignedDuration {
        if self.least == SignedDuration::MIN {
            self.most.min(SignedDuration::ZERO)
        } else if self.most == SignedDuration::MAX {
            self.least.max(SignedDuration::ZERO)
        } else {
            self.least + (self.most - self.least) / 2
        }
    }
}
