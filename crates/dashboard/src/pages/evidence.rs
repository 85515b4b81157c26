//! What shows a cause or a warning: each piece leads to its place in its exchange.

use grantscope_capture::report::EvidenceV1;
use grantscope_oauth::ExchangeId;
use maud::{Markup, html};

use super::number;
use crate::links::Links;
use crate::text::value;

/// A table of evidence.
pub(super) fn table(links: &Links, evidence: &[EvidenceV1]) -> Markup {
    html! {
        @if !evidence.is_empty() {
            table.evidence {
                thead { tr { th scope="col" { "Exchange" } th scope="col" { "Place" } th scope="col" { "What is to be seen" } } }
                tbody {
                    @for one in evidence {
                        tr {
                            td { (number(links, one.exchange)) }
                            td { (place(links, one.exchange, &one.place)) }
                            td { (value(links, &one.text)) }
                        }
                    }
                }
            }
        }
    }
}

/// Pieces of evidence in a sentence each, for the cell of a table.
pub(super) fn list(links: &Links, evidence: &[EvidenceV1]) -> Markup {
    html! {
        ul.pieces {
            @for one in evidence {
                li { (number(links, one.exchange)) " " (place(links, one.exchange, &one.place)) " " (value(links, &one.text)) }
            }
        }
    }
}

/// A place, which leads there where the exchange is of this session.
fn place(links: &Links, exchange: u64, place: &str) -> Markup {
    html! {
        @if ExchangeId(exchange).is_history() { code { (place) } }
        @else { a.place href=(links.place(exchange, place)) { code { (place) } } }
    }
}
