//! A family in words: what it is that one sees, and all tokens as a table.

use grantscope_capture::export::shown;
use grantscope_capture::grant::family::{Family, Presented, Token};
use grantscope_correlation::Outcome;
use maud::{Markup, html};

use super::lanes::{Lane, Shown, drawn};
use super::outcome;
use crate::draw::{clock, duration};
use crate::links::Links;

/// So many tokens are told in words, and so many presentations of each.
const TOKENS_MAX: usize = 200;
const PRESENTATIONS_MAX: usize = 50;

/// What is written at a lane: the name of the token, and what is to be known of it.
pub(super) fn lane(family: &Family, lane: &Lane) -> (String, String) {
    match lane.shown {
        Shown::Token(token) => {
            let token = &family.tokens[token];
            (token.name.clone(), about(token))
        }
        Shown::LeftOut(1) => ("…".to_owned(), "1 token is left out".to_owned()),
        Shown::LeftOut(count) => ("…".to_owned(), format!("{count} tokens are left out")),
    }
}

fn about(token: &Token) -> String {
    let generation = format!("generation {}", token.generation);
    let left_out = token.presentations.len() - drawn(token).count();
    match (overlapping(token), left_out) {
        (0, 0) => generation,
        (0, _) => format!("{generation}, {left_out} uses left out"),
        (at_once, 0) => format!("{generation}, {at_once} uses at once"),
        (at_once, _) => format!("{generation}, {at_once} at once, {left_out} left out"),
    }
}

/// So many presentations of one token overlap another one.
fn overlapping(token: &Token) -> usize {
    // They are in the order of sending, so that one overlaps a later one where it is not over before the next is sent.
    let all = &token.presentations;
    let mut until = None;
    let mut overlapping = 0;
    for (at, one) in all.iter().enumerate() {
        let before = until.is_some_and(|until| one.sent_at < until);
        let after = all.get(at + 1).is_some_and(|next| one.overlaps(next));
        overlapping += usize::from(before || after);
        until = until.max(Some(one.until()));
    }
    overlapping
}

/// What is written at a presentation.
pub(super) fn number(one: &Presented) -> String {
    match one.outcome {
        Outcome::Granted => one.exchange.to_string(),
        _ => format!("{} {}", one.exchange, outcome(one).1),
    }
}

/// A presentation in one line.
pub(super) fn presentation(family: &Family, one: &Presented) -> String {
    let begins_at = family.presentations().map(|(_, it)| it.sent_at).min();
    let after = begins_at.map(|it| {
        one.sent_at
            .duration_since(it)
            .try_into()
            .unwrap_or_default()
    });
    let took = one
        .until()
        .duration_since(one.sent_at)
        .try_into()
        .unwrap_or_default();
    let error = one.error.as_deref().map(|it| format!(" ({it})"));
    shown(&format!(
        "{} {}{}, sent {}, took {}",
        one.exchange,
        outcome(one).1,
        error.unwrap_or_default(),
        clock(after.unwrap_or_default()),
        duration(took)
    ))
}

/// What the drawing shows, in a sentence or two.
pub(super) fn caption(family: &Family) -> String {
    let tokens = family.tokens.len();
    let presented = family.presentations().count();
    let of = |of: usize, one: &str, many: &str| match of {
        1 => format!("1 {one}"),
        _ => format!("{of} {many}"),
    };
    let root = family
        .root
        .as_ref()
        .map(|code| format!(" of {code}"))
        .unwrap_or_default();
    let ended = match family.ended_by.and_then(|at| family.ends.get(at)) {
        Some(end) => format!(" It was ended by {}: {}.", end.exchange, end.kind.name()),
        None => match family.ends.first() {
            Some(end) => format!(
                " What may have ended it: {} in {}.",
                end.kind.name(),
                end.exchange
            ),
            None => String::new(),
        },
    };
    shown(&format!(
        "The family{root}: {}, {}.{ended}",
        of(tokens, "refresh token", "refresh tokens"),
        of(presented, "presentation", "presentations")
    ))
}

/// All tokens with their presentations.
pub(super) fn in_words(links: &Links, family: &Family) -> Markup {
    let left_out = family.tokens.len().saturating_sub(TOKENS_MAX);
    html! {
        details.in-words {
            summary { "The family in words" }
            table {
                thead { tr { th scope="col" { "token" } th scope="col" { "generation" } th scope="col" { "issued in" } th scope="col" { "presented in" } } }
                tbody { @for token in family.tokens.iter().take(TOKENS_MAX) { (row(links, family, token)) } }
            }
            @if left_out > 0 { p { (left_out) " later tokens are left out." } }
        }
    }
}

fn row(links: &Links, family: &Family, token: &Token) -> Markup {
    let left_out = token.presentations.len().saturating_sub(PRESENTATIONS_MAX);
    html! {
        tr {
            th scope="row" { code { (token.name) } }
            td { (token.generation) }
            td { @match token.issued { Some((id, _)) => { a href=(links.exchange(id.0)) { (id) } } None => { "not seen" } } }
            td {
                @if token.presentations.is_empty() { "never" }
                ul {
                    @for one in token.presentations.iter().take(PRESENTATIONS_MAX) {
                        li { a href=(links.exchange(one.exchange.0)) { (presentation(family, one)) } }
                    }
                }
                @if left_out > 0 { (left_out) " more" }
            }
        }
    }
}
