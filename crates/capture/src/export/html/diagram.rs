//! The sequence diagram of a grant as SVG in the page: evenly spaced, with the times written beside.

use std::io::{self, Write};

use super::text;
use crate::grant::sequence::{Actor, Arrow, Kind, Sequence};

const ROW_HEIGHT: usize = 34;
const HEAD_HEIGHT: usize = 44;
const TIME_WIDTH: usize = 90;
const LANE_WIDTH: usize = 270;
/// What is right of the last lane: the life of the grant, and its name.
const LIFE_WIDTH: usize = 120;

/// Longer labels would run over the next lane.
const LABEL_CHARACTERS_MAX: usize = 36;

/// More arrows are no picture any more.
const ARROWS_MAX: usize = 100;

/// Writes the diagram.
pub(super) fn write(to: &mut impl Write, sequence: &Sequence) -> io::Result<()> {
    let arrows = &sequence.arrows[..sequence.arrows.len().min(ARROWS_MAX)];
    let width = TIME_WIDTH + LANE_WIDTH * sequence.actors.len().saturating_sub(1) + 2 * LIFE_WIDTH;
    let height = row(arrows.len()) + ROW_HEIGHT / 2;
    writeln!(
        to,
        "<figure>\n<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"sequence diagram of the grant\">"
    )?;
    for actor in &sequence.actors {
        lane(to, x(sequence, *actor), actor.name(), height)?;
    }
    life(to, sequence, arrows.len())?;
    for (at, one) in arrows.iter().enumerate() {
        arrow(to, sequence, one, row(at))?;
    }
    writeln!(to, "</svg>")?;
    let left_out = sequence.arrows.len() - arrows.len();
    if left_out > 0 {
        writeln!(
            to,
            "<figcaption>{left_out} later messages are left out.</figcaption>"
        )?;
    }
    writeln!(to, "</figure>")
}

fn row(at: usize) -> usize {
    HEAD_HEIGHT + ROW_HEIGHT * (at + 1)
}

fn x(sequence: &Sequence, actor: Actor) -> usize {
    let lane = sequence.actors.iter().position(|it| *it == actor);
    TIME_WIDTH + LIFE_WIDTH / 2 + LANE_WIDTH * lane.unwrap_or_default()
}

fn lane(to: &mut impl Write, x: usize, name: &str, height: usize) -> io::Result<()> {
    let below = HEAD_HEIGHT - 12;
    writeln!(
        to,
        "<text class=\"actor\" x=\"{x}\" y=\"20\">{name}</text>\n<line class=\"lane\" x1=\"{x}\" y1=\"{below}\" x2=\"{x}\" y2=\"{height}\"/>"
    )
}

/// The grant lives between the arrow that issues it and the one that presents it last, beside who issued it.
fn life(to: &mut impl Write, sequence: &Sequence, shown: usize) -> io::Result<()> {
    let Some(life) = &sequence.life else {
        return Ok(());
    };
    if life.until >= shown || life.from >= life.until {
        return Ok(());
    }
    let (top, bottom) = (row(life.from), row(life.until));
    let x = x(sequence, Actor::Server);
    let (left, beside, middle) = (x + 1, x + 12, usize::midpoint(top, bottom));
    let (grant, lasted) = (text(&life.grant), life.lasted.as_secs_f64());
    writeln!(
        to,
        "<rect class=\"life\" x=\"{left}\" y=\"{top}\" width=\"7\" height=\"{}\"/>\n\
         <text class=\"age\" x=\"{beside}\" y=\"{middle}\">{grant}</text>\n\
         <text class=\"age\" x=\"{beside}\" y=\"{}\">{lasted:.3} s old</text>",
        bottom - top,
        middle + 15
    )
}

fn arrow(to: &mut impl Write, sequence: &Sequence, arrow: &Arrow, y: usize) -> io::Result<()> {
    let (from, until) = (x(sequence, arrow.from), x(sequence, arrow.to));
    let class = match arrow.kind {
        Kind::Request => "request",
        Kind::Answer => "answer",
        Kind::Refusal => "refusal",
    };
    let after = arrow.at.duration_since(sequence.begins_at()).as_secs_f64();
    let number = arrow.exchange.0;
    let label = text(&cut(&format!("{} {}", arrow.exchange, arrow.label)));
    let (time_y, label_y, middle) = (y + 4, y - 5, usize::midpoint(from, until));
    writeln!(
        to,
        "<text class=\"when\" x=\"0\" y=\"{time_y}\">{after:+.3} s</text>"
    )?;
    writeln!(
        to,
        "<a class=\"{class}\" href=\"#x{number}\"><line x1=\"{from}\" y1=\"{y}\" x2=\"{until}\" y2=\"{y}\"/>\
         <path d=\"{}\"/><text x=\"{middle}\" y=\"{label_y}\">{label}</text></a>",
        head(from < until, until, y)
    )
}

/// The head of an arrow. It is drawn and not a marker, which would need a reference that some viewers do not follow.
fn head(is_rightward: bool, x: usize, y: usize) -> String {
    let back = if is_rightward { x - 9 } else { x + 9 };
    format!("M{x} {y}L{back} {}L{back} {}Z", y - 4, y + 4)
}

fn cut(label: &str) -> String {
    match label.char_indices().nth(LABEL_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}
