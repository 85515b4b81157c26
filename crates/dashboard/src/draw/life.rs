//! The life of a code as a bar: who had it for how long, against how long it lives.

use grantscope_capture::export::shown;
use grantscope_capture::grant::life::{Basis, Leg, Life};
use maud::{Markup, html};

use crate::links::Links;

use super::words::{Anchor, Stand, words};
use super::{Paper, Px, Told, drawing, duration, label};

const EDGE: f64 = 8.0;
const TOP: f64 = 38.0;
const BAR: f64 = 26.0;
const SIZE: f64 = 12.0;
const HEIGHT: f64 = 100.0;

/// Where a lifetime is so many times the age, it is not drawn to scale.
const RATIO_MAX: f64 = 4.0;
/// What the life takes of the width then.
const LIFE_PART: f64 = 0.62;

/// Draws a life. `id` is unique on the page.
pub(crate) fn draw(links: &Links, life: &Life, id: &str) -> Markup {
    html! {
        figure.draw.life {
            @for paper in Paper::ALL { (on(paper, life, id)) }
            figcaption { (caption(life)) }
            (legs(links, life))
        }
    }
}

fn on(paper: Paper, life: &Life, id: &str) -> Markup {
    let description = caption(life);
    let told = Told {
        id,
        title: "Life of the code",
        description: &description,
        is_linked: false,
    };
    drawing(&told, paper, HEIGHT, &Sheet::of(life, paper).content())
}

/// One drawing: seconds become places, up to where the lifetime is no longer to scale.
struct Sheet<'a> {
    life: &'a Life,
    width: f64,
    /// How long a second is.
    second: f64,
    /// Where the lifetime ends.
    expiry: f64,
    is_cut: bool,
}

impl<'a> Sheet<'a> {
    fn of(life: &'a Life, paper: Paper) -> Self {
        let width = paper.width();
        let (age, lifetime) = (life.age.as_secs_f64(), life.lifetime.lasts.as_secs_f64());
        let room = width - 2.0 * EDGE;
        let is_cut = lifetime > RATIO_MAX * age;
        let (whole, part) = if is_cut {
            (
                life.age + life.answered_after.unwrap_or_default(),
                LIFE_PART,
            )
        } else {
            let end = life.age + life.answered_after.unwrap_or_default();
            // The expiry does not stand at the very end, where it would look like the end of the drawing.
            (end.max(life.lifetime.lasts.mul_f64(1.06)), 1.0)
        };
        let second = room * part / whole.as_secs_f64().max(1e-6);
        let expiry = if is_cut {
            width - EDGE - 30.0
        } else {
            EDGE + second * lifetime
        };
        Self {
            life,
            width,
            second,
            expiry,
            is_cut,
        }
    }

    fn x(&self, seconds: f64) -> f64 {
        EDGE + self.second * seconds
    }

    fn content(&self) -> Markup {
        let presented = self.x(self.life.age.as_secs_f64());
        html! {
            rect.track x=(Px(EDGE)) y=(Px(TOP)) width=(Px((self.expiry - EDGE).max(1.0))) height=(Px(BAR)) rx="3" {}
            (self.legs())
            @if self.life.is_expired() {
                rect.late x=(Px(self.expiry)) y=(Px(TOP + BAR + 2.0)) width=(Px((presented - self.expiry).max(2.0))) height="4" {}
            }
            @if self.is_cut { (self.cut(presented)) }
            (self.expiry())
            (self.presented(presented))
        }
    }

    fn legs(&self) -> Markup {
        let end = self.life.age.as_secs_f64();
        html! {
            @for (at, (leg, from)) in self.life.legs.iter().zip(begins(&self.life.legs)).enumerate() {
                (self.segment(at, leg, from))
            }
            @if let Some(answer) = self.life.answered_after {
                rect.leg.answer x=(Px(self.x(end))) y=(Px(TOP + 6.0)) width=(Px((self.second * answer.as_secs_f64()).max(1.0)))
                    height=(Px(BAR - 12.0)) { title { "server: " (duration(answer)) } }
            }
        }
    }

    fn segment(&self, at: usize, leg: &Leg, from: f64) -> Markup {
        let (left, right) = (self.x(from), self.x(from + leg.took.as_secs_f64()));
        let (who, took) = (leg.who, duration(leg.took));
        let text = format!("{who} {took}");
        let room = right - left - 10.0;
        let text = [text.as_str(), took.as_str()]
            .into_iter()
            .find(|it| label::width(it, label::Font::Bold, SIZE) <= room)
            .map(str::to_owned);
        html! {
            rect class={ "leg leg-" (at) } x=(Px(left)) y=(Px(TOP)) width=(Px((right - left).max(1.0))) height=(Px(BAR)) {
                title { (who) ": " (took) }
            }
            @if let Some(text) = text {
                (words("on-leg", Stand {
                    x: left + 6.0,
                    y: TOP + BAR / 2.0 + 4.0,
                    anchor: Anchor::Start,
                    size: SIZE,
                    width_max: room + 1.0,
                }, &text))
            }
        }
    }

