//! A capture that is dropped on a page: it is diagnosed, redacted and put on a shelf that is gone with the process.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::Multipart;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use grantscope_capture::har::Wanted;
use grantscope_capture::input;
use grantscope_capture::store::{Batch, Store, StoreError};
use grantscope_oauth::Exchange;
use jiff::Timestamp;

use crate::fault::Fault;
use crate::links::Links;
use crate::routes::App;
use crate::server::Diagnosed;

/// Takes a file of a form.
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    mut form: Multipart,
) -> Result<Response, Fault> {
    let unread = |error: axum::extract::multipart::MultipartError| {
        Fault::Unusable(format!("the file did not arrive: {error}"))
    };
    let mut is_ours = false;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("token") => is_ours = app.gate.accepts_form(&field.text().await.map_err(unread)?),
            Some("file") if is_ours => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let content = field.bytes().await.map_err(unread)?;
                return opened(&app, name, content.to_vec()).await;
            }
            _ => {}
        }
    }
    Err(if is_ours {
        Fault::Unusable("the form holds no file".to_owned())
    } else {
        Fault::StaleForm
    })
}

async fn opened(app: &App, file: String, content: Vec<u8>) -> Result<Response, Fault> {
    let extension = Path::new(&file).extension();
    let is_lines = extension.is_some_and(|it| it.eq_ignore_ascii_case("jsonl"));
    let read = tokio::task::spawn_blocking(move || {
        input::read(Cursor::new(content), is_lines, Wanted::All)
    });
    let read = read
        .await
        .map_err(Fault::bug("the file could not be read"))?;
    let capture =
        read.map_err(|error| Fault::Unusable(format!("the file is no capture: {error}")))?;
    let name = shelve(app, &file, capture.exchanges).await?;
    let to = Links::of_session("opened", &name).log();
    Ok((StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response())
}

/// Puts a capture on the shelf. Returns the name of its session.
pub(crate) async fn shelve(
    app: &App,
    file: &str,
    exchanges: Vec<Exchange>,
) -> Result<String, Fault> {
    let (diagnose, wanted) = (Arc::clone(&app.diagnose), session_name(file));
    app.opened
        .with(move |store| {
            let name = free_name(store, &wanted)?;
            put(store, &name, &diagnose(exchanges))?;
            Ok(name)
        })
        .await
}

pub(crate) fn put(store: &mut Store, name: &str, diagnosed: &Diagnosed) -> Result<(), Fault> {
    let what = "the capture could not be put into words";
    let begun_at = diagnosed.exchanges.iter().map(|it| it.started_at).min();
    let mut writer = store.begin_beside(name, begun_at.unwrap_or(Timestamp::UNIX_EPOCH))?;
    let mut batch = Batch::default();
    for exchange in &diagnosed.exchanges {
        batch.exchange(exchange).map_err(Fault::bug(what))?;
    }
    for finding in &diagnosed.findings {
        batch.finding(finding).map_err(Fault::bug(what))?;
    }
    for granted in &diagnosed.granted {
        batch.granted(granted.clone());
    }
    Ok(writer.write(&batch)?)
}

/// The name of a file as that of a session: what such a name cannot hold is a hyphen.
fn session_name(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    let name: String = base.chars().take(NAME_CHARACTERS_MAX).map(plain).collect();
    match name.trim_start_matches('.') {
        "" | "latest" => "capture".to_owned(),
        name => name.to_owned(),
    }
}

const NAME_CHARACTERS_MAX: usize = 80;

/// The first of `name`, `name-2`, `name-3` … that no session has.
fn free_name(store: &Store, wanted: &str) -> Result<String, Fault> {
    for number in 1_u32.. {
        let name = match number {
            1 => wanted.to_owned(),
            _ => format!("{wanted}-{number}"),
        };
        match store.key(&name) {
            Err(StoreError::NoSession { .. }) => return Ok(name),
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    Err(Fault::Bug("no name is left"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_one_of_a_session() {
        assert_eq!(session_name("login.har"), "login.har");
        assert_eq!(session_name("../../etc/a b.har"), "a-b.har");
        assert_eq!(session_name("C:\\x\\é.har"), "-.har");
        assert_eq!(session_name(".."), "capture");
    }
}
