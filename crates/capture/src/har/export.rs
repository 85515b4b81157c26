//! From redacted exchanges to a HAR file that is valid by the specification.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use grantscope_oauth::{Body, Exchange, Headers, Peer, Request, Response, Timings};
use http::{StatusCode, Version};
use serde::ser::{SerializeSeq, Serializer};
use serde_json::Value;

use crate::har::spec;
use crate::redact::Redacted;

/// Writes a HAR file, one entry after another.
///
/// `version` is that of grantscope. `extra` becomes `_grantscope` of the log.
pub fn export<'a>(
    mut to: impl Write,
    version: &str,
    exchanges: impl IntoIterator<Item = &'a Redacted<Exchange>>,
    extra: Option<&Value>,
) -> io::Result<()> {
    let log = spec::Log {
        version: "1.2",
        creator: spec::Creator {
            name: "grantscope",
            version: version.to_owned(),
        },
    };
    let head = serde_json::to_string(&log)?;
    // The object stays open for the list, which is never held in memory.
    let open = head.strip_suffix('}').unwrap_or(&head);
    write!(to, "{{\"log\":{open},\"entries\":")?;
    let mut json = serde_json::Serializer::new(&mut to);
    let mut list = json.serialize_seq(None)?;
    for exchange in exchanges {
        list.serialize_element(&entry(exchange))?;
    }
    list.end()?;
    if let Some(extra) = extra {
        write!(to, ",\"_grantscope\":{extra}")?;
    }
    to.write_all(b"}}\n")?;
    to.flush()
}

/// The entry of an exchange.
pub fn entry(of: &Redacted<Exchange>) -> spec::Entry {
    let timings = timings(&of.timings);
    spec::Entry {
        started_date_time: of.started_at.to_string(),
        time: total(&timings),
        request: request(&of.request),
        response: of.response.as_ref().map_or_else(unanswered, response),
        cache: spec::Cache {},
        timings,
        server_ip_address: of
            .peer
            .server
            .map_or_else(String::new, |at| at.ip().to_string()),
        grantscope: Some(extra(of, &of.peer)),
    }
}

fn extra(of: &Exchange, peer: &Peer) -> spec::EntryExtra {
    let text = |address: Option<std::net::SocketAddr>| address.map(|at| at.to_string());
    spec::EntryExtra {
        id: Some(of.id.0),
        client: text(peer.client).unwrap_or_default(),
        server: text(peer.server).unwrap_or_default(),
    }
}

fn request(of: &Request) -> spec::Request {
    spec::Request {
        method: of.method.to_string(),
        url: of.url.as_str().to_owned(),
        http_version: version(of.version).to_owned(),
        cookies: cookies(&of.headers),
        headers: fields(&of.headers),
        query_string: of.url.query().map_or_else(Vec::new, parameters),
        post_data: post_data(of),
        headers_size: -1,
        body_size: size(of.body.size),
    }
}

fn response(of: &Response) -> spec::Response {
    let (text, encoding) = text(&of.body);
    let reason = StatusCode::from_u16(of.status)
        .ok()
        .and_then(|code| code.canonical_reason());
    spec::Response {
        status: i64::from(of.status),
        status_text: reason.unwrap_or_default().to_owned(),
        http_version: version(of.version).to_owned(),
        cookies: set_cookies(&of.headers),
        headers: fields(&of.headers),
        content: spec::Content {
            size: size(of.body.bytes.len() as u64),
            mime_type: mime_type(&of.headers),
            text,
            encoding: encoding.to_owned(),
            grantscope: body_extra(&of.body),
        },
        redirect_url: of.headers.first("location").unwrap_or_default().to_owned(),
        headers_size: -1,
        body_size: size(of.body.size),
    }
}

