//! An exchange as the store keeps it: an entry of HAR that leaves out what is said twice in one.
//!
//! HAR has cookies, parameters and a few fields apart beside the texts that they are taken from, and whoever reads an entry of ours
//! takes them from there. Without them an entry is half as long, and none of its texts is copied to write it.

use std::borrow::Cow;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use grantscope_oauth::{Body, Exchange, Headers, Request, Response};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::export::{body_extra, size, timings, version};
use super::spec;
use crate::redact::Redacted;

/// The entry of an exchange, as JSON.
pub(crate) fn stored(of: &Redacted<Exchange>) -> serde_json::Result<String> {
    serde_json::to_string(&Entry::of(of))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    started_date_time: Timestamp,
    request: Asked<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Answered<'a>>,
    timings: spec::Timings,
    #[serde(rename = "_grantscope")]
    grantscope: Extra,
}

#[derive(Serialize)]
struct Extra {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<SocketAddr>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    method: &'a str,
    url: &'a str,
    http_version: &'static str,
    headers: Fields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<Posted<'a>>,
    body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered<'a> {
    status: u16,
    http_version: &'static str,
    headers: Fields<'a>,
    content: Content<'a>,
    body_size: i64,
}

#[derive(Serialize)]
struct Posted<'a> {
    text: Cow<'a, str>,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(rename = "_grantscope", skip_serializing_if = "Option::is_none")]
    grantscope: Option<spec::BodyExtra>,
}

#[derive(Serialize)]
struct Content<'a> {
    text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(rename = "_grantscope", skip_serializing_if = "Option::is_none")]
    grantscope: Option<spec::BodyExtra>,
}

/// Header fields, as names and values.
struct Fields<'a>(&'a Headers);

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Entry<'a> {
    fn of(exchange: &'a Exchange) -> Self {
        Self {
            started_date_time: exchange.started_at,
            request: Asked::of(&exchange.request),
            response: exchange.response.as_ref().map(Answered::of),
            timings: timings(&exchange.timings),
            grantscope: Extra {
                id: exchange.id.0,
                client: exchange.peer.client,
                server: exchange.peer.server,
            },
        }
    }
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        Self {
            method: request.method.as_str(),
            url: request.url.as_str(),
            http_version: version(request.version),
            headers: Fields(&request.headers),
            post_data: Posted::of(&request.body),
            body_size: size(request.body.size),
        }
    }
}

impl<'a> Answered<'a> {
    fn of(response: &'a Response) -> Self {
        let (text, encoding) = text(&response.body);
        Self {
            status: response.status,
            http_version: version(response.version),
            headers: Fields(&response.headers),
            content: Content {
                text,
                encoding,
                grantscope: body_extra(&response.body),
            },
            body_size: size(response.body.size),
        }
    }
}

impl<'a> Posted<'a> {
    fn of(body: &'a Body) -> Option<Self> {
        let grantscope = body_extra(body);
        let (text, encoding) = text(body);
        (!text.is_empty() || grantscope.is_some()).then_some(Self {
            text,
            encoding,
            grantscope,
        })
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|(name, value)| Field { name, value }))
    }
}

/// The content as text, in base64 where it is none.
fn text(of: &Body) -> (Cow<'_, str>, Option<&'static str>) {
    match std::str::from_utf8(&of.bytes) {
        Ok(text) => (text.into(), None),
        Err(_) => (BASE64_STANDARD.encode(&of.bytes).into(), Some("base64")),
    }
}

#[cfg(test)]
mod tests {
    use grantscope_oauth::Timings;

    use super::*;
    use crate::har::{Collected, RawEntry, Wanted, entry, sample};
    use crate::redact::Redactor;

    fn read(json: &str) -> Exchange {
        let mut collected = Collected::new(Wanted::All);
        collected.add(RawEntry::of_line(json.as_bytes(), 1));
        let import = collected.finish();
        assert_eq!(import.skipped, [], "{json}");
        import.exchanges.into_iter().next().unwrap()
    }

    /// The sample, and exchanges with whatever is written in a way of its own.
    fn exchanges() -> Vec<Exchange> {
        let of = || sample::flow()[1].clone();
        let mut changed = vec![of(), of(), of(), of()];
        changed[0].response = None;
        changed[0].timings = Timings::default();
        changed[1].request.body = Body::default();
        let content = &mut changed[1].response.as_mut().unwrap().body;
        content.bytes = vec![0xFF, 0x00].into();
        changed[2].request.body = Body {
            size: 7,
            truncated: true,
            ..Body::default()
        };
        changed[2].request.headers = Headers::default();
        let content = &mut changed[2].response.as_mut().unwrap().body;
        content.coding = Some("unheard-of".to_owned());
        changed[3].request.body = Body::whole(vec![0xFF]);
        changed[3].peer.client = None;
        changed[3].response.as_mut().unwrap().headers = Headers::default();
        changed.into_iter().chain(sample::flow()).collect()
    }

    #[test]
    fn it_is_read_back_as_the_whole_entry_is() {
        for exchange in exchanges() {
            let exchange = Redactor::keep_secrets().redact(&exchange);
            let short = stored(&exchange).unwrap();
            let whole = serde_json::to_string(&entry(&exchange)).unwrap();
            assert_eq!(format!("{:?}", read(&short)), format!("{:?}", read(&whole)));
            assert!(short.len() < whole.len());
        }
    }
}
