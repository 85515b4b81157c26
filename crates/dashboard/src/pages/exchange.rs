//! An exchange: what was asked and answered, taken apart, and how long it took.

mod elsewhere;

use axum::extract::Query;
use grantscope_capture::message::Message;
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_oauth::{Exchange, ExchangeId, Timings};
use maud::{Markup, html};
use serde::Deserialize;

use self::elsewhere::Elsewhere;
use super::day_and_moment;
use super::fields::{self, Half};
use super::jwt::Clock;
use crate::draw::waterfall;
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::scope::Scope;
use crate::text::{text, value};

/// What is to be pointed out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The six digits of a secret.
    secret: String,
}

/// What the page is made of.
struct Shown {
    exchange: Redacted<Exchange>,
    /// Its secrets that occur in other exchanges as well.
    secrets: Vec<Elsewhere>,
    /// The exchanges before and after it.
    neighbours: (Option<u64>, Option<u64>),
}

/// Shows an exchange.
pub(crate) async fn show(scope: Scope, asked: Query<Asked>) -> Result<Markup, Fault> {
    let number = scope.parameter("number").parse().unwrap_or_default();
    let redactor = Redactor::new(scope.app.key.clone());
    let shown = scope
        .read(move |store, key| {
            let found = store.exchange(key, number)?;
            let found = found.ok_or(Fault::Nothing("exchange of this number"))?;
            let exchange = redactor.redact(&found);
            Ok(Shown {
                secrets: elsewhere::secrets(store, key, &redactor, &exchange)?,
                neighbours: store.neighbours(key, number)?,
                exchange,
            })
        })
        .await?;
    let title = format!("Exchange {}", ExchangeId(number));
    let main = page(&scope, &shown, &asked.secret);
    Ok(Frame::of(&scope, Tab::Exchanges, &title).page(main))
}

fn page(scope: &Scope, shown: &Shown, secret: &str) -> Markup {
    let (links, exchange) = (&scope.links, &shown.exchange);
    let (before, after) = shown.neighbours;
    let clock = Clock::of(exchange, (scope.app.now)());
    html! {
        article.exchange data-secret=[(!secret.is_empty()).then_some(secret)] {
            p.up { a href=(links.exchanges()) rel="up" { "Exchanges" } }
            p.kicker { "Exchange " (exchange.id) }
            h1 { code { (text(exchange.request.method.as_str())) " " (value(links, exchange.request.url.endpoint())) } }
            dl.facts {
                div { dt { "Begun" } dd { (day_and_moment(exchange.started_at)) } }
                @if let Some(client) = exchange.peer.client { div { dt { "From" } dd { code { (client) } } } }
                @if let Some(server) = exchange.peer.server { div { dt { "To" } dd { code { (server) } } } }
                @if let Some(drift) = clock.server_is_ahead() { div { dt { "Server's clock" } dd { (drift) } } }
            }
            section.message id="request" aria-labelledby="heading-request" {
                h2 id="heading-request" { "Request" }
                (fields::message(links, Half::Request, &Message::of_request(&exchange.request), &exchange.request.body, &clock))
            }
            section.message id="response" aria-labelledby="heading-response" {
                h2 id="heading-response" { "Response" }
                @match &exchange.response {
                    Some(response) => (fields::message(links, Half::Response, &Message::of_response(response), &response.body, &clock)),
                    None => p.nothing { "No answer was seen." },
                }
            }
            (elsewhere::section(links, &shown.secrets))
            (timings(&exchange.timings))
            nav.pager aria-label="Other exchanges" {
                @if let Some(number) = before { a rel="prev" href=(links.exchange(number)) { "Exchange #" (number) } }
                @if let Some(number) = after { a rel="next" href=(links.exchange(number)) { "Exchange #" (number) } }
            }
        }
    }
}

fn timings(timings: &Timings) -> Markup {
    html! {
        section.timings id="timings" aria-labelledby="heading-timings" {
            h2 id="heading-timings" { "Timings" }
            (waterfall::of_exchange(timings, "waterfall"))
        }
    }
}
