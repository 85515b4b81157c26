//! A whole session as a file, in every format of `grantscope export`.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{Filter, Grouping, SessionKey, Span, Store};

use super::document::{self, FORMATS};
use crate::fault::Fault;
use crate::scope::Scope;

/// Of a session that is longer the newest exchanges and findings are taken; `grantscope export` takes all.
pub(super) const EXCHANGES_MAX: usize = 20_000;

/// Answers with the file.
pub(crate) async fn download(scope: Scope) -> Result<Response, Fault> {
    let format = scope.parameter("format");
    let format = FORMATS.iter().find(|(name, ..)| *name == format);
    let (format, extension, media_type) = *format.ok_or(Fault::Nothing("format of this name"))?;
    let app = scope.app.clone();
    let file = scope
        .read(move |store, key| {
            let exchanges = store.exchanges_below(key, None, EXCHANGES_MAX)?;
            let findings = findings(store, key)?;
            document::write(&app, format, &findings, &exchanges, false)
                .map_err(Fault::bug("the file could not be written"))
        })
        .await?;
    // The name of a session is made of letters, digits, hyphens, underscores and dots.
    let name = format!("attachment; filename=\"{}.{extension}\"", scope.session);
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, file).into_response())
}

fn findings(store: &Store, key: SessionKey) -> Result<Vec<FindingV1>, Fault> {
    let span = Span {
        after: 0,
        length: EXCHANGES_MAX,
    };
    let listed = store.groups(key, &Filter::default(), Grouping::Each, span)?;
    let mut findings = Vec::with_capacity(listed.len());
    for one in listed {
        findings.extend(store.finding(key, &one.newest.id)?);
    }
    findings.sort_by_key(FindingV1::time);
    Ok(findings)
}
