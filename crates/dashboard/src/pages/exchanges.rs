//! The list of the exchanges, the newest first.

use axum::extract::Query;
use grantscope_capture::redact::Redacted;
use grantscope_oauth::Exchange;
use maud::{Markup, html};
use serde::Deserialize;

use super::{moment, number};
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::links::Links;
use crate::scope::Scope;
use crate::text::brief;

/// So many are on a page.
const ROWS_MAX: usize = 100;

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    below: Option<u64>,
}

/// Shows a part of the list.
pub(crate) async fn list(scope: Scope, asked: Query<Asked>) -> Result<Markup, Fault> {
    let below = asked.below;
    let exchanges = scope
        .read(move |store, key| Ok(store.exchanges_below(key, below, ROWS_MAX)?))
        .await?;
    let exchanges = scope.redacted(&exchanges);
    let links = &scope.links;
    let main = html! {
        h1 { "Exchanges" }
        @if exchanges.is_empty() { p.nothing { "There is none here." } }
        @else {
            table.exchanges {
                thead { tr { th scope="col" { "No." } th scope="col" { "Time" } th scope="col" { "Request" } th scope="col" { "Answer" } th.amount scope="col" { "Took" } } }
                tbody { @for exchange in &exchanges { (row(links, exchange)) } }
            }
        }
        nav.pager aria-label="Parts of the list" {
            @if below.is_some() { a rel="prev" href=(links.exchanges()) { "Newest" } }
            @if exchanges.len() == ROWS_MAX && let Some(last) = exchanges.last() {
                a rel="next" href=(format!("{}?below={}", links.exchanges(), last.id.0)) { "Older" }
            }
        }
    };
    Ok(Frame::of(&scope, Tab::Exchanges, "Exchanges").page(main))
}

/// An exchange as a row of a table.
pub(super) fn row(links: &Links, exchange: &Redacted<Exchange>) -> Markup {
    let request = &exchange.request;
    html! {
        tr {
            th scope="row" { (number(links, exchange.id.0)) }
            td { (moment(exchange.started_at)) }
            td { code { (brief(request.method.as_str())) " " (brief(request.url.endpoint())) } }
            td {
                @match &exchange.response {
                    Some(response) => { span.status.refused[response.status >= 400] { (response.status) } }
                    None => { span.status { "none" } }
                }
            }
            td.amount { (format!("{:.0} ms", exchange.timings.total().as_secs_f64() * 1000.0)) }
        }
    }
}
