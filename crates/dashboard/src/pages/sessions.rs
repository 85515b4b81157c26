//! The sessions: opened, compared, taken away and deleted; and where a file is dropped.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use grantscope_capture::store::StoredSession;
use maud::{Markup, html};
use serde::Deserialize;

use super::day_and_moment;
use super::document::FORMATS;
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::links::Links;
use crate::routes::{App, UPLOAD_BYTES_MAX};
use crate::text::{count, text};

/// Shows the list.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Markup, Fault> {
    let all = async |shelf: &crate::shelf::Shelf| shelf.with(|store| Ok(store.sessions()?)).await;
    let (sessions, opened) = (all(&app.sessions).await?, all(&app.opened).await?);
    let main = html! {
        h1 { "Sessions" }
        (drop(&app))
        @if !opened.is_empty() {
            section aria-labelledby="heading-opened" {
                h2 id="heading-opened" { "Opened captures" }
                p.remark { "They are kept until grantscope ends." }
                (table(&app, "opened", &opened))
            }
        }
        section aria-labelledby="heading-stored" {
            h2 id="heading-stored" { "Stored sessions" }
            @if sessions.is_empty() { p.nothing { "There is none." } } @else { (table(&app, "sessions", &sessions)) }
        }
        @if sessions.len() + opened.len() > 0 { (compare(&sessions, &opened)) }
    };
    let frame = Frame {
        title: "Sessions",
        tab: Tab::Sessions,
        links: &Links::default(),
        session: None,
        is_live: app.is_live,
        version: app.version,
    };
    Ok(frame.page(main))
}

fn drop(app: &App) -> Markup {
    html! {
        form.drop method="post" action="/open" enctype="multipart/form-data" {
            input type="hidden" name="token" value=(app.gate.form_token());
            label { span { "Drop a HAR file, flows of mitmproxy or JSON Lines here to diagnose it, up to " (UPLOAD_BYTES_MAX / 1024 / 1024) " MiB" }
                input type="file" name="file" required accept=".har,.jsonl,.mitm,.flow,application/json";
            }
            button { "Diagnose" }
        }
    }
}

fn table(app: &App, shelf: &str, sessions: &[StoredSession]) -> Markup {
    html! {
        table.sessions {
            thead { tr { th scope="col" { "Session" } th scope="col" { "Last written" } th scope="col" { "Exchanges" } th scope="col" { "Found" } th scope="col" { "Take away" } th scope="col" { "Delete" } } }
            tbody { @for session in sessions { (row(app, shelf, session)) } }
        }
    }
}

fn row(app: &App, shelf: &str, session: &StoredSession) -> Markup {
    let links = Links::of_session(shelf, &session.name);
    html! {
        tr {
            th scope="row" { a href=(links.log()) { (text(&session.name)) } }
            td { (day_and_moment(session.written_at)) }
            td { (count(session.exchanges)) @if session.dropped > 0 { " and " (count(session.dropped)) " deleted to keep it within its bounds" } }
            td {
                @if session.found.is_empty() { "nothing" }
                @for (at, (about, times)) in session.found.iter().enumerate() {
                    @if at > 0 { ", " }
                    span.about { (text(about)) } @if *times > 1 { " × " (count(*times)) }
                }
            }
            td { ul.formats { @for (format, ..) in FORMATS { li { a href=(links.export(format)) download { (format) } } } } }
            td {
                form method="post" action="/sessions/forget" {
                    input type="hidden" name="token" value=(app.gate.form_token());
                    input type="hidden" name="shelf" value=(shelf);
                    input type="hidden" name="session" value=(session.name);
                    button.danger aria-label=(format!("Delete {}", session.name)) { "Delete" }
                }
            }
        }
    }
}

fn compare(sessions: &[StoredSession], opened: &[StoredSession]) -> Markup {
    let all = || {
        let named = |shelf: &'static str, of: &StoredSession| format!("{shelf}/{}", of.name);
        (sessions.iter().map(move |it| named("sessions", it)))
            .chain(opened.iter().map(move |it| named("opened", it)))
    };
    let choice = |name: &str, label: &str, usual: &str| {
        html! {
            label { span { (label) } select name=(name) { @for value in all() { option value=(value) { (value.split_once('/').map_or("", |(_, name)| name)) } } } }
            label { span { "Login" } input name=(format!("{name}_login")) placeholder=(usual) autocomplete="off"; }
        }
    };
    html! {
        section aria-labelledby="heading-compare" {
            h2 id="heading-compare" { "Compare a good login with a bad one" }
            form.filter method="get" action="/compare" {
                (choice("good", "Good", "the last granted one"))
                (choice("bad", "Bad", "the last refused one"))
                button { "Compare" }
            }
            p.remark { "A login is named by a finding, a grant (" code { "code#7f3a9c" } ") or the number of an exchange." }
        }
    }
}

/// What is to be deleted.
#[derive(Debug, Deserialize)]
pub(crate) struct Forgotten {
    token: String,
    shelf: String,
    session: String,
}

/// Deletes a session.
pub(crate) async fn forget(
    State(app): State<Arc<App>>,
    Form(asked): Form<Forgotten>,
) -> Result<Response, Fault> {
    if !app.gate.accepts_form(&asked.token) {
        return Err(Fault::StaleForm);
    }
    let shelf = match asked.shelf.as_str() {
        "opened" => &app.opened,
        _ => &app.sessions,
    };
    let forget = shelf.with(move |store| {
        // `latest` is not the name of a session that somebody saw in a list.
        let mut sessions = store.sessions()?.into_iter();
        let session = sessions.find(|it| it.name == asked.session);
        let session = session.ok_or(Fault::Nothing("session of this name"))?;
        Ok(store.forget(&session)?)
    });
    forget.await?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, "/sessions")]).into_response())
}
