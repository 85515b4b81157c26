//! Which session a page is about: the one that is shown first, or one that its address names.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_capture::store::{SessionKey, Store};
use grantscope_oauth::Exchange;

use crate::fault::Fault;
use crate::links::Links;
use crate::routes::App;
use crate::shelf::Shelf;

/// What the address of a page says.
pub(crate) struct Scope {
    pub(crate) app: Arc<App>,
    pub(crate) shelf: Shelf,
    /// The name of the session.
    pub(crate) session: String,
    pub(crate) links: Links,
    /// Whether the session is the one that is being recorded.
    pub(crate) is_live: bool,
    parameters: Vec<(String, String)>,
}

impl Scope {
    /// A part of the path, decoded.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(of, _)| of == name);
        found.map_or("", |(_, value)| value)
    }

    /// Exchanges as they may be shown. Those of a session that was stored with its secrets are without them on every page.
    pub(crate) fn redacted(&self, exchanges: &[Exchange]) -> Vec<Redacted<Exchange>> {
        let redactor = Redactor::new(self.app.key.clone());
        exchanges.iter().map(|it| redactor.redact(it)).collect()
    }

    /// Does something with the session in its store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, SessionKey) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let session = self.session.clone();
        self.shelf
            .with(move |store| {
                let key = store.key(&session)?;
                work(store, key)
            })
            .await
    }
}

impl FromRequestParts<Arc<App>> for Scope {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let parameters = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_undecodable| Fault::NoPage)?;
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let named = |name: &str| {
            let found = parameters.iter().find(|(of, _)| of == name);
            found.map(|(_, value)| value.clone())
        };
        let (shelf, session, links) = match (named("session"), named("opened")) {
            (Some(session), _) => {
                let links = Links::of_session("sessions", &session);
                (app.sessions.clone(), session, links)
            }
            (None, Some(session)) => {
                let links = Links::of_session("opened", &session);
                (app.opened.clone(), session, links)
            }
            (None, None) => (app.home.clone(), app.home_session.clone(), Links::default()),
        };
        Ok(Self {
            app: Arc::clone(app),
            shelf,
            is_live: links == Links::default() && app.is_live,
            session,
            links,
            parameters,
        })
    }
}
