//! The messages of a grant between those who take part, on a ruler of time that is to scale.
//!
//! The rows have the room that their texts need; thin lines lead from each to its moment on the ruler.

mod rows;
mod told;

use std::time::Duration;

use grantscope_capture::grant::sequence::{Actor, Arrow, Kind, Sequence};
use maud::{Markup, html};

use super::words::{Anchor, Stand, words};
use super::{Paper, Px, Told, count, drawing, duration, label, middle};
use crate::links::Links;
use rows::{Entry, Rows};

const TITLE: f64 = 13.0;
const LABEL: f64 = 12.5;
const FACT: f64 = 11.0;
const TIME: f64 = 11.0;

/// So many facts are drawn on a message; the words beside the drawing have them all.
const FACTS_MAX: usize = 2;

/// What of the sides of an arrow is left free, for the bars on the lanes.
const ASIDE: f64 = 4.0;

/// Draws a sequence. `id` is unique on the page.
pub(crate) fn draw(links: &Links, sequence: &Sequence, id: &str) -> Markup {
    html! {
        figure.draw.sequence {
            @for paper in Paper::ALL { (on(paper, links, sequence, id)) }
            figcaption { (told::caption(sequence)) }
            (told::in_words(links, sequence))
        }
    }
}

fn on(paper: Paper, links: &Links, sequence: &Sequence, id: &str) -> Markup {
    let sheet = Sheet {
        paper,
        links,
        sequence,
        rows: Rows::of(sequence, paper),
    };
    let told = Told {
        id,
        title: "Sequence of the grant",
        description: &told::caption(sequence),
        is_linked: true,
    };
    drawing(&told, paper, sheet.rows.bottom + 16.0, &sheet.content())
}

/// One drawing.
struct Sheet<'a> {
    paper: Paper,
    links: &'a Links,
    sequence: &'a Sequence,
    rows: Rows,
}

