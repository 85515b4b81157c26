//! The exchange of a flow, by the fields that mitmproxy has written since its version 2.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use grantscope_oauth::coding::{End, undone};
use grantscope_oauth::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use http::{Method, Version};
use jiff::Timestamp;

use super::tnetstring::Item;
use crate::har::BODY_BYTES_MAX;

/// The exchange that a flow is.
pub(super) fn exchange(flow: Item<'_>) -> Result<Exchange, &'static str> {
    let request = flow.member("request").ok_or("it has no request")?;
    let response = flow.member("response");
    let started_at =
        moment(request, "timestamp_start").ok_or("its request has no timestamp_start")?;
    Ok(Exchange {
        id: ExchangeId(0),
        started_at,
        request: asked(request)?,
        response: response.and_then(answered),
        timings: timings(request, response),
        peer: Peer {
            client: address(flow, "client_conn"),
            server: address(flow, "server_conn"),
        },
    })
}

fn asked(request: Item<'_>) -> Result<Request, &'static str> {
    let method = text(request, "method");
    let method = Method::from_bytes(method.as_bytes()).ok();
    let headers = headers(request);
    Ok(Request {
        method: method.ok_or("its request has no valid method")?,
        url: RequestUrl::new(url(request, &headers).ok_or("its request has no host")?),
        version: version(request),
        body: body(request, &headers),
        headers,
    })
}

fn answered(response: Item<'_>) -> Option<Response> {
    let headers = headers(response);
    Some(Response {
        status: response.member("status_code")?.digits()?.parse().ok()?,
        version: version(response),
        body: body(response, &headers),
        headers,
    })
}

/// The URL as the client sees it: the name that it asked for rather than the address that the proxy connected to.
fn url(request: Item<'_>, headers: &Headers) -> Option<String> {
    let scheme = text(request, "scheme");
    let path = text(request, "path");
    let named = Some(text(request, "authority")).filter(|authority| !authority.is_empty());
    let named = named.or_else(|| headers.first("host").map(str::to_owned));
    let authority = named.or_else(|| {
        let host = request.member("host")?.text()?;
        let port = request.member("port").and_then(Item::digits);
        let default = if scheme == "http" { "80" } else { "443" };
        Some(match port.filter(|port| *port != default) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        })
    });
    Some(format!("{scheme}://{}{path}", authority?))
}

fn headers(message: Item<'_>) -> Headers {
    let fields = message.member("headers").into_iter().flat_map(Item::items);
    fields
        .filter_map(|field| {
            let mut parts = field.items();
            Some((parts.next()?.text()?, parts.next()?.text()?))
        })
        .collect()
}

/// The content, which is in the file as it was on the wire; missing where mitmproxy streamed it.
fn body(message: Item<'_>, headers: &Headers) -> Body {
    let Some(content) = message.member("content").and_then(Item::bytes) else {
        return Body {
            truncated: true,
            ..Body::default()
        };
    };
    let coding = headers
        .first("content-encoding")
        .filter(|_| !content.is_empty());
    let decoded = coding.and_then(|coding| undone(coding, content, BODY_BYTES_MAX));
    let decoded = decoded.filter(|it| it.end != End::Broken);
    let is_encoded = coding.is_some() && decoded.is_none();
    let is_cut = decoded
        .as_ref()
        .map_or(content.len() > BODY_BYTES_MAX, |decoded| {
            decoded.end == End::Beyond
        });
    Body {
        bytes: decoded.map_or_else(
            || Bytes::copy_from_slice(&content[..content.len().min(BODY_BYTES_MAX)]),
            |decoded| Bytes::from(decoded.bytes),
        ),
        size: content.len() as u64,
        truncated: is_cut,
        coding: coding.filter(|_| is_encoded).map(str::to_owned),
    }
}

fn version(message: Item<'_>) -> Version {
    match text(message, "http_version").as_str() {
        "HTTP/0.9" => Version::HTTP_09,
        "HTTP/1.0" => Version::HTTP_10,
        "HTTP/2.0" | "HTTP/2" => Version::HTTP_2,
        "HTTP/3" | "HTTP/3.0" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

fn timings(request: Item<'_>, response: Option<Item<'_>>) -> Timings {
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        Duration::try_from(to?.duration_since(from?)).ok()
    };
    let (begun, sent) = (
        moment(request, "timestamp_start"),
        moment(request, "timestamp_end"),
    );
    let answer = |name| response.and_then(|response| moment(response, name));
    let (answered, received) = (answer("timestamp_start"), answer("timestamp_end"));
    Timings {
        send: between(begun, sent),
        wait: between(sent, answered),
        receive: between(answered, received),
        ..Timings::default()
    }
}

/// Seconds since the epoch, to the microsecond.
fn moment(message: Item<'_>, name: &str) -> Option<Timestamp> {
    let seconds = message.member(name)?.digits()?.parse().ok()?;
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_microsecond(i64::try_from(since.as_micros()).ok()?).ok()
}

/// The address of the other end of a connection: `peername`, or as older versions call it.
fn address(flow: Item<'_>, connection: &str) -> Option<SocketAddr> {
    let connection = flow.member(connection)?;
    let names = ["peername", "ip_address", "address"];
    names.into_iter().find_map(|name| {
        let mut parts = connection.member(name)?.items();
        let (ip, port) = (parts.next()?.text()?, parts.next()?.digits()?);
        Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?))
    })
}

fn text(message: Item<'_>, name: &str) -> String {
    message
        .member(name)
        .and_then(Item::text)
        .unwrap_or_default()
}
