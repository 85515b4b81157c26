//! A sequence in words: what a message is called, and all messages as a list.

use std::time::Duration;

use grantscope_capture::export::shown;
use grantscope_capture::grant::sequence::{Arrow, Kind, Sequence};
use maud::{Markup, html};

use crate::draw::{clock, duration};
use crate::links::Links;

/// So many messages are told in words.
const TOLD_MAX: usize = 200;

/// How long after the first message: `+2.514 s`.
pub(super) fn after(sequence: &Sequence, arrow: &Arrow) -> String {
    let after = arrow.at.duration_since(sequence.begins_at());
    clock(after.try_into().unwrap_or_default())
}

/// What is written on an arrow.
pub(super) fn label(arrow: &Arrow) -> String {
    let (exchange, label) = (arrow.exchange, arrow.label.trim());
    match arrow.kind {
        Kind::Refusal => format!("✕ {exchange} refused: {label}"),
        Kind::Request | Kind::Answer => format!("{exchange} {label}"),
    }
}

/// The facts of a message, each as `name=value`.
pub(super) fn facts(arrow: &Arrow) -> impl Iterator<Item = String> {
    arrow
        .facts
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
}

/// A message in one line.
pub(super) fn line(sequence: &Sequence, arrow: &Arrow) -> String {
    let (after, from, to) = (after(sequence, arrow), arrow.from.name(), arrow.to.name());
    shown(&format!("{after}, {from} to {to}: {}", label(arrow)))
}

/// What the drawing shows, in a sentence or two.
pub(super) fn caption(sequence: &Sequence) -> String {
    let refused = sequence
        .arrows
        .iter()
        .filter(|it| it.kind == Kind::Refusal)
        .count();
    let messages = sequence.arrows.len();
    let last = sequence
        .arrows
        .last()
        .map(|it| it.at.duration_since(sequence.begins_at()));
    let lasted = last
        .and_then(|it| Duration::try_from(it).ok())
        .unwrap_or_default();
    let refused = match refused {
        0 => "none refuses".to_owned(),
        1 => "one refuses".to_owned(),
        _ => format!("{refused} refuse"),
    };
    format!(
        "{messages} messages within {}; {refused}. The ruler is to scale; a zigzag stands for a longer time.",
        duration(lasted)
    )
}

/// All messages as a list.
pub(super) fn in_words(links: &Links, sequence: &Sequence) -> Markup {
    let left_out = sequence.arrows.len().saturating_sub(TOLD_MAX);
    html! {
        details.in-words {
            summary { "The messages in words" }
            ol {
                @for arrow in sequence.arrows.iter().take(TOLD_MAX) {
                    li {
                        a href=(links.exchange(arrow.exchange.0)) { (line(sequence, arrow)) }
                        @if !arrow.facts.is_empty() {
                            ul { @for fact in facts(arrow) { li { code { (shown(&fact)) } } } }
                        }
                    }
                }
            }
            @if left_out > 0 { p { (left_out) " later messages are left out." } }
        }
    }
}
