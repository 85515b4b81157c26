//! The answers of the server.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

pub(super) type Reply = Response<Full<Bytes>>;

pub(super) fn json(status: StatusCode, value: &Value) -> Reply {
    let reply = with_content(status, "application/json", value.to_string());
    with(reply, CACHE_CONTROL, "no-store")
}

pub(super) fn html(status: StatusCode, text: String) -> Reply {
    with_content(status, "text/html; charset=utf-8", text)
}

pub(super) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

pub(super) fn redirect(location: &str) -> Reply {
    with(empty(StatusCode::SEE_OTHER), LOCATION, location)
}

/// RFC 6749 §5.2: a client that tried the `Authorization` field is told which scheme the server knows.
pub(super) fn challenged(reply: Reply) -> Reply {
    with(reply, WWW_AUTHENTICATE, "Basic realm=\"token endpoint\"")
}

fn with_content(status: StatusCode, media_type: &str, text: String) -> Reply {
    let mut reply = Response::new(Full::from(text));
    *reply.status_mut() = status;
    with(reply, CONTENT_TYPE, media_type)
}

/// Sets a field. A value that HTTP does not allow is left out: it came from a client that sent it malformed.
fn with(mut reply: Reply, name: HeaderName, value: &str) -> Reply {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
    reply
}
