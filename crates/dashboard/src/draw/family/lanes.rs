//! Where the tokens of a family and their presentations stand.

use std::collections::BTreeSet;

use grantscope_capture::grant::family::{Family, Presented, Token};
use grantscope_correlation::Outcome;
use jiff::Timestamp;

use super::{BAR, SMALL};
use crate::draw::scale::Scale;
use crate::draw::{Paper, count, label};

/// Where the axis of time is.
pub(super) const AXIS: f64 = 26.0;

/// So many tokens are drawn: the first ones, the last ones, and those at which something is amiss.
const TOKENS_MAX: usize = 24;
const FIRST: usize = 3;
const LAST: usize = 8;

/// So many presentations of one token are drawn.
const PRESENTATIONS_MAX: usize = 16;

/// A presentation that took less is as long as this.
const SHORTEST: f64 = 9.0;
const CUT: f64 = 34.0;
/// From one bar to another that stands below it.
const STEP: f64 = BAR + 4.0;

/// The lanes of a drawing.
pub(super) struct Lanes {
    pub(super) all: Vec<Lane>,
    pub(super) scale: Scale,
    begins_at: Timestamp,
    pub(super) bottom: f64,
}

/// What is in one lane.
pub(super) struct Lane {
    pub(super) shown: Shown,
    /// Where its line is, and its first bar.
    pub(super) y: f64,
    pub(super) label_y: f64,
    /// Where the token was issued, if that was seen.
    pub(super) begin: Option<f64>,
    /// Where its line ends, if not at the end of the drawing.
    pub(super) end: Option<f64>,
    pub(super) presented: Vec<Placed>,
}

/// Whose lane it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// A token, by its place in the family.
    Token(usize),
    /// So many tokens are not drawn.
    LeftOut(usize),
}

/// A presentation, by its place among those of its token.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) at: usize,
    pub(super) from: f64,
    pub(super) until: f64,
    /// The middle of its bar.
    pub(super) y: f64,
    /// The room for its number, where there is enough.
    pub(super) room: Option<f64>,
}

impl Lane {
    /// The place of its token in the family; 0 where it has none, and no presentations either.
    pub(super) fn token(&self) -> usize {
        match self.shown {
            Shown::Token(token) => token,
            Shown::LeftOut(_) => 0,
        }
    }
}

impl Lanes {
    pub(super) fn of(family: &Family, paper: Paper) -> Self {
        let shown = shown(family);
        let begins_at = moments(family, &shown)
            .min()
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let after = |at: Timestamp| at.duration_since(begins_at).as_secs_f64();
        let (from, until) = Self::span(paper);
        let scale = Scale::of(
            moments(family, &shown).map(after),
            from + 6.0,
            until - 150.0,
            CUT,
        );
        let mut lanes = Self {
            all: Vec::with_capacity(shown.len()),
            scale,
            begins_at,
            bottom: AXIS + 12.0,
        };
        for one in shown {
            lanes.push(family, one, paper);
        }
        lanes.bottom += 22.0;
        lanes
    }

    /// Where time begins and ends.
    pub(super) fn span(paper: Paper) -> (f64, f64) {
        match paper {
            Paper::Wide => (200.0, 914.0),
            Paper::Narrow => (6.0, 340.0),
        }
    }

    /// The place of a moment.
    pub(super) fn place(&self, at: Timestamp) -> f64 {
        self.scale
            .place(at.duration_since(self.begins_at).as_secs_f64())
    }

    fn push(&mut self, family: &Family, shown: Shown, paper: Paper) {
        let above = if paper == Paper::Wide { 14.0 } else { 30.0 };
        let y = self.bottom + above;
        let (begin, presented) = match shown {
            Shown::Token(token) => {
                let token = &family.tokens[token];
                let begin = token.issued.map(|(_, at)| self.place(at));
                (begin, self.presented(token, y, Self::span(paper).1))
            }
            Shown::LeftOut(_) => (None, Vec::new()),
        };
        let lowest = presented.iter().map(|it| it.y).fold(y, f64::max);
        self.bottom = lowest + 20.0;
        let last = presented
            .iter()
            .map(|it| it.until)
            .fold(f64::NEG_INFINITY, f64::max);
        self.all.push(Lane {
            shown,
            y,
            label_y: if paper == Paper::Wide { y } else { y - 14.0 },
            begin,
            end: last.is_finite().then_some(last),
            presented,
        });
    }

