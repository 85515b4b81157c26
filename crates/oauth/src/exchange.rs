//! An HTTP exchange as it was seen on the wire: what every other part of grantscope works on.
//!
//! Live traffic, a stored session and an imported HAR file all become an [`Exchange`], so that one engine reads them.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Version};
use jiff::Timestamp;

/// Identifies an exchange within one capture. Ids rise in the order in which the requests were begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(pub u64);

/// Where the ids of exchanges of earlier captures begin: beyond those of any capture, and exact in a JSON number.
const HISTORY: u64 = 1 << 40;

impl ExchangeId {
    /// The id of the `number`th exchange that is remembered from earlier captures.
    pub const fn of_history(number: u64) -> Self {
        Self(HISTORY + number)
    }

    /// Whether the exchange is one of an earlier capture.
    pub const fn is_history(self) -> bool {
        self.0 >= HISTORY
    }
}

/// `#28`, or `#h3` for one of an earlier capture.
impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(HISTORY) {
            Some(number) => write!(f, "#h{number}"),
            None => write!(f, "#{}", self.0),
        }
    }
}

/// A request and, once it was answered, its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of this exchange in its capture.
    pub id: ExchangeId,
    /// When the client began to send the request (HAR `startedDateTime`).
    pub started_at: Timestamp,
    /// What the client asked.
    pub request: Request,
    /// What the server answered; `None` while it is awaited, and for good where none came.
    pub response: Option<Response>,
    /// How long each phase took.
    pub timings: Timings,
    /// Who talked to whom.
    pub peer: Peer,
}

/// What the client asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL as it was sent, never normalised.
    pub url: RequestUrl,
    /// The HTTP version of the client's leg.
    pub version: Version,
    /// The header fields in the order in which they came.
    pub headers: Headers,
    /// The content.
    pub body: Body,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code. An integer, since captures hold codes outside of the registered range.
    pub status: u16,
    /// The HTTP version of the server's leg.
    pub version: Version,
    /// The header fields in the order in which they came.
    pub headers: Headers,
    /// The content.
    pub body: Body,
}

/// The content of a message: a copy with the content coding undone, bounded in size.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The decoded content, up to the bound of whoever captured it.
    pub bytes: Bytes,
    /// The length on the wire, in bytes, with the content coding.
    pub size: u64,
    /// Whether `bytes` lacks the end of the content.
    pub truncated: bool,
    /// A content coding (`Content-Encoding`) that could not be undone; `bytes` is still encoded by it.
    pub coding: Option<String>,
}

impl Body {
    /// A content that was captured whole and was not encoded.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            size: bytes.len() as u64,
            bytes,
            truncated: false,
            coding: None,
        }
    }

    /// The content as text, with what is not UTF-8 replaced by U+FFFD.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        // Of what is UTF-8 as a whole that is known in a fraction of the time.
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&self.bytes),
        }
    }
}

/// How long each phase of an exchange took (HAR 1.2 `timings`); `None` where the phase did not occur or was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for a connection.
    pub blocked: Option<Duration>,
    /// Resolving the host name.
    pub dns: Option<Duration>,
    /// Opening the TCP connection. Unlike in HAR, the TLS handshake is not part of it.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub ssl: Option<Duration>,
    /// Sending the request.
    pub send: Option<Duration>,
    /// From the last byte of the request to the first byte of the response.
    pub wait: Option<Duration>,
    /// Reading the response.
    pub receive: Option<Duration>,
}

impl Timings {
    /// From the start of the exchange to the last byte of the request.
    pub fn until_sent(&self) -> Duration {
        sum([self.blocked, self.dns, self.connect, self.ssl, self.send])
    }

    /// From the start of the exchange to the last byte of the response.
    pub fn total(&self) -> Duration {
        self.until_sent() + sum([self.wait, self.receive])
    }
}

fn sum<const N: usize>(phases: [Option<Duration>; N]) -> Duration {
    phases.into_iter().flatten().sum()
}

/// Who talked to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// The address of the client.
    pub client: Option<SocketAddr>,
    /// The address of the server.
    pub server: Option<SocketAddr>,
}

impl Exchange {
    /// When the last byte of the request was sent, as far as it was measured.
    pub fn sent_at(&self) -> Timestamp {
        later(self.started_at, self.timings.until_sent())
    }

    /// When the response was complete; `None` while there is none.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.response.as_ref()?;
        Some(later(self.started_at, self.timings.total()))
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Header fields in the order, and with the spelling, in which they came. Names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The value of the first field of this name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The values of all fields of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All fields, as names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The media type of `Content-Type`: without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.first("content-type")?;
        let essence = value.split(';').next().unwrap_or_default();
        Some(essence.trim().to_ascii_lowercase())
    }
}

impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect()
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// An absolute URL as it was sent. Its parts are slices of that text: nothing is normalised or decoded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestUrl(String);

