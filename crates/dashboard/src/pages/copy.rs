//! A finding as a text that is made to be pasted: Markdown for an issue, a command, JSON.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use grantscope_capture::report::FindingV1;
use grantscope_oauth::Exchange;

use super::document;
use crate::fault::Fault;
use crate::scope::Scope;

/// The forms; none of them is a page, whatever it holds.
const FORMS: [&str; 3] = ["markdown", "curl", "json"];

/// Shows a finding as a text.
pub(crate) async fn show(scope: Scope) -> Result<Response, Fault> {
    let form = scope.parameter("form").to_owned();
    if !FORMS.contains(&form.as_str()) {
        return Err(Fault::Nothing("form of this name"));
    }
    let id = scope.parameter("id").to_owned();
    let app = scope.app.clone();
    let text = scope
        .read(move |store, key| {
            let finding = store.finding(key, &id)?;
            let finding = finding.ok_or(Fault::Nothing("finding of this id"))?;
            let cited: Vec<_> = finding.cites().into_iter().collect();
            let exchanges: Vec<Exchange> = store.some_exchanges(key, &cited)?;
            text(&app, &form, finding, &exchanges)
        })
        .await?;
    // As plain text a browser shows it and runs nothing of it.
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

fn text(
    app: &crate::routes::App,
    form: &str,
    finding: FindingV1,
    exchanges: &[Exchange],
) -> Result<Vec<u8>, Fault> {
    let what = "the finding could not be written";
    match form {
        "json" => serde_json::to_vec_pretty(&finding).map_err(Fault::bug(what)),
        _ => document::write(app, form, &[finding], exchanges, true).map_err(Fault::bug(what)),
    }
}