    /// Presentations beside each other, and below each other where they overlap.
    fn presented(&self, token: &Token, top: f64, edge: f64) -> Vec<Placed> {
        let mut ends: Vec<f64> = Vec::new();
        let mut placed: Vec<Placed> = Vec::new();
        for at in drawn(token) {
            let one = &token.presentations[at];
            let from = self.place(one.sent_at);
            let until = self.place(one.until()).max(from + SHORTEST);
            let row = ends.iter().position(|end| *end + 2.0 <= from);
            let row = row.unwrap_or(ends.len());
            match ends.get_mut(row) {
                Some(end) => *end = until,
                None => ends.push(until),
            }
            let y = top + STEP * count(row);
            placed.push(Placed {
                at,
                from,
                until,
                y,
                room: None,
            });
        }
        give_room(&mut placed, token, edge);
        placed
    }

    /// Where the line to a token begins: at the end of the presentation that brought it.
    pub(super) fn brought(&self, family: &Family, lane: &Lane) -> Option<(f64, f64)> {
        let Shown::Token(token) = lane.shown else {
            return None;
        };
        let token = &family.tokens[token];
        let (exchange, _) = token.issued?;
        let parent = token.parent?;
        let above = self
            .all
            .iter()
            .find(|it| it.shown == Shown::Token(parent))?;
        let brought = above
            .presented
            .iter()
            .find(|it| family.tokens[parent].presentations[it.at].exchange == exchange)?;
        Some((brought.until - 4.0, brought.y + BAR / 2.0))
    }
}

/// The numbers of exchanges stand behind their bars, where nothing else does.
fn give_room(placed: &mut [Placed], token: &Token, edge: f64) {
    let rights: Vec<(f64, f64)> = placed.iter().map(|it| (it.from, it.y)).collect();
    for one in placed {
        let is_next = |(from, y): &&(f64, f64)| (*y - one.y).abs() < 1.0 && *from >= one.until;
        let next = rights
            .iter()
            .filter(is_next)
            .map(|(from, _)| *from)
            .fold(edge, f64::min);
        let room = (next - one.until - 8.0).min(142.0);
        let needed = label::width(
            &token.presentations[one.at].exchange.to_string(),
            label::Font::Bold,
            SMALL,
        );
        one.room = (needed <= room).then_some(room);
    }
}

/// The tokens that are drawn, each behind the one that it replaced.
fn shown(family: &Family) -> Vec<Shown> {
    let order = in_order(family);
    let kept = kept(family, &order);
    let mut shown: Vec<Shown> = Vec::new();
    for token in order {
        match (kept.contains(&token), shown.last_mut()) {
            (true, _) => shown.push(Shown::Token(token)),
            (false, Some(Shown::LeftOut(left_out))) => *left_out += 1,
            (false, _) => shown.push(Shown::LeftOut(1)),
        }
    }
    shown
}

/// Depth first, so that lines do not cross.
fn in_order(family: &Family) -> Vec<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); family.tokens.len()];
    let mut stack = Vec::new();
    for (at, token) in family.tokens.iter().enumerate().rev() {
        match token.parent {
            Some(parent) => children[parent].push(at),
            None => stack.push(at),
        }
    }
    let mut order = Vec::with_capacity(family.tokens.len());
    while let Some(at) = stack.pop() {
        order.push(at);
        stack.append(&mut children[at]);
    }
    order
}

fn kept(family: &Family, order: &[usize]) -> BTreeSet<usize> {
    if order.len() <= TOKENS_MAX {
        return order.iter().copied().collect();
    }
    let first = order.iter().take(FIRST);
    let last = order.iter().rev().take(LAST);
    let mut kept: BTreeSet<_> = first.chain(last).copied().collect();
    let amiss = order.iter().filter(|at| is_amiss(&family.tokens[**at]));
    for at in amiss {
        if kept.len() == TOKENS_MAX {
            break;
        }
        kept.insert(*at);
    }
    kept
}

fn is_amiss(token: &Token) -> bool {
    token.presentations.len() > 1
        || token
            .presentations
            .iter()
            .any(|it| it.outcome != Outcome::Granted)
}

/// The presentations that are drawn: the first one, which used the token up in most cases, and the last ones.
pub(super) fn drawn(token: &Token) -> impl Iterator<Item = usize> {
    let all = token.presentations.len();
    let skipped = all.saturating_sub(PRESENTATIONS_MAX);
    (0..all).filter(move |at| *at == 0 || *at > skipped)
}

fn moments(family: &Family, shown: &[Shown]) -> impl Iterator<Item = Timestamp> {
    let tokens = shown.iter().filter_map(|one| match one {
        Shown::Token(token) => Some(&family.tokens[*token]),
        Shown::LeftOut(_) => None,
    });
    let of_token = |token: &Token| {
        let presented = drawn(token).map(|at| &token.presentations[at]);
        let bars = presented.flat_map(|it: &Presented| [it.sent_at, it.until()]);
        bars.chain(token.issued.map(|(_, at)| at))
            .collect::<Vec<_>>()
    };
    let ended = family.ended_by.map(|at| family.ends[at].at);
    tokens
        .flat_map(of_token)
        .chain(ended)
        .collect::<Vec<_>>()
        .into_iter()
}
