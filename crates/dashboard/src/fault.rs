//! What a page says where it cannot show what was asked for: what is wrong, and what to do.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use grantscope_capture::store::StoreError;
use maud::{DOCTYPE, html};
use thiserror::Error;

use crate::assets;

/// Why something is not shown.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// Another name led here.
    #[error("this is not the address of the dashboard; open the one that grantscope printed")]
    WrongHost,
    /// A page of somebody else asks for a change.
    #[error("the request does not come from a page of the dashboard; use the buttons of the page")]
    WrongOrigin,
    /// The token did not come along.
    #[error("open the address that grantscope printed when it started: it lets this browser in")]
    NoToken,
    /// The form is of another run.
    #[error("the page is of an earlier run of grantscope; reload it and try again")]
    StaleForm,
    /// There is no page of this address.
    #[error("there is no page of this address")]
    NoPage,
    /// There is nothing of this name.
    #[error("there is no {0} here; it may have been deleted to keep the session within its bounds")]
    Nothing(&'static str),
    /// What was sent cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of ours failed.
    #[error("{0}; please report this")]
    Bug(&'static str),
}

impl Fault {
    /// What failed is a bug of ours: the error is logged, and the page says what could not be done.
    pub(crate) fn bug<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Self {
        move |error| {
            tracing::error!(%error, "{what}");
            Self::Bug(what)
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::WrongOrigin | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NoPage | Self::Nothing(_) | Self::Store(StoreError::NoSession { .. }) => {
                StatusCode::NOT_FOUND
            }
            Self::Unusable(_) => StatusCode::BAD_REQUEST,
            Self::Store(StoreError::InUse { .. }) => StatusCode::CONFLICT,
            Self::Store(_) | Self::Bug(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " · grantscope" }
                    link rel="stylesheet" href=(assets::STYLE.path());
                }
                body {
                    main.fault id="main" {
                        h1 { (title) }
                        p { (crate::text::sentence(&self.to_string())) }
                        p { a href="/" { "To the log" } }
                    }
                }
            }
        };
        (status, page).into_response()
    }
}
