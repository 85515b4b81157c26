//! The requests of a capture that are worth sending again, without what a client works out by itself.

use grantscope_oauth::{Body, Exchange, Request};
use http::HeaderName;

use super::{Document, shown};
use crate::message::{basic, named};
use crate::report::FindingV1;

/// A request that can be sent again.
pub(super) struct Replay<'a> {
    /// The request.
    pub(super) request: &'a Request,
    /// Its number, method and URL on one line.
    pub(super) title: String,
    /// What was found out about it, on one line; empty where nothing was.
    pub(super) about: String,
    /// The client and its redacted secret, where it authenticates by HTTP Basic (RFC 6749 §2.3.1).
    pub(super) basic: Option<(String, String)>,
}

/// The content of a request.
pub(super) enum Content<'a> {
    /// There is none.
    None,
    /// A form, as it was sent.
    Form(&'a str),
    /// Another text.
    Text(&'a str),
    /// Bytes that are no text, or that no tool can hold as one.
    Bytes(&'a [u8]),
}

/// The refused requests of a document; all of OAuth where none was refused.
pub(super) fn replays<'a>(document: &Document<'a>) -> Vec<Replay<'a>> {
    let is_refused = |exchange: &Exchange| refusal(document, exchange).is_some();
    let exchanges = || document.traffic.of_oauth().map(|it| &*it.exchange);
    let mut chosen: Vec<&Exchange> = exchanges().filter(|it| is_refused(it)).collect();
    if chosen.is_empty() {
        chosen = exchanges().collect();
    }
    chosen
        .into_iter()
        .filter(|it| is_web(&it.request))
        .map(|exchange| Replay {
            request: &exchange.request,
            title: title(exchange),
            about: refusal(document, exchange).map_or_else(String::new, about),
            basic: of_basic(&exchange.request),
        })
        .collect()
}

/// Another scheme could make a tool read a file.
fn is_web(request: &Request) -> bool {
    let scheme = request.url.scheme();
    ["http", "https"]
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it))
}

fn refusal<'a>(document: &Document<'a>, exchange: &Exchange) -> Option<&'a FindingV1> {
    document.findings.iter().find(
        |it| matches!(it, FindingV1::Diagnosis(report) if report.exchange.id == exchange.id.0),
    )
}

fn title(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let url = named(request.url.endpoint());
    shown(&format!("{} {} {url}", exchange.id, request.method))
}

fn about(finding: &FindingV1) -> String {
    let FindingV1::Diagnosis(report) = finding else {
        return String::new();
    };
    let cause = report.cause.as_deref().unwrap_or("no cause stands out");
    let verdict = report.verdict.as_deref().map(|it| format!(", {it}"));
    shown(&format!(
        "{cause}{}: {}",
        verdict.unwrap_or_default(),
        report.summary
    ))
}

fn of_basic(request: &Request) -> Option<(String, String)> {
    let mut fields = request.headers.iter();
    fields.find_map(|(name, value)| basic(name, value))
}

/// Fields that a client makes for each connection and content.
const OF_THE_CLIENT: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl<'a> Replay<'a> {
    /// The fields to be sent, in their order. One that is no field of HTTP, as the pseudo-fields in some captures, is none.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'a str, String)> {
        let fields = self.request.headers.iter();
        fields
            .filter(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let is_made =
                    OF_THE_CLIENT.contains(&name.as_str()) || basic(&name, value).is_some();
                HeaderName::from_bytes(name.as_bytes()).is_ok() && !is_made
            })
            .map(|(name, value)| (name, value.replace(['\r', '\n', '\0'], " ")))
    }

    /// The content.
    pub(super) fn content(&self) -> Content<'a> {
        let Body { bytes, coding, .. } = &self.request.body;
        let is_form = self.request.headers.media_type().as_deref()
            == Some("application/x-www-form-urlencoded");
        match std::str::from_utf8(bytes) {
            _ if bytes.is_empty() => Content::None,
            Ok(text) if coding.is_none() && !text.contains('\0') => {
                if is_form {
                    Content::Form(text)
                } else {
                    Content::Text(text)
                }
            }
            _ => Content::Bytes(bytes),
        }
    }

    /// Whether the end of the content was not captured.
    pub(super) fn is_truncated(&self) -> bool {
        self.request.body.truncated
    }
}
