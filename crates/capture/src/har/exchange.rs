//! The exchange of an entry, over the dialects of the tools that write them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use grantscope_oauth::{
    Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use http::{Method, Version};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::har::{body, spec};

/// The exchange of an entry, and whether the entry says which number it has.
pub(super) fn exchange(entry: spec::Entry) -> Result<(Exchange, bool), &'static str> {
    let extra = entry.grantscope.clone().unwrap_or_default();
    let started_at = time(&entry.started_date_time)?;
    let timings = timings(&entry);
    let request = request(entry.request)?;
    let peer = Peer {
        client: extra.client.parse().ok(),
        server: extra
            .server
            .parse()
            .ok()
            .or_else(|| server(&entry.server_ip_address, &request.url)),
    };
    let exchange = Exchange {
        id: ExchangeId(extra.id.unwrap_or_default()),
        started_at,
        request,
        response: response(entry.response),
        timings,
        peer,
    };
    Ok((exchange, extra.id.is_some()))
}

/// `startedDateTime`. Where the offset from UTC is missing, UTC is assumed, as for all entries of such a file.
fn time(text: &str) -> Result<Timestamp, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it has no startedDateTime");
    }
    let milliseconds = || Timestamp::from_millisecond(text.parse().ok()?).ok();
    let civil = || {
        let time: DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(time).ok()
    };
    text.parse()
        .ok()
        .or_else(civil)
        .or_else(milliseconds)
        .ok_or("its startedDateTime is not a time")
}

fn request(request: spec::Request) -> Result<Request, &'static str> {
    if request.url.is_empty() {
        return Err("its request has no url");
    }
    let method = Method::from_bytes(request.method.trim().as_bytes()).ok();
    let method = method.ok_or("its request has no valid method")?;
    let mut headers = headers(&request.headers);
    let url = absolute(request.url, &request.headers);
    if let Some(data) = &request.post_data {
        if !data.file.is_empty() && data.text.is_empty() {
            return Err(
                "its content is in a file of its own; save the HAR with the contents in it",
            );
        }
        label(&mut headers, &data.mime_type);
    }
    Ok(Request {
        method,
        url: RequestUrl::new(url),
        version: version(&request.http_version),
        body: body::of_request(request.post_data, request.body_size, &headers),
        headers,
    })
}

/// The URL, which a few tools write without the origin.
fn absolute(url: String, headers: &[spec::NameValue]) -> String {
    let named = |name: &str| {
        let field = |field: &&spec::NameValue| field.name.eq_ignore_ascii_case(name);
        headers.iter().find(field).map(|field| field.value.as_str())
    };
    match named(":authority").or_else(|| named("host")) {
        Some(host) if url.starts_with('/') => {
            format!("{}://{host}{url}", named(":scheme").unwrap_or("https"))
        }
        _ => url,
    }
}

fn response(response: spec::Response) -> Option<Response> {
    let status = u16::try_from(response.status)
        .ok()
        .filter(|&code| code > 0)?;
    let mut headers = headers(&response.headers);
    label(&mut headers, &response.content.mime_type);
    if headers.first("location").is_none() && !response.redirect_url.is_empty() {
        headers.push("Location", response.redirect_url);
    }
    Some(Response {
        status,
        version: version(&response.http_version),
        body: body::of_response(response.content, response.body_size, &headers),
        headers,
    })
}

/// Tools that keep no header fields tell the media type of the content all the same. Where there are fields and this is none
/// of them, it was not sent, and what the tool says is its guess.
fn label(headers: &mut Headers, mime_type: &str) {
    let is_told = mime_type.contains('/');
    if headers.iter().next().is_none() && is_told {
        headers.push("Content-Type", mime_type);
    }
}

/// The header fields without the pseudo-headers of HTTP/2. Fields that a browser joined by line feeds are parted again.
fn headers(fields: &[spec::NameValue]) -> Headers {
    fields
        .iter()
        .filter(|field| !field.name.is_empty() && !field.name.starts_with(':'))
        .flat_map(|field| {
            let lines = field
                .value
                .split('\n')
                .map(|line| line.trim_end_matches('\r'));
            lines.map(|line| (field.name.clone(), line.to_owned()))
        })
        .collect()
}

/// The HTTP version in any spelling: `HTTP/1.1`, `h2`, `http/2.0`, `h3-29`. What is unknown is taken for HTTP/1.1.
fn version(text: &str) -> Version {
    let text = text.trim().to_ascii_lowercase();
    let number = text
        .trim_start_matches("http")
        .trim_start_matches(['/', 'h', 'q', 'u', 'i', 'c']);
    match number {
        "0.9" => Version::HTTP_09,
        "1.0" => Version::HTTP_10,
        _ if number.starts_with('2') => Version::HTTP_2,
        _ if number.starts_with('3') => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

fn timings(entry: &spec::Entry) -> Timings {
    let of = &entry.timings;
    let ssl = duration(of.ssl);
    let measured = Timings {
        blocked: duration(of.blocked),
        dns: duration(of.dns),
        connect: duration(of.connect).map(|both| both.saturating_sub(ssl.unwrap_or_default())),
        ssl,
        send: duration(of.send),
        wait: duration(of.wait),
        receive: duration(of.receive),
    };
    if measured == Timings::default() && entry.time > 0.0 {
        let wait = duration(entry.time);
        return Timings { wait, ..measured };
    }
    measured
}

/// HAR's milliseconds; negative where the phase did not occur.
fn duration(milliseconds: f64) -> Option<Duration> {
    (milliseconds >= 0.0)
        .then(|| Duration::try_from_secs_f64(milliseconds / 1e3).ok())
        .flatten()
}

/// `serverIPAddress`, which has no port: that of the URL.
fn server(address: &str, url: &RequestUrl) -> Option<SocketAddr> {
    let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let port = url
        .authority()
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let default = if url.scheme() == "http" { 80 } else { 443 };
    Some(SocketAddr::new(address, port.unwrap_or(default)))
}
