//! A request or response, taken apart: each part under the name by which evidence cites its place.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use grantscope_oauth::{Body, Headers, Request, Response, placeholder};
use http::StatusCode;
use serde_json::Value;

use crate::har::version;

/// A message. Its texts are as they were captured, but for the content.
pub struct Message {
    /// Its first line.
    pub line: String,
    /// Its parts in the order of the wire.
    pub parts: Vec<Part>,
    /// The content for people, where it is neither a form nor an object of JSON: cut, with placeholders as the log shows them.
    pub content: String,
}

/// A part of a message.
pub struct Part {
    /// Where it is: `query`, `header`, `form` or `content`.
    pub place: &'static str,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// So many parts of a message are shown.
const PARTS_MAX: usize = 100;

/// So much of a content is shown.
const CONTENT_CHARACTERS_MAX: usize = 2_000;

impl Message {
    /// The parts of a request.
    pub fn of_request(request: &Request) -> Self {
        let (url, query) = (request.url.endpoint(), request.url.query());
        let mut message = Self {
            line: format!("{} {url} {}", request.method, version(request.version)),
            parts: pairs("query", query.unwrap_or_default()),
            content: String::new(),
        };
        message.add(&request.headers, &request.body, "form");
        message
    }

    /// The parts of a response.
    pub fn of_response(response: &Response) -> Self {
        let reason = StatusCode::from_u16(response.status)
            .ok()
            .and_then(|code| code.canonical_reason());
        let status = response.status;
        let line = format!(
            "{} {status} {}",
            version(response.version),
            reason.unwrap_or_default()
        );
        let mut message = Self {
            line: line.trim_end().to_owned(),
            parts: Vec::new(),
            content: String::new(),
        };
        message.add(&response.headers, &response.body, "content");
        message
    }

    fn add(&mut self, headers: &Headers, body: &Body, place: &'static str) {
        let field = |(name, value): (&str, &str)| part("header", name, &credentials(name, value));
        self.parts.extend(headers.iter().map(field));
        let text = body.text();
        let is_form = headers.media_type().as_deref() == Some("application/x-www-form-urlencoded");
        match members(place, &text) {
            Some(members) => self.parts.extend(members),
            None if is_form => self.parts.extend(pairs(place, &text)),
            None => self.content = cut(&named(&text)),
        }
        self.parts.truncate(PARTS_MAX);
        if body.truncated {
            self.content.push_str(" […]");
        }
    }
}

fn part(place: &'static str, name: &str, value: &str) -> Part {
    Part {
        place,
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

/// The parameters of a query or form.
fn pairs(place: &'static str, text: &str) -> Vec<Part> {
    let parsed = form_urlencoded::parse(text.as_bytes());
    parsed
        .map(|(name, value)| part(place, &name, &value))
        .collect()
}

/// The members of an object of JSON.
fn members(place: &'static str, text: &str) -> Option<Vec<Part>> {
    let Value::Object(members) = serde_json::from_str(text).ok()? else {
        return None;
    };
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let member = |(name, of): (&String, &Value)| part(place, name, &value(of));
    Some(members.iter().map(member).collect())
}

/// A field; the credentials of `Basic` as they are before they are encoded, which hold a placeholder and no secret.
fn credentials<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    match basic(name, value) {
        Some((id, secret)) => Cow::Owned(format!("Basic {id}:{secret}")),
        None => Cow::Borrowed(value),
    }
}

/// The client and the secret of `Authorization: Basic` (RFC 6749 §2.3.1), where the secret is redacted.
pub(crate) fn basic(name: &str, value: &str) -> Option<(String, String)> {
    if !name.eq_ignore_ascii_case("authorization") {
        return None;
    }
    let (scheme, encoded) = value.trim().split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic") && placeholder::find(secret).is_some();
    is_basic.then(|| (id.to_owned(), secret.to_owned()))
}

/// A text with each placeholder as people see it: `code#7f3a9c`.
pub fn named(text: &str) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(range) = placeholder::find(rest) {
        named.push_str(&rest[..range.start]);
        if let Some(found) = placeholder::parse(&rest[range.clone()]) {
            named.push_str(&found.fingerprint.named(found.kind));
        }
        rest = &rest[range.end..];
    }
    named.push_str(rest);
    named
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CONTENT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
