//! A family of refresh tokens: one lane for each, its presentations as bars in time, and lines to the tokens that they brought.
//!
//! Presentations that overlap stand below each other, so that a race is seen; what ended the family is a line through it.

mod lanes;
mod told;

use grantscope_capture::grant::family::{End, Family, Presented};
use grantscope_correlation::Outcome;
use maud::{Markup, html};

use super::scale::Cut;
use super::words::{Anchor, Stand, words};
use super::{Paper, Px, Told, drawing, duration, label, middle};
use crate::links::Links;
use lanes::{Lane, Lanes, Placed, Shown};

const NAME: f64 = 12.0;
const SMALL: f64 = 11.0;
const BAR: f64 = 12.0;

/// Draws a family. `id` is unique on the page.
pub(crate) fn draw(links: &Links, family: &Family, id: &str) -> Markup {
    html! {
        figure.draw.family {
            @for paper in Paper::ALL { (on(paper, links, family, id)) }
            figcaption { (told::caption(family)) }
            (told::in_words(links, family))
        }
    }
}

fn on(paper: Paper, links: &Links, family: &Family, id: &str) -> Markup {
    let sheet = Sheet {
        paper,
        links,
        family,
        lanes: Lanes::of(family, paper),
    };
    let told = Told {
        id,
        title: "Family of refresh tokens",
        description: &told::caption(family),
        is_linked: true,
    };
    drawing(&told, paper, sheet.lanes.bottom + 6.0, &sheet.content())
}

/// One drawing.
struct Sheet<'a> {
    paper: Paper,
    links: &'a Links,
    family: &'a Family,
    lanes: Lanes,
}

