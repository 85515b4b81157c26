//! How long the phases of an exchange took, and the exchanges of a grant below each other.

use std::time::Duration;

use grantscope_capture::export::shown;
use grantscope_oauth::{ExchangeId, Timings};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::links::Links;

use super::scale::Scale;
use super::words::{Anchor, Stand, words};
use super::{Paper, Px, Told, count, drawing, duration};

const ROW: f64 = 24.0;
const BAR: f64 = 12.0;
const SIZE: f64 = 12.0;
const CUT: f64 = 34.0;

/// Of more exchanges the last ones are drawn.
const EXCHANGES_MAX: usize = 60;

/// An exchange in a waterfall.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its number.
    pub exchange: ExchangeId,
    /// What it is: `token request`.
    pub label: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How long each phase took.
    pub timings: Timings,
}

/// A phase that was measured: its name, and from when to when, in seconds after the start of its exchange.
type Phase = (&'static str, f64, f64);

/// What each phase is (HAR 1.2 `timings`).
const PHASES: [(&str, &str); 7] = [
    ("blocked", "waiting for a connection"),
    ("dns", "resolving the host name"),
    ("connect", "opening the TCP connection"),
    ("ssl", "the TLS handshake"),
    ("send", "sending the request"),
    ("wait", "until the first byte of the answer"),
    ("receive", "reading the answer"),
];

/// Draws the phases of one exchange. `id` is unique on the page. Empty where nothing was measured.
pub(crate) fn of_exchange(timings: &Timings, id: &str) -> Markup {
    let phases = phases(timings);
    if phases.is_empty() {
        return html! {};
    }
    let total = duration(timings.total());
    let description = format!("{total} from the start of the request to the end of the answer.");
    let told = Told {
        id,
        title: "Timings of the exchange",
        description: &description,
        is_linked: false,
    };
    let height = ROW * count(phases.len()) + 4.0;
    html! {
        figure.draw.waterfall {
            @for paper in Paper::ALL {
                (drawing(&told, paper, height, &steps(paper, &phases, timings.total())))
            }
            figcaption { (description) }
            details.in-words {
                summary { "The timings in words" }
                table {
                    thead { tr { th scope="col" { "phase" } th scope="col" { "what" } th.amount scope="col" { "took" } } }
                    tbody {
                        @for (name, from, until) in &phases {
                            tr {
                                th scope="row" { (name) }
                                td { (meaning(name)) }
                                td.amount { (duration(super::seconds(until - from))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Draws the exchanges of a grant. `id` is unique on the page. Empty where there are none.
pub(crate) fn of_grant(links: &Links, rows: &[Row], id: &str) -> Markup {
    let left_out = rows.len().saturating_sub(EXCHANGES_MAX);
    let rows = &rows[left_out..];
    if rows.is_empty() {
        return html! {};
    }
    let description = match left_out {
        0 => "When each exchange began, and how long it took.".to_owned(),
        _ => format!(
            "When each exchange began, and how long it took; {left_out} earlier ones are left out."
        ),
    };
    let told = Told {
        id,
        title: "Timings of the exchanges",
        description: &description,
        is_linked: true,
    };
    html! {
        figure.draw.waterfall {
            @for paper in Paper::ALL {
                (drawing(&told, paper, row_height(paper) * count(rows.len()) + 22.0, &exchanges(paper, links, rows)))
            }
            figcaption { (description) " " (key()) }
            details.in-words {
                summary { "The timings in words" }
                ol { @for row in rows { li { a href=(links.exchange(row.exchange.0)) { (told_of(row)) } } } }
            }
        }
    }
}

fn phases(timings: &Timings) -> Vec<Phase> {
    let of = [
        timings.blocked,
        timings.dns,
        timings.connect,
        timings.ssl,
        timings.send,
        timings.wait,
        timings.receive,
    ];
    let measured = PHASES.iter().zip(of);
    let measured = measured.filter_map(|((name, _), took)| Some((*name, took?.as_secs_f64())));
    let phases = measured.scan(0.0, |end, (name, took)| {
        let from = *end;
        *end += took;
        Some((name, from, *end))
    });
    phases.collect()
}

fn meaning(phase: &str) -> &'static str {
    let found = PHASES.iter().find(|(name, _)| *name == phase);
    found.map_or("", |(_, meaning)| meaning)
}

/// One row for each phase, each beginning where the one above it ends.
fn steps(paper: Paper, phases: &[Phase], total: Duration) -> Markup {
    let (left, right) = (64.0, paper.width() - 70.0);
    let x = |seconds: f64| left + (right - left) * seconds / total.as_secs_f64().max(1e-9);
    html! {
        @for (at, (name, from, until)) in phases.iter().enumerate() {
            @let y = ROW * count(at) + ROW / 2.0 + 2.0;
            @let stand = Stand { x: 2.0, y: y + 4.0, anchor: Anchor::Start, size: SIZE, width_max: left - 6.0 };
            (words("token", stand, name))
            line.lane x1=(Px(left)) y1=(Px(y)) x2=(Px(x(*from))) y2=(Px(y)) {}
            rect class={ "phase phase-" (name) } x=(Px(x(*from))) y=(Px(y - BAR / 2.0))
                width=(Px((x(*until) - x(*from)).max(1.5))) height=(Px(BAR)) rx="2" {}
            (words("aside", Stand { x: x(*until) + 6.0, width_max: 62.0, ..stand }, &duration(super::seconds(until - from))))
        }
    }
}

fn row_height(paper: Paper) -> f64 {
    match paper {
        Paper::Wide => ROW,
        Paper::Narrow => ROW + 14.0,
    }
}

fn exchanges(paper: Paper, links: &Links, rows: &[Row]) -> Markup {
    let begins_at = rows
        .iter()
        .map(|it| it.started_at)
        .min()
        .unwrap_or_default();
    let after = |row: &Row| row.started_at.duration_since(begins_at).as_secs_f64();
    let ends = rows
        .iter()
        .map(|it| after(it) + it.timings.total().as_secs_f64());
    let left = if paper == Paper::Wide { 250.0 } else { 4.0 };
    let moments = rows.iter().map(after).chain(ends);
    let scale = Scale::of(moments, left, paper.width() - 64.0, CUT);
    let bottom = row_height(paper) * count(rows.len()) + 18.0;
    html! {
        @for cut in scale.cuts() {
            rect.gap x=(Px(cut.from + 1.0)) y="16" width=(Px((cut.until - cut.from - 2.0).max(1.0))) height=(Px(bottom - 16.0)) {}
        }
        @for (x, text) in scale.named_cuts(11.0, 0.0, paper.width()) {
            (words("cut-length", Stand {
                x,
                y: 11.0,
                anchor: Anchor::Middle,
                size: 11.0,
                width_max: 120.0,
            }, &text))
        }
        @for (at, row) in rows.iter().enumerate() {
            (exchange(paper, links, row, row_height(paper) * count(at) + 18.0, after(row), &scale))
        }
    }
}

fn exchange(paper: Paper, links: &Links, row: &Row, top: f64, begin: f64, scale: &Scale) -> Markup {
    let (label_y, y) = match paper {
        Paper::Wide => (top + ROW / 2.0 + 4.0, top + ROW / 2.0),
        Paper::Narrow => (top + 12.0, top + 24.0),
    };
    let name = Stand {
        x: 2.0,
        y: label_y,
        anchor: Anchor::Start,
        size: SIZE,
        width_max: if paper == Paper::Wide { 236.0 } else { 330.0 },
    };
    let end = scale.place(begin + row.timings.total().as_secs_f64());
    let took = Stand {
        x: end.max(scale.place(begin) + 2.0) + 5.0,
        y: y + 4.0,
        width_max: 58.0,
        ..name
    };
    html! {
        a.row href=(links.exchange(row.exchange.0)) {
            title { (told_of(row)) }
            (words("token", name, &format!("{} {}", row.exchange, row.label)))
            @for (phase, from, until) in phases(&row.timings) {
                @let (left, right) = (scale.place(begin + from), scale.place(begin + until));
                rect class={ "phase phase-" (phase) } x=(Px(left)) y=(Px(y - BAR / 2.0))
                    width=(Px((right - left).max(0.5))) height=(Px(BAR)) {}
            }
            (words("aside", took, &duration(row.timings.total())))
        }
    }
}

fn told_of(row: &Row) -> String {
    let phases = phases(&row.timings);
    let took =
        |(name, from, until): &Phase| format!("{name} {}", duration(super::seconds(until - from)));
    let took: Vec<_> = phases.iter().map(took).collect();
    let total = duration(row.timings.total());
    shown(&format!(
        "{} {}: {total} ({})",
        row.exchange,
        row.label,
        took.join(", ")
    ))
}

/// Which colour is which phase.
fn key() -> Markup {
    html! {
        span.phases {
            @for (name, meaning) in PHASES {
                span.phase-key title=(meaning) {
                    svg.swatch width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" { rect class={ "phase phase-" (name) } width="12" height="12" rx="2" {} }
                    " " (name) " "
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
