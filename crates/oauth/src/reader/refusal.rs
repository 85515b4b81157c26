//! A refusal (RFC 6749 §5.2), in the words of RFC 6749 or in those that servers use in their place.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::{Map, Value};

use super::body::Members;
use super::params::text;
use super::scrub::Scrub;
use crate::exchange::{Headers, Response};
use crate::token::TokenError;

/// A refusal in which nothing was said but the status.
pub(super) fn silent(response: &Response) -> TokenError {
    TokenError {
        status: response.status,
        error: String::new(),
        description: None,
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: server_time(&response.headers),
        retry_after_s: retry_after_s(response),
    }
}

/// Reads a refusal; `None` where the content says of none.
pub(super) fn refusal(
    members: &Members,
    response: &Response,
    scrub: &Scrub<'_>,
) -> Option<TokenError> {
    if response.status < 400 && !members.iter().any(|(name, _)| tells_of_error(name)) {
        return None;
    }
    let members: Map<String, Value> = members.iter().rev().cloned().collect();
    let said = Said::of(&members, response.status)?;
    Some(TokenError {
        error: scrub.text(&said.error),
        description: said.description.map(|text| scrub.text(&text)),
        uri: said.uri.map(|text| scrub.text(&text)),
        codes: said.codes.iter().map(|code| scrub.text(code)).collect(),
        members: said.members,
        ..silent(response)
    })
}

/// What a server says in a refusal, before secrets are taken out of it.
#[derive(Default)]
struct Said {
    error: String,
    description: Option<String>,
    uri: Option<String>,
    codes: Vec<String>,
    members: Vec<&'static str>,
}

impl Said {
    fn of(members: &Map<String, Value>, status: u16) -> Option<Self> {
        let nested = ERROR_OBJECTS
            .iter()
            .find_map(|name| members.get(*name).and_then(first_object));
        if let Some(inner) = nested {
            return Some(Self::nested(members, inner));
        }
        let error = first(members, &ERROR, filled)
            .or_else(|| (status >= 400).then(|| first(members, &ERROR_IF_FAILED, word))?);
        let description = first(members, &DESCRIPTION, filled);
        if error.is_none() && (status < 400 || description.is_none()) {
            return None;
        }
        let error = error.unwrap_or_default();
        let mut codes = codes(members);
        codes.retain(|code| *code != error);
        Some(Self {
            error,
            description,
            uri: first(members, &[URI], filled),
            codes,
            members: names_of_codes(members),
        })
    }

    /// `{"error": {"code": …, "message": …}}`, `{"fault": {…}}`, `{"errors": [{…}]}`.
    fn nested(outer: &Map<String, Value>, inner: &Map<String, Value>) -> Self {
        let error = first(inner, &NESTED_ERROR, filled).unwrap_or_default();
        let mut all = codes(inner);
        all.extend(codes(outer));
        all.retain(|code| *code != error);
        Self {
            description: first(inner, &NESTED_DESCRIPTION, filled)
                .or_else(|| first(outer, &DESCRIPTION, filled)),
            uri: first(inner, &[URI], filled),
            codes: all,
            members: names_of_codes(inner),
            error,
        }
    }
}

/// Members that hold an object, or a list of objects, about the error.
pub const ERROR_OBJECTS: [&str; 4] = ["error", "errors", "fault", "Fault"];

/// Whether a member means that there is an error, whatever the status is.
fn tells_of_error(name: &str) -> bool {
    ERROR.contains(&name) || ERROR_OBJECTS.contains(&name)
}

/// Whether a member of a response is read as what a server says of an error, where the response is a refusal.
///
/// Such a text may repeat a secret. A redaction that passes these members, and no others, through
/// [`scrub`](crate::scrub) leaves what is read from the raw response.
pub fn is_error_member(name: &str) -> bool {
    let lists: [&[&str]; 7] = [
        &ERROR,
        &ERROR_IF_FAILED,
        &DESCRIPTION,
        &NESTED_ERROR,
        &NESTED_DESCRIPTION,
        &CODES,
        &[URI],
    ];
    lists.iter().any(|list| list.contains(&name))
}

const URI: &str = "error_uri";

const ERROR: [&str; 4] = ["error", "errorCode", "error_code", "errorcode"];

/// Words that mean an error only where the status does.
const ERROR_IF_FAILED: [&str; 4] = ["code", "status", "title", "type"];

const DESCRIPTION: [&str; 9] = [
    "error_description",
    "errorSummary",
    "errorDescription",
    "error_message",
    "message",
    "errorMessage",
    "detail",
    "msg",
    "reason",
];

const NESTED_ERROR: [&str; 8] = [
    "type",
    "errorType",
    "error",
    "errorCode",
    "error_code",
    "status",
    "code",
    "faultcode",
];

const NESTED_DESCRIPTION: [&str; 8] = [
    "message",
    "error_description",
    "errorSummary",
    "faultstring",
    "detail",
    "description",
    "msg",
    "title",
];

/// Numeric codes, sub-codes, reasons and hints, in the order in which they are kept.
const CODES: [&str; 14] = [
    "error_codes",
    "suberror",
    "error_subcode",
    "error_reason",
    "error_hint",
    "hint",
    "error_detail",
    "error_debug",
    "errorCode",
    "error_code",
    "code",
    "status_code",
    "resource",
    "field",
];

fn first(
    members: &Map<String, Value>,
    names: &[&str],
    read: impl Fn(&Value) -> Option<String>,
) -> Option<String> {
    names
        .iter()
        .find_map(|name| members.get(*name).and_then(&read))
}

fn filled(value: &Value) -> Option<String> {
    // `"error": false` and `"error": 0` say that there is none.
    if matches!(value, Value::Bool(_)) || value.as_i64() == Some(0) {
        return None;
    }
    text(value).filter(|text| !text.is_empty())
}

/// A text; a number would be the status once more.
fn word(value: &Value) -> Option<String> {
    filled(value).filter(|_| value.is_string())
}

fn names_of_codes(members: &Map<String, Value>) -> Vec<&'static str> {
    let names = CODES.iter().copied();
    names.filter(|name| members.contains_key(*name)).collect()
}

fn codes(members: &Map<String, Value>) -> Vec<String> {
    let values = CODES.iter().filter_map(|name| members.get(*name));
    values
        .flat_map(|value| match value {
            Value::Array(many) => many.iter().filter_map(filled).collect(),
            one => filled(one).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

fn first_object(value: &Value) -> Option<&Map<String, Value>> {
    match value {
        Value::Object(object) if !object.is_empty() => Some(object),
        Value::Array(many) => many.iter().find_map(Value::as_object),
        _ => None,
    }
}

/// The server's clock (RFC 9110 §6.6.1).
fn server_time(headers: &Headers) -> Option<Timestamp> {
    http_date(headers.first("date")?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date against the server's clock.
fn retry_after_s(response: &Response) -> Option<u64> {
    let value = response.headers.first("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let until = http_date(value)?.as_second();
    let from = server_time(&response.headers)?.as_second();
    u64::try_from(until - from).ok()
}