impl RequestUrl {
    /// Takes the URL as it was sent.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme (RFC 3986 §3.1), empty where there is none.
    pub fn scheme(&self) -> &str {
        self.scheme_end().map_or("", |end| &self.0[..end])
    }

    /// The authority (RFC 3986 §3.2): host and port.
    pub fn authority(&self) -> &str {
        let rest = self.scheme_end().map_or("", |end| &self.0[end + 3..]);
        before(rest, is_after_authority)
    }

    /// The host, without the port and without user information.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// The path (RFC 3986 §3.3).
    pub fn path(&self) -> &str {
        before(self.after_authority(), is_after_path)
    }

    /// The query (RFC 3986 §3.4), without its question mark.
    pub fn query(&self) -> Option<&str> {
        let before_fragment = self.0.split('#').next().unwrap_or_default();
        before_fragment.split_once('?').map(|(_, query)| query)
    }

    /// The fragment (RFC 3986 §3.5), without its number sign.
    pub fn fragment(&self) -> Option<&str> {
        self.0.split_once('#').map(|(_, fragment)| fragment)
    }

    /// Scheme, authority and path: the URL of an endpoint without what this request added to it.
    pub fn endpoint(&self) -> &str {
        before(&self.0, is_after_path)
    }

    /// Scheme and authority (RFC 6454 §4).
    pub fn origin(&self) -> &str {
        let endpoint = self.endpoint();
        &endpoint[..endpoint.len() - self.path().len()]
    }

    /// Where the scheme ends. What comes after a slash or in a query is a part of it and no scheme.
    fn scheme_end(&self) -> Option<usize> {
        let scheme = before(&self.0, is_after_authority).strip_suffix(':')?;
        self.0[scheme.len()..]
            .starts_with("://")
            .then_some(scheme.len())
    }

    fn after_authority(&self) -> &str {
        let start = self.scheme_end().map_or(0, |end| end + 3);
        let rest = &self.0[start..];
        &rest[before(rest, is_after_authority).len()..]
    }
}

/// What of a text comes before the first byte that ends it. Every URL that goes by is taken apart, which is several times as
/// fast by bytes as by characters.
fn before(text: &str, ends: impl Fn(u8) -> bool) -> &str {
    // What ends a part is ASCII, and no part of another character.
    let end = text.bytes().position(ends).unwrap_or(text.len());
    &text[..end]
}

/// What an authority ends before (RFC 3986 §3.2).
fn is_after_authority(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'#')
}

/// What a path ends before (RFC 3986 §3.3).
fn is_after_path(byte: u8) -> bool {
    matches!(byte, b'?' | b'#')
}

impl fmt::Display for RequestUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_of_an_earlier_capture_is_told_apart() {
        assert_eq!(ExchangeId(28).to_string(), "#28");
        assert_eq!(ExchangeId::of_history(3).to_string(), "#h3");
        assert!(ExchangeId::of_history(0).is_history() && !ExchangeId(28).is_history());
    }

    #[test]
    fn a_url_is_cut_into_its_parts_as_sent() {
        let url = RequestUrl::new("https://user@IdP.example:8443/a%20b/?q=1/2#code=x?y");
        assert_eq!(url.scheme(), "https");
        assert_eq!(url.authority(), "user@IdP.example:8443");
        assert_eq!(url.host(), "IdP.example");
        assert_eq!(url.path(), "/a%20b/");
        assert_eq!(url.query(), Some("q=1/2"));
        assert_eq!(url.fragment(), Some("code=x?y"));
        assert_eq!(url.endpoint(), "https://user@IdP.example:8443/a%20b/");
        assert_eq!(url.origin(), "https://user@IdP.example:8443");
    }

    #[test]
    fn a_url_within_a_url_is_not_the_url() {
        let url = RequestUrl::new("/cb?next=https://idp.test/login");
        assert_eq!((url.scheme(), url.authority(), url.origin()), ("", "", ""));
        assert_eq!((url.path(), url.endpoint()), ("/cb", "/cb"));
    }

    #[test]
    fn a_url_without_path_or_scheme_has_empty_parts() {
        let url = RequestUrl::new("https://[::1]:80?x");
        assert_eq!(
            (url.host(), url.path(), url.query()),
            ("[::1]", "", Some("x"))
        );
        let garbage = RequestUrl::new("not a url");
        assert_eq!((garbage.host(), garbage.scheme()), ("", ""));
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let mut headers = Headers::default();
        headers.push("CONTENT-type", "Application/JSON; charset=utf-8");
        assert_eq!(headers.media_type().as_deref(), Some("application/json"));
    }

    #[test]
    fn the_phases_add_up_to_the_times_of_sending_and_answering() {
        let timings = Timings {
            dns: Some(Duration::from_millis(1)),
            send: Some(Duration::from_millis(2)),
            wait: Some(Duration::from_millis(40)),
            ..Timings::default()
        };
        assert_eq!(timings.until_sent(), Duration::from_millis(3));
        assert_eq!(timings.total(), Duration::from_millis(43));
    }
}