impl Sheet<'_> {
    fn content(&self) -> Markup {
        html! {
            @for actor in &self.sequence.actors { (self.lane(*actor)) }
            (self.life())
            (self.busy())
            (self.ruler())
            @for (at, entry) in self.rows.entries.iter().enumerate() {
                @match *entry {
                    Entry::Arrow(arrow) => { (self.message(&self.sequence.arrows[arrow], at)) }
                    Entry::LeftOut(left_out) => { (self.left_out(left_out, self.rows.places[at])) }
                }
            }
        }
    }

    /// The place of a lane.
    fn x(&self, actor: Actor) -> f64 {
        let (first, last) = match self.paper {
            Paper::Wide => (206.0, 836.0),
            Paper::Narrow => (54.0, 304.0),
        };
        let lanes = self.sequence.actors.len();
        let lane = self.sequence.actors.iter().position(|it| *it == actor);
        // Two lanes alone would be too far apart to see what is between them.
        let apart = ((last - first) / count(lanes.saturating_sub(1).max(1))).min(420.0);
        first + apart * count(lane.unwrap_or_default())
    }

    fn ruler_x(&self) -> f64 {
        match self.paper {
            Paper::Wide => 80.0,
            Paper::Narrow => 6.0,
        }
    }

    fn lane(&self, actor: Actor) -> Markup {
        let x = self.x(actor);
        let (name, size) = match (self.paper, actor) {
            (Paper::Narrow, Actor::Server) => ("auth. server", FACT),
            (Paper::Narrow, _) => (actor.name(), FACT),
            (Paper::Wide, _) => (actor.name(), TITLE),
        };
        let stand = Stand {
            x,
            y: 18.0,
            anchor: Anchor::Middle,
            size,
            width_max: 160.0,
        };
        html! {
            line.lane x1=(Px(x)) y1="30" x2=(Px(x)) y2=(Px(self.rows.bottom + 10.0)) {}
            circle.lane-head cx=(Px(x)) cy="30" r="3" {}
            (words("actor", stand, name))
        }
    }

    /// The grant lives between the message that issues it and the one that presents it last.
    fn life(&self) -> Markup {
        let Some(life) = &self.sequence.life else {
            return html! {};
        };
        let place = |arrow| self.rows.place_of(arrow);
        let (Some(from), Some(until)) = (place(life.from), place(life.until)) else {
            return html! {};
        };
        let lasted = duration(life.lasted.try_into().unwrap_or(Duration::ZERO));
        html! {
            @if until > from {
                rect.life x=(Px(self.x(Actor::Server) + 7.0)) y=(Px(from)) width="5"
                    height=(Px(until - from)) rx="2.5" {
                    title { (life.grant) " was " (lasted) " old when it was presented last" }
                }
            }
        }
    }

    /// Who works on an answer, from the request until it.
    fn busy(&self) -> Markup {
        let spans = self.rows.spans(self.sequence);
        html! {
            @for (actor, from, until) in spans {
                rect.busy x=(Px(self.x(actor) - 4.0)) y=(Px(from)) width="8"
                    height=(Px((until - from).max(2.0))) rx="2" {}
            }
        }
    }

    fn ruler(&self) -> Markup {
        let x = self.ruler_x();
        let ends = self.rows.ticks.first().zip(self.rows.ticks.last());
        html! {
            @if let Some((first, last)) = ends {
                line.ruler x1=(Px(x)) y1=(Px(*first)) x2=(Px(x)) y2=(Px(*last)) {}
            }
            @for cut in self.rows.scale.cuts() {
                @let line = zigzag(x, cut.from, cut.until);
                path.zigzag-back d=(line) {}
                path.zigzag d=(line) {}
                @if self.paper == Paper::Wide && cut.until - cut.from >= TIME {
                    (words("cut-length", Stand {
                        x: x - 9.0,
                        y: middle(cut.from, cut.until) + 4.0,
                        anchor: Anchor::End,
                        size: TIME,
                        width_max: x - 11.0,
                    }, &duration(cut.lasts)))
                }
            }
        }
    }

    fn left_out(&self, left_out: usize, y: f64) -> Markup {
        let stand = self.beside(y + 4.0);
        let text = format!("{left_out} messages are left out");
        let end = self.paper.width() - 24.0;
        let begin = stand.x + label::width(&text, label::Font::Plain, stand.size) + 12.0;
        html! {
            (words("left-out", stand, &text))
            line.left-out x1=(Px(begin)) y1=(Px(y)) x2=(Px(end)) y2=(Px(y)) {}
        }
    }

    /// Where the text at the left of a row stands.
    fn beside(&self, y: f64) -> Stand {
        let x = self.ruler_x()
            + if self.paper == Paper::Wide {
                26.0
            } else {
                14.0
            };
        Stand {
            x,
            y,
            anchor: Anchor::Start,
            size: TIME,
            width_max: 160.0,
        }
    }

    fn message(&self, arrow: &Arrow, at: usize) -> Markup {
        let y = self.rows.places[at];
        let tick = self.rows.ticks[at];
        let ruler = self.ruler_x();
        let elbow = self.beside(y).x - 5.0;
        html! {
            path.leader d={ "M" (Px(ruler - 3.0)) " " (Px(tick)) "H" (Px(ruler + 3.0)) "L" (Px(elbow)) " " (Px(self.time_y(y))) } {}
            a.message.(class(arrow.kind)) href=(self.links.exchange(arrow.exchange.0)) {
                title { (told::line(self.sequence, arrow)) }
                (self.arrow(arrow, y))
                (self.labels(arrow, y))
            }
        }
    }

    /// The time stands beside the arrow, or in front of the label where there is no room for that.
    fn time_y(&self, y: f64) -> f64 {
        match self.paper {
            Paper::Wide => y,
            Paper::Narrow => y - 11.0,
        }
    }

    fn arrow(&self, arrow: &Arrow, y: f64) -> Markup {
        let (from, to) = (self.x(arrow.from), self.x(arrow.to));
        let way = if from < to { 1.0 } else { -1.0 };
        let (begin, end) = (from + way * ASIDE, to - way * ASIDE);
        let back = end - way * 9.0;
        html! {
            line.shaft x1=(Px(begin)) y1=(Px(y)) x2=(Px(back)) y2=(Px(y)) {}
            path.head d={ "M" (Px(end)) " " (Px(y)) "L" (Px(back)) " " (Px(y - 4.5)) "V" (Px(y + 4.5)) "Z" } {}
        }
    }

    fn labels(&self, arrow: &Arrow, y: f64) -> Markup {
        let time = told::after(self.sequence, arrow);
        let named = told::label(arrow);
        let facts = told::facts(arrow).take(FACTS_MAX);
        let beside = self.beside(self.time_y(y) + 4.0);
        let (label_at, fact_at) = match self.paper {
            Paper::Wide => {
                let (from, to) = (self.x(arrow.from), self.x(arrow.to));
                let above = Stand {
                    x: middle(from, to),
                    y: y - 7.0,
                    anchor: Anchor::Middle,
                    size: LABEL,
                    width_max: (to - from).abs() + 50.0,
                };
                (
                    above,
                    Stand {
                        y: y + 15.0,
                        size: FACT,
                        ..above
                    },
                )
            }
            Paper::Narrow => {
                let x = beside.x + 80.0;
                let after = Stand {
                    x,
                    size: 12.0,
                    width_max: self.paper.width() - 4.0 - x,
                    ..beside
                };
                let width_max = self.paper.width() - 4.0 - beside.x;
                (
                    after,
                    Stand {
                        y: y + 15.0,
                        width_max,
                        ..beside
                    },
                )
            }
        };
        html! {
            (words("when", Stand { width_max: 78.0, ..beside }, &time))
            (words("label", label_at, &named))
            @for (at, fact) in facts.enumerate() {
                (words("fact", Stand { y: fact_at.y + 14.0 * count(at), ..fact_at }, &fact))
            }
        }
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Answer => "answer",
        Kind::Refusal => "refusal",
    }
}

/// A line that says: here more time passes than is drawn.
fn zigzag(x: f64, from: f64, until: f64) -> String {
    let height = (until - from).min(14.0);
    let top = middle(from, until) - height / 2.0;
    let points = [(0.0, 0.0), (4.0, 0.25), (-4.0, 0.75), (0.0, 1.0)];
    let point = |(aside, part): (f64, f64)| format!("{:.1} {:.1}", x + aside, top + part * height);
    format!("M{}", points.map(point).join("L"))
}

#[cfg(test)]
mod tests;
