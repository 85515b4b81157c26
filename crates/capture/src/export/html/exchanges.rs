//! The requests and responses at the end of the page, so that evidence leads to its place.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::text;
use crate::export::{Document, TRAFFIC_MAX, time};
use crate::message::{Message, Part, named};

/// The exchanges of the page.
pub(super) struct Shown<'a> {
    exchanges: BTreeMap<u64, Taken<'a>>,
    left_out: usize,
}

/// An exchange, taken apart.
struct Taken<'a> {
    exchange: &'a grantscope_oauth::Exchange,
    request: Message,
    response: Option<Message>,
}

impl<'a> Shown<'a> {
    /// The exchanges that the findings of a document involve, up to a bound.
    pub(super) fn of(document: &Document<'a>) -> Self {
        let mut involved = document.traffic.of(document.findings);
        let taken = involved.by_ref().take(TRAFFIC_MAX).map(|it| {
            let exchange = &*it.exchange;
            let response = exchange.response.as_ref().map(Message::of_response);
            let request = Message::of_request(&exchange.request);
            (
                exchange.id.0,
                Taken {
                    exchange,
                    request,
                    response,
                },
            )
        });
        let exchanges = taken.collect();
        Self {
            exchanges,
            left_out: involved.count(),
        }
    }

    /// Whether the page has an exchange.
    pub(super) fn holds(&self, exchange: u64) -> bool {
        self.exchanges.contains_key(&exchange)
    }

    /// The element of a place in an exchange, or else of the message that it is in.
    pub(super) fn target(&self, exchange: u64, place: &str) -> Option<String> {
        let taken = self.exchanges.get(&exchange)?;
        let name = place.rsplit(' ').next().unwrap_or_default();
        let is_meant = |part: &Part| part.name.eq_ignore_ascii_case(name);
        let (prefix, message) = match &taken.response {
            Some(response) if place.starts_with("response") => ("r", response),
            _ => ("", &taken.request),
        };
        // A name may occur in several places of a message; evidence says which.
        let first = place.split(' ').next().unwrap_or_default();
        let exact = |part: &Part| is_meant(part) && part.place == first;
        let at = message.parts.iter().position(exact);
        let at = at.or_else(|| message.parts.iter().position(is_meant));
        Some(match at {
            Some(at) => format!("x{exchange}-{prefix}{at}"),
            None => format!("x{exchange}{}", if prefix.is_empty() { "" } else { "-r" }),
        })
    }
}

/// Writes them below a heading of their own.
pub(super) fn write(to: &mut impl Write, shown: &Shown<'_>) -> io::Result<()> {
    if shown.exchanges.is_empty() {
        return Ok(());
    }
    writeln!(to, "<section class=\"traffic\">\n<h2>Traffic</h2>")?;
    for (number, taken) in &shown.exchanges {
        exchange(to, *number, taken)?;
    }
    if shown.left_out > 0 {
        let left_out = shown.left_out;
        writeln!(
            to,
            "<p class=\"note\">{left_out} later exchanges are left out.</p>"
        )?;
    }
    writeln!(to, "</section>")
}

fn exchange(to: &mut impl Write, number: u64, taken: &Taken<'_>) -> io::Result<()> {
    let (id, at) = (taken.exchange.id, time(taken.exchange.started_at));
    writeln!(
        to,
        "<section class=\"exchange\" id=\"x{number}\">\n<h3>{id} <time datetime=\"{at}\">{at}</time></h3>"
    )?;
    message(to, &format!("x{number}-"), "q", &taken.request)?;
    match &taken.response {
        Some(response) => message(to, &format!("x{number}-r"), "", response)?,
        None => writeln!(to, "<p class=\"note\">No answer was seen.</p>")?,
    }
    writeln!(to, "</section>")
}

/// `line_id` is what the id of the first line has behind the prefix; parts have their numbers there.
fn message(to: &mut impl Write, prefix: &str, line_id: &str, message: &Message) -> io::Result<()> {
    let line = text(&named(&message.line));
    writeln!(
        to,
        "<p id=\"{prefix}{line_id}\"><code>{line}</code></p>\n<table>"
    )?;
    for (at, part) in message.parts.iter().enumerate() {
        let (place, name, value) = (
            part.place,
            text(&named(&part.name)),
            text(&named(&part.value)),
        );
        writeln!(
            to,
            "<tr id=\"{prefix}{at}\"><td>{place}</td><th scope=\"row\">{name}</th><td><code>{value}</code></td></tr>"
        )?;
    }
    writeln!(to, "</table>")?;
    if !message.content.is_empty() {
        let lines: Vec<_> = message.content.lines().map(text).collect();
        writeln!(to, "<pre>{}</pre>", lines.join("\n"))?;
    }
    Ok(())
}