impl Sheet<'_> {
    fn content(&self) -> Markup {
        html! {
            (self.axis())
            @for lane in &self.lanes.all { (self.lane(lane)) }
            @for lane in &self.lanes.all { (self.descent(lane)) }
            @for (at, end) in self.family.ends.iter().enumerate() {
                @if self.family.ended_by == Some(at) { (self.end(end)) }
            }
            @for lane in &self.lanes.all {
                @for placed in &lane.presented { (self.presented(lane, placed)) }
            }
        }
    }

    fn axis(&self) -> Markup {
        let y = lanes::AXIS;
        let (from, until) = Lanes::span(self.paper);
        html! {
            line.ruler x1=(Px(from)) y1=(Px(y)) x2=(Px(until)) y2=(Px(y)) {}
            @for cut in self.lanes.scale.cuts() { (cut_of(cut, y, self.lanes.bottom)) }
            @for (x, text) in self.lanes.scale.named_cuts(SMALL, (from - 60.0).max(2.0), until - 160.0) {
                (words("cut-length", Stand {
                    x,
                    y: y - 7.0,
                    anchor: Anchor::Middle,
                    size: SMALL,
                    width_max: 120.0,
                }, &text))
            }
            @if let Some((round, length)) = self.lanes.scale.key(80.0) {
                path.key d={ "M" (Px(until - length)) " " (Px(y - 13.0)) "v4h" (Px(length)) "v-4" } {}
                (words("cut-length", Stand {
                    x: until - length - 6.0,
                    y: y - 7.0,
                    anchor: Anchor::End,
                    size: SMALL,
                    width_max: 70.0,
                }, &duration(round)))
            }
        }
    }

    fn lane(&self, lane: &Lane) -> Markup {
        let (from, until) = Lanes::span(self.paper);
        let begin = lane.begin.map_or(from, |at| at.clamp(from, until));
        let (name, about) = told::lane(self.family, lane);
        let stand = Stand {
            x: 4.0,
            y: lane.label_y,
            anchor: Anchor::Start,
            size: NAME,
            width_max: 150.0,
        };
        let beside = match self.paper {
            Paper::Wide => Stand {
                y: lane.label_y + 14.0,
                size: SMALL,
                width_max: 190.0,
                ..stand
            },
            Paper::Narrow => Stand {
                x: 4.0 + label::width(&name, label::Font::Bold, NAME) + 8.0,
                size: SMALL,
                width_max: 336.0 - label::width(&name, label::Font::Bold, NAME) - 8.0,
                ..stand
            },
        };
        let is_skipped = matches!(lane.shown, Shown::LeftOut(_));
        html! {
            line class=(if is_skipped { "lane left-out" } else { "lane" }) x1=(Px(begin)) y1=(Px(lane.y))
                x2=(Px(lane.end.unwrap_or(until))) y2=(Px(lane.y)) {}
            (words("token", stand, &name))
            (words("aside", beside, &about))
        }
    }

    /// From the presentation that brought a token down to its lane.
    fn descent(&self, lane: &Lane) -> Markup {
        let Some((x, y)) = self.lanes.brought(self.family, lane) else {
            return html! {};
        };
        html! {
            path.descent d={ "M" (Px(x)) " " (Px(y)) "V" (Px(lane.y - 4.0)) "q0 4 4 4" } {}
            circle.issued cx=(Px(x + 4.0)) cy=(Px(lane.y)) r="2.5" {}
        }
    }

    fn presented(&self, lane: &Lane, placed: &Placed) -> Markup {
        let one = &self.family.tokens[lane.token()].presentations[placed.at];
        let (class, _) = outcome(one);
        let (left, top) = (placed.from, placed.y - BAR / 2.0);
        html! {
            a.presentation.(class) href=(self.links.exchange(one.exchange.0)) {
                title { (told::presentation(self.family, one)) }
                rect.bar x=(Px(left)) y=(Px(top)) width=(Px(placed.until - left)) height=(Px(BAR)) rx="3" {}
                @if one.outcome == Outcome::Refused { (cross(middle(left, placed.until), placed.y)) }
                @if let Some(room) = placed.room {
                    (words("tag", Stand {
                        x: placed.until + 4.0,
                        y: placed.y + 4.0,
                        anchor: Anchor::Start,
                        size: SMALL,
                        width_max: room,
                    }, &Self::tag(one, room)))
                }
            }
        }
    }

    /// What is written at a presentation: its number and what became of it, or the number alone where there is no room.
    fn tag(one: &Presented, room: f64) -> String {
        let whole = told::number(one);
        let needed = label::width(&whole, label::Font::Bold, SMALL);
        if needed <= room {
            whole
        } else {
            one.exchange.to_string()
        }
    }

    fn end(&self, end: &End) -> Markup {
        let x = self.lanes.place(end.at);
        let text = format!("✕ ended by {} {}", end.exchange, end.kind.name());
        let is_left = x > self.paper.width() * 0.55;
        let stand = Stand {
            x,
            y: self.lanes.bottom,
            anchor: if is_left { Anchor::End } else { Anchor::Start },
            size: NAME,
            width_max: if is_left {
                x - 4.0
            } else {
                self.paper.width() - x - 4.0
            },
        };
        html! {
            line.end x1=(Px(x)) y1=(Px(lanes::AXIS - 4.0)) x2=(Px(x)) y2=(Px(self.lanes.bottom - 13.0)) {}
            (words("end", stand, &text))
        }
    }
}

/// The class of a presentation, and the word for it.
fn outcome(one: &Presented) -> (&'static str, &'static str) {
    match one.outcome {
        Outcome::Granted => ("granted", "granted"),
        Outcome::Refused if one.is_replay => ("refused replay", "refused replay"),
        Outcome::Refused => ("refused", "refused"),
        Outcome::Pending => ("open", "awaiting its answer"),
        Outcome::Unanswered => ("open", "unanswered"),
        Outcome::Unclear => ("open", "answered unclearly"),
    }
}

fn cross(x: f64, y: f64) -> Markup {
    html! {
        path.cross d={ "M" (Px(x - 3.0)) " " (Px(y - 3.0)) "l6 6m0-6l-6 6" } {}
    }
}

/// A gap in time that is cut short.
fn cut_of(cut: &Cut, y: f64, bottom: f64) -> Markup {
    let (x, room) = (middle(cut.from, cut.until), cut.until - cut.from);
    html! {
        rect.gap x=(Px(cut.from + 1.0)) y=(Px(y)) width=(Px((room - 2.0).max(1.0))) height=(Px(bottom - 18.0 - y)) {}
        path.zigzag d={ "M" (Px(x - 6.0)) " " (Px(y)) "l3-4l6 8l3-4" } {}
    }
}

#[cfg(test)]
mod tests;