/// What stands for a response that did not come: HAR requires one.
fn unanswered() -> spec::Response {
    spec::Response {
        http_version: version(Version::HTTP_11).to_owned(),
        content: spec::Content {
            mime_type: UNKNOWN.to_owned(),
            ..spec::Content::default()
        },
        headers_size: -1,
        body_size: -1,
        ..spec::Response::default()
    }
}

const UNKNOWN: &str = "x-unknown";

fn mime_type(headers: &Headers) -> String {
    headers.first("content-type").unwrap_or(UNKNOWN).to_owned()
}

fn post_data(of: &Request) -> Option<spec::PostData> {
    let grantscope = body_extra(&of.body);
    if of.body.bytes.is_empty() && grantscope.is_none() {
        return None;
    }
    let (text, encoding) = text(&of.body);
    let is_form = of.headers.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    let params = if is_form {
        parameters(&text)
    } else {
        Vec::new()
    };
    let param = |of: spec::NameValue| spec::Param {
        name: of.name,
        value: of.value,
    };
    Some(spec::PostData {
        mime_type: mime_type(&of.headers),
        params: params.into_iter().map(param).collect(),
        text,
        encoding: encoding.to_owned(),
        file: String::new(),
        grantscope,
    })
}

/// The content as text, in base64 where it is none.
fn text(of: &Body) -> (String, &'static str) {
    match std::str::from_utf8(&of.bytes) {
        Ok(text) => (text.to_owned(), ""),
        Err(_) => (BASE64_STANDARD.encode(&of.bytes), "base64"),
    }
}

pub(super) fn body_extra(of: &Body) -> Option<spec::BodyExtra> {
    (of.truncated || of.coding.is_some()).then(|| spec::BodyExtra {
        truncated: of.truncated,
        coding: of.coding.clone(),
    })
}

fn parameters(form: &str) -> Vec<spec::NameValue> {
    let pair =
        |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| pair(&name, &value);
    form_urlencoded::parse(form.as_bytes()).map(pair).collect()
}

fn fields(of: &Headers) -> Vec<spec::NameValue> {
    of.iter().map(|(name, value)| pair(name, value)).collect()
}

fn pair(name: &str, value: &str) -> spec::NameValue {
    spec::NameValue {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn cookies(of: &Headers) -> Vec<spec::Cookie> {
    of.all("cookie")
        .flat_map(|field| field.split(';'))
        .filter_map(cookie)
        .collect()
}

fn set_cookies(of: &Headers) -> Vec<spec::Cookie> {
    of.all("set-cookie")
        .filter_map(|field| cookie(field.split(';').next()?))
        .collect()
}

fn cookie(pair: &str) -> Option<spec::Cookie> {
    let (name, value) = pair.split_once('=')?;
    Some(spec::Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}

/// The name of an HTTP version.
pub(crate) fn version(of: Version) -> &'static str {
    match of {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

/// HAR's `connect` holds the TLS handshake as well, and its last three phases always have a length.
pub(super) fn timings(of: &Timings) -> spec::Timings {
    let connect = match (of.connect, of.ssl) {
        (None, None) => None,
        (connect, ssl) => Some(connect.unwrap_or_default() + ssl.unwrap_or_default()),
    };
    spec::Timings {
        blocked: milliseconds(of.blocked),
        dns: milliseconds(of.dns),
        connect: milliseconds(connect),
        ssl: milliseconds(of.ssl),
        send: milliseconds(of.send).max(0.0),
        wait: milliseconds(of.wait).max(0.0),
        receive: milliseconds(of.receive).max(0.0),
    }
}

fn milliseconds(of: Option<Duration>) -> f64 {
    of.map_or(-1.0, |phase| phase.as_secs_f64() * 1e3)
}

/// `time`: the sum of the phases that occurred.
fn total(of: &spec::Timings) -> f64 {
    let phases = [of.blocked, of.dns, of.connect, of.send, of.wait, of.receive];
    phases.iter().filter(|phase| **phase > 0.0).sum()
}

pub(super) fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
