//! Where the messages of a sequence stand.

use grantscope_capture::grant::sequence::{Actor, Kind, Sequence};

use super::told;
use crate::draw::scale::Scale;
use crate::draw::spread::{Row, spread};
use crate::draw::{Paper, count};

/// Of more messages the first and the last are drawn.
const ARROWS_MAX: usize = 48;
/// So many of them are the first ones.
const FIRST: usize = 12;

/// What is above the first row: the names of the lanes.
const TOP: f64 = 44.0;
/// What a message needs for its label, and below the arrow, and below that for each fact.
const ABOVE: f64 = 24.0;
const BELOW: f64 = 8.0;
const FACT: f64 = 14.0;
/// The length of a gap that is cut.
const CUT: f64 = 30.0;

/// The rows of a drawing.
pub(super) struct Rows {
    pub(super) entries: Vec<Entry>,
    /// The arrow of each, or its middle where it is none.
    pub(super) places: Vec<f64>,
    /// The moment of each, on the ruler.
    pub(super) ticks: Vec<f64>,
    pub(super) scale: Scale,
    /// Below the last row.
    pub(super) bottom: f64,
}

/// What is in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A message, by its place in the sequence.
    Arrow(usize),
    /// So many messages are not drawn.
    LeftOut(usize),
}

impl Rows {
    pub(super) fn of(sequence: &Sequence, paper: Paper) -> Self {
        let entries = entries(sequence.arrows.len());
        let heights: Vec<_> = entries
            .iter()
            .map(|it| height(sequence, *it, paper))
            .collect();
        let moments: Vec<_> = entries
            .iter()
            .map(|it| moment(sequence, *it, &entries))
            .collect();
        let first = TOP + heights.first().map_or(0.0, |(above, _)| *above);
        let between = heights.windows(2).map(|pair| pair[0].1 + pair[1].0);
        let last = first + between.sum::<f64>();
        let scale = Scale::of(moments.iter().copied(), first, last, CUT);
        let ticks: Vec<_> = moments.iter().map(|it| scale.place(*it)).collect();
        let rows = ticks.iter().zip(&heights);
        let rows = rows.map(|(wanted, (above, below))| Row {
            wanted: *wanted,
            above: *above,
            below: *below,
        });
        let places = spread(&rows.collect::<Vec<_>>(), TOP);
        let below = heights.last().map_or(0.0, |(_, below)| *below);
        let lowest = places.last().copied().unwrap_or(TOP);
        Self {
            bottom: (lowest + below).max(ticks.last().copied().unwrap_or(TOP)),
            entries,
            places,
            ticks,
            scale,
        }
    }

    /// Where a message is drawn.
    pub(super) fn place_of(&self, arrow: usize) -> Option<f64> {
        let at = self
            .entries
            .iter()
            .position(|it| *it == Entry::Arrow(arrow))?;
        self.places.get(at).copied()
    }

    /// From each request to its answer: who has it, and where that begins and ends.
    pub(super) fn spans(&self, sequence: &Sequence) -> Vec<(Actor, f64, f64)> {
        let arrows = sequence.arrows.iter().enumerate();
        let requests = arrows.filter(|(_, it)| it.kind == Kind::Request);
        let span = |(at, request): (usize, &grantscope_capture::grant::sequence::Arrow)| {
            let later = sequence.arrows.iter().skip(at + 1);
            let answer = later
                .clone()
                .position(|it| it.exchange == request.exchange)?;
            Some((
                request.to,
                self.place_of(at)?,
                self.place_of(at + 1 + answer)?,
            ))
        };
        requests.filter_map(span).collect()
    }
}

fn entries(arrows: usize) -> Vec<Entry> {
    let left_out = arrows.saturating_sub(ARROWS_MAX);
    if left_out == 0 {
        return (0..arrows).map(Entry::Arrow).collect();
    }
    let first = (0..FIRST).map(Entry::Arrow);
    let last = (FIRST + left_out..arrows).map(Entry::Arrow);
    first
        .chain([Entry::LeftOut(left_out)])
        .chain(last)
        .collect()
}

/// What an entry needs above and below its place.
fn height(sequence: &Sequence, entry: Entry, paper: Paper) -> (f64, f64) {
    let Entry::Arrow(arrow) = entry else {
        return (ABOVE / 2.0, ABOVE / 2.0);
    };
    let facts = told::facts(&sequence.arrows[arrow]);
    let facts = count(facts.take(super::FACTS_MAX).count());
    let above = if paper == Paper::Wide {
        ABOVE
    } else {
        ABOVE + 2.0
    };
    (above, BELOW + FACT * facts)
}

/// When an entry is, in seconds after the first one. What is left out is as early as what comes before it.
fn moment(sequence: &Sequence, entry: Entry, entries: &[Entry]) -> f64 {
    let arrow = match entry {
        Entry::Arrow(arrow) => arrow,
        Entry::LeftOut(_) => {
            let at = entries
                .iter()
                .position(|it| *it == entry)
                .unwrap_or_default();
            match entries.get(at.saturating_sub(1)) {
                Some(Entry::Arrow(before)) => *before,
                _ => 0,
            }
        }
    };
    let at = sequence.arrows[arrow].at;
    at.duration_since(sequence.begins_at()).as_secs_f64()
}
