//! A text in a drawing: where it stands, and how large it is.

use maud::{Markup, html};

use super::Px;
use super::label::{Font, fitted};

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub(super) x: f64,
    /// Its base line.
    pub(super) y: f64,
    pub(super) anchor: Anchor,
    /// The size of the font.
    pub(super) size: f64,
    /// What is longer is cut.
    pub(super) width_max: f64,
}

/// Which end of a text its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A text, cut where it is too long.
pub(super) fn words(class: &str, stand: Stand, text: &str) -> Markup {
    let text = fitted(text, stand.width_max, font(class), stand.size);
    html! {
        text class=(class) x=(Px(stand.x)) y=(Px(stand.y)) font-size=(Px(stand.size))
            text-anchor=(stand.anchor.name()) { (text) }
    }
}

/// The font that the style sheet gives to texts of a class.
pub(super) fn font(class: &str) -> Font {
    match class {
        "actor" | "end" | "on-leg" | "presented" | "token" => Font::Bold,
        "fact" => Font::Mono,
        _ => Font::Plain,
    }
}
