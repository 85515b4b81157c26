//! Drawings as SVG: a grant as a sequence of messages, the life of a code, a family of refresh tokens, timings.
//!
//! Each is a pure function of what [`grantscope_capture`] tells to markup: a drawing for wide pages, one for narrow ones, of
//! which the style sheet shows one, and the same in words beside them. Colours and fonts are those of `assets/draw.css`;
//! there is no style in an attribute, so that a strict content security policy holds. The number of elements is bounded,
//! whatever the traffic was, and texts of the traffic are cut and made harmless in [`label`].

pub(crate) mod family;
mod label;
pub(crate) mod life;
mod scale;
pub(crate) mod sequence;
mod spread;
pub(crate) mod waterfall;
mod words;

use std::fmt::Write as _;
use std::time::Duration;

use maud::{Markup, Render, html};

/// For which width of a page a drawing is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paper {
    Wide,
    Narrow,
}

impl Paper {
    const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    /// The class by which the style sheet shows one of the two.
    fn class(self) -> &'static str {
        match self {
            Self::Wide => "drawing wide",
            Self::Narrow => "drawing narrow",
        }
    }

    /// The width of a drawing in its own units, which are pixels where there is room.
    fn width(self) -> f64 {
        match self {
            Self::Wide => 920.0,
            Self::Narrow => 344.0,
        }
    }
}

/// A length or place in the units of a drawing, of which a tenth is the least that matters.
#[derive(Clone, Copy, Debug)]
struct Px(f64);

impl Render for Px {
    fn render_to(&self, to: &mut String) {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // Writing to a string does not fail; minus zero would be a change without a difference.
        let _written = write!(to, "{}", rounded + 0.0);
    }
}

/// What is drawn, as a screen reader tells it.
struct Told<'a> {
    /// A name that is unique on the page.
    id: &'a str,
    title: &'a str,
    description: &'a str,
    /// Whether parts of the drawing are links. A picture has no parts that one can go to, so that it is a group then.
    is_linked: bool,
}

/// A drawing of a size, with what is told of it.
fn drawing(told: &Told<'_>, paper: Paper, height: f64, content: &Markup) -> Markup {
    let suffix = if paper == Paper::Wide { "w" } else { "n" };
    let id = format!("{}-{suffix}", told.id);
    let width = paper.width();
    html! {
        svg class=(paper.class()) role=(if told.is_linked { "group" } else { "img" })
            viewBox={ "0 0 " (Px(width)) " " (Px(height)) } width=(Px(width)) height=(Px(height))
            aria-labelledby={ (id) "-t" } aria-describedby={ (id) "-d" } {
            title id={ (id) "-t" } { (told.title) }
            desc id={ (id) "-d" } { (told.description) }
            (content)
        }
    }
}

/// A duration as it is written in a drawing: `0.4 ms`, `85 ms`, `2.51 s`, `3 min 20 s`, `7 d 2 h`.
fn duration(of: Duration) -> String {
    let seconds = of.as_secs();
    let two = |whole: u64, unit: &str, rest: u64, part: &str| match rest {
        0 => format!("{whole} {unit}"),
        _ => format!("{whole} {unit} {rest} {part}"),
    };
    match seconds {
        0 if of.subsec_millis() < 10 => {
            let millis = of.as_secs_f64() * 1_000.0;
            format!("{} ms", (millis * 10.0).round() / 10.0)
        }
        0 => format!("{} ms", of.subsec_millis()),
        1..60 => format!("{:.2} s", of.as_secs_f64()),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// How long after the beginning, to the millisecond: `+0.085 s`, `+2:00.100`, `+1:00:00.040`, `+7 d 02:00:00`.
fn clock(after: Duration) -> String {
    let (seconds, millis) = (after.as_secs(), after.subsec_millis());
    let (days, hours, minutes, rest) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match seconds {
        0..60 => format!("+{rest}.{millis:03} s"),
        60..3_600 => format!("+{minutes}:{rest:02}.{millis:03}"),
        3_600..86_400 => format!("+{hours}:{minutes:02}:{rest:02}.{millis:03}"),
        _ => format!("+{days} d {hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// So many seconds, which may be any number, as a duration.
fn seconds(count: f64) -> Duration {
    Duration::try_from_secs_f64(count).unwrap_or_default()
}

/// A number of things as a length.
fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// The arithmetic mean of two places.
fn middle(one: f64, other: f64) -> f64 {
    f64::midpoint(one, other)
}

#[cfg(test)]
mod tests;