    /// Where the track between the life and its lifetime is not to scale.
    fn cut(&self, presented: f64) -> Markup {
        let x = super::middle(presented.max(self.width * LIFE_PART), self.expiry);
        let (top, bottom) = (TOP - 3.0, TOP + BAR + 3.0);
        let stroke = |x: f64| format!("M{:.1} {bottom:.1}L{:.1} {top:.1}", x - 5.0, x + 5.0);
        html! {
            path.gap d={ "M" (Px(x - 8.0)) " " (Px(bottom)) "L" (Px(x + 2.0)) " " (Px(top)) "h6L" (Px(x - 2.0)) " " (Px(bottom)) "Z" } {}
            path.gap-edge d=(stroke(x - 3.0)) {}
            path.gap-edge d=(stroke(x + 3.0)) {}
        }
    }

    fn expiry(&self) -> Markup {
        let x = self.expiry;
        let text = format!("lives {}", duration(self.life.lifetime.lasts));
        html! {
            line.expiry x1=(Px(x)) y1=(Px(TOP - 10.0)) x2=(Px(x)) y2=(Px(TOP + BAR + 8.0)) {}
            (words("expiry", self.near(x, TOP - 16.0, &text), &text))
        }
    }

    fn presented(&self, x: f64) -> Markup {
        let y = TOP + BAR + 9.0;
        let verb = if self.life.is_granted {
            "granted"
        } else {
            "refused"
        };
        let text = format!("presented {} old, {verb}", duration(self.life.age));
        html! {
            path.presented d={ "M" (Px(x)) " " (Px(y - 4.0)) "l-5 8h10Z" } {}
            (words("presented", self.near(x, y + 20.0, &text), &text))
        }
    }

    /// A text whose middle is at a place, as far as the edges allow.
    fn near(&self, x: f64, y: f64, text: &str) -> Stand {
        let half = label::width(text, label::Font::Bold, SIZE).min(self.width - 4.0) / 2.0 + 2.0;
        Stand {
            x: x.clamp(half, self.width - half),
            y,
            anchor: Anchor::Middle,
            size: SIZE,
            width_max: self.width - 4.0,
        }
    }
}

/// When each leg begins, in seconds after the first.
fn begins(legs: &[Leg]) -> impl Iterator<Item = f64> {
    legs.iter().scan(0.0, |end, leg| {
        let begin = *end;
        *end += leg.took.as_secs_f64();
        Some(begin)
    })
}

/// What the bar shows, in a sentence.
fn caption(life: &Life) -> String {
    let (age, lasts) = (duration(life.age), duration(life.lifetime.lasts));
    let judged = if life.is_expired() {
        "it had expired"
    } else {
        "it was alive"
    };
    let basis = match &life.lifetime.basis {
        Basis::Documented {
            provider,
            is_default: true,
            ..
        } => format!("codes of {provider} live {lasts} unless configured otherwise"),
        Basis::Documented { provider, .. } => format!("codes of {provider} live {lasts}"),
        Basis::Recommended => format!(
            "how long this server's codes live is not known; RFC 6749 recommends {lasts} at most"
        ),
    };
    shown(&format!(
        "{} was {age} old when {} presented it: by that, {judged}, for {basis}.",
        life.code, life.presented
    ))
}

/// The legs in words, with the colours of the bar.
fn legs(links: &Links, life: &Life) -> Markup {
    let share = |leg: &Leg| 100.0 * leg.took.as_secs_f64() / life.age.as_secs_f64().max(1e-9);
    html! {
        table.legs {
            caption.visually-hidden { "Who had the code for how long" }
            thead { tr { th scope="col" { "who" } th scope="col" { "way" } th.amount scope="col" { "took" } th.amount scope="col" { "share" } } }
            tbody {
                @for (at, leg) in life.legs.iter().enumerate() {
                    tr {
                        th scope="row" { (swatch(&format!("leg leg-{at}"))) (leg.who) }
                        td { (leg.way) }
                        td.amount { (duration(leg.took)) }
                        td.amount { (format!("{:.0} %", share(leg))) }
                    }
                }
                @if let Some(answer) = life.answered_after {
                    tr {
                        th scope="row" { (swatch("leg answer")) "server" }
                        td { "until its answer was complete (" a href=(links.exchange(life.presented.0)) { (life.presented) } ")" }
                        td.amount { (duration(answer)) }
                        td {}
                    }
                }
            }
        }
    }
}

fn swatch(class: &str) -> Markup {
    html! { svg.swatch width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" { rect class=(class) width="12" height="12" rx="2" {} } " " }
}

#[cfg(test)]
mod tests;
