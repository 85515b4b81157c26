//! Which address leads to which page, and what every request goes through before.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use grantscope_oauth::{FingerprintKey, Providers};
use jiff::Timestamp;

use crate::events;
use crate::fault::Fault;
use crate::feed::Feed;
use crate::gate::{self, Gate};
use crate::server::Diagnose;
use crate::shelf::Shelf;
use crate::{assets, headers, pages};

/// What pages are made of.
pub(crate) struct App {
    pub(crate) gate: Gate,
    pub(crate) feed: Feed,
    /// The sessions of the user.
    pub(crate) sessions: Shelf,
    /// Captures that were opened to be looked at: they are gone with the process.
    pub(crate) opened: Shelf,
    /// Where the session is that is shown first.
    pub(crate) home: Shelf,
    /// The session that is shown first.
    pub(crate) home_session: String,
    /// Whether that session is being recorded.
    pub(crate) is_live: bool,
    /// Where the proxy listens.
    pub(crate) proxy: Option<SocketAddr>,
    pub(crate) key: FingerprintKey,
    pub(crate) providers: Arc<Providers>,
    pub(crate) diagnose: Diagnose,
    pub(crate) now: fn() -> Timestamp,
    pub(crate) version: &'static str,
}

/// Longer captures are not taken from a page; `grantscope open FILE` takes them, in bytes.
pub(crate) const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// All pages, behind the gate.
pub(crate) fn router(app: Arc<App>) -> Router {
    let gate = app.gate.clone();
    Router::new()
        .merge(of_session(""))
        .merge(of_session("/sessions/{session}"))
        .merge(of_session("/opened/{opened}"))
        .route("/events", get(events::serve))
        .route("/sessions", get(pages::sessions::list))
        .route("/sessions/forget", post(pages::sessions::forget))
        .route("/compare", get(pages::compare::show))
        .route(
            "/open",
            post(pages::open::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)),
        )
        .route("/assets/{name}", get(assets::serve))
        .route("/enter/{token}", get(pages::entered))
        .fallback(async || Fault::NoPage)
        .layer(middleware::from_fn_with_state(gate, gate::check))
        .layer(middleware::from_fn(headers::add))
        .with_state(app)
}

/// The pages of a session, below this path.
fn of_session(base: &str) -> Router<Arc<App>> {
    let below = |path: &str| format!("{base}{path}");
    Router::new()
        .route(&below("/"), get(pages::log::show))
        .route(&below("/findings/{id}"), get(pages::finding::show))
        .route(&below("/findings/{id}/{form}"), get(pages::copy::show))
        .route(&below("/exchanges"), get(pages::exchanges::list))
        .route(&below("/exchanges/{number}"), get(pages::exchange::show))
        .route(&below("/grants/{name}"), get(pages::grant::show))
        .route(&below("/export/{format}"), get(pages::export::download))
}
