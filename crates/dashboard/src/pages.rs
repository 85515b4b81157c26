//! The pages, one file each, and the marks that several of them bear.

pub(crate) mod compare;
pub(crate) mod copy;
pub(crate) mod exchange;
pub(crate) mod exchanges;
pub(crate) mod export;
pub(crate) mod finding;
pub(crate) mod grant;
pub(crate) mod log;
pub(crate) mod open;
pub(crate) mod sessions;

mod causes;
mod comparison;
mod document;
mod empty;
mod evidence;
mod fields;
mod jwt;
mod markdown;
mod notes;
mod verdict;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use grantscope_oauth::ExchangeId;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::assets::ICON;
use crate::links::Links;

/// What lets a browser in. The way on is a page and no redirection: a cookie of `SameSite=Strict` comes along only where the
/// way began on a page of ours, and who clicked the address may have done so on another.
pub(crate) fn entrance() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content="0; url=/";
                title { "grantscope" }
                link rel="icon" href=(ICON.path()) type="image/svg+xml";
            }
            body { p { a href="/" { "To the log" } } }
        }
    }
}

/// Who is let in already goes on.
pub(crate) async fn entered() -> impl IntoResponse {
    (StatusCode::SEE_OTHER, [(LOCATION, "/")])
}

/// A moment: the time of day, and the whole in the attribute.
fn moment(time: Timestamp) -> Markup {
    html! {
        time datetime=(time) title=(time) { (time.strftime("%H:%M:%S.%3f")) }
    }
}

/// A moment with its day.
fn day_and_moment(time: Timestamp) -> Markup {
    html! {
        time datetime=(time) title=(time) { (time.strftime("%Y-%m-%d %H:%M:%S.%3f")) " UTC" }
    }
}

/// The number of an exchange, which leads to it. One of an earlier session is not in this one.
fn number(links: &Links, exchange: u64) -> Markup {
    let id = ExchangeId(exchange);
    html! {
        @if id.is_history() { span.number title="an exchange of an earlier session" { (id) } }
        @else { a.number href=(links.exchange(exchange)) { (id) } }
    }
}
