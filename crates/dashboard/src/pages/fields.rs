//! A message, taken apart: its first line, its fields and parameters, and its content. Each part has an id by which evidence
//! leads to it.

use std::collections::BTreeSet;

use grantscope_capture::message::{Message, Part};
use grantscope_oauth::{Body, placeholder};
use maud::{Markup, html};
use serde_json::Value;

use super::jwt::{self, Clock};
use crate::links::{Links, anchor};
use crate::text::{count, lines, text, value};

/// Which half of an exchange a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Request,
    Response,
}

/// A part, and the id of its element: of several parts with one name the first has it.
type Placed<'a> = (&'a Part, Option<String>);

/// A message.
pub(super) fn message(
    links: &Links,
    half: Half,
    message: &Message,
    body: &Body,
    clock: &Clock,
) -> Markup {
    let mut known = BTreeSet::new();
    let mut groups: Vec<(&'static str, Vec<Placed<'_>>)> = Vec::new();
    for part in &message.parts {
        let id = Some(id_of(half, part)).filter(|id| known.insert(id.clone()));
        match groups.iter_mut().find(|(place, _)| *place == part.place) {
            Some((_, parts)) => parts.push((part, id)),
            None => groups.push((part.place, vec![(part, id)])),
        }
    }
    html! {
        p.line id=[(half == Half::Response).then_some("response-status")] { code { (value(links, &message.line)) } }
        @for (place, parts) in &groups { (group(links, half, place, parts, clock)) }
        @if !message.content.is_empty() {
            h3 id=(anchor(content_of(half))) { "Content" }
            pre tabindex="0" { code { (lines(links, &message.content)) } }
        }
        (remarks(body))
    }
}

fn group(links: &Links, half: Half, place: &str, parts: &[Placed<'_>], clock: &Clock) -> Markup {
    html! {
        table.parts {
            caption id=[(half == Half::Request).then_some(place)] { (name_of(place)) }
            tbody {
                @for (part, id) in parts {
                    tr id=[id.as_deref()] {
                        th scope="row" { (value(links, &part.name)) }
                        td { (shown(links, &part.value, clock)) }
                    }
                }
            }
        }
    }
}

/// The id by which evidence finds a part.
fn id_of(half: Half, part: &Part) -> String {
    anchor(&place_of(half, part))
}

/// The place of a part, as evidence names it: `form code`, `response error`.
pub(super) fn place_of(half: Half, part: &Part) -> String {
    match (half, part.place) {
        (Half::Response, "content") => format!("response {}", part.name),
        (Half::Response, place) => format!("response {place} {}", part.name),
        (Half::Request, place) => format!("{place} {}", part.name),
    }
}

/// The place of a content that is not taken apart.
pub(super) fn content_of(half: Half) -> &'static str {
    match half {
        Half::Request => "request body",
        Half::Response => "response body",
    }
}

fn name_of(place: &str) -> &'static str {
    match place {
        "query" => "Query",
        "header" => "Fields",
        "form" => "Content, decoded",
        _ => "Content",
    }
}

/// A value; what is JSON within it on several lines, and what a JSON Web Token says beside it.
fn shown(links: &Links, of: &str, clock: &Clock) -> Markup {
    let nested = serde_json::from_str::<Value>(of)
        .ok()
        .filter(|it| it.is_object() || it.is_array());
    let pretty = nested.and_then(|it| serde_json::to_string_pretty(&it).ok());
    let token = placeholder::find(of).and_then(|range| placeholder::parse(&of[range]));
    let claims = token.and_then(|it| it.fingerprint.jwt);
    html! {
        @if let Some(pretty) = pretty { pre tabindex="0" { code { (lines(links, &pretty)) } } }
        @else if of.is_empty() { span.empty { "empty" } }
        @else { code { (value(links, of)) } }
        @if let Some(claims) = claims { (jwt::show(&claims, clock)) }
    }
}

fn remarks(body: &Body) -> Markup {
    html! {
        @if body.size > 0 { p.remark { (count(body.size)) " bytes on the wire" @if body.truncated { ", of which the end was not kept" } } }
        @if let Some(coding) = &body.coding { p.remark { "The coding " (text(coding)) " could not be undone." } }
    }
}
