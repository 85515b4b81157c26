//! Redaction: every secret of an exchange is replaced by a placeholder that is read back as its fingerprint.
//!
//! So the diagnosis of a redacted capture is that of the raw one. Only this module makes a [`Redacted`], and whatever
//! leaves grantscope takes nothing else. What is not known to be harmless is redacted.

mod allowed;
mod body;
mod checked;
mod edit;
mod escape;
mod extent;
mod form;
mod found;
mod headers;
mod json;
mod left_out;
mod multipart;
mod names;
mod page;
mod scan;
mod sweep;
mod url;
mod words;

use std::ops::Deref;

use grantscope_oauth::{Body, Exchange, FingerprintKey, Headers, Request, RequestUrl, Response};
use http::Method;

use edit::applied;
use scan::Scan;
use sweep::Sweep;

/// A value without secrets, or one whose secrets the user asked to keep.
#[derive(Clone, Debug)]
pub struct Redacted<T>(T);

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Redacted<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Takes the secrets out of exchanges.
#[derive(Clone, Debug)]
pub struct Redactor {
    /// `None` where the user asked to keep the secrets.
    key: Option<FingerprintKey>,
}

impl Redactor {
    /// A redactor whose placeholders hold fingerprints of this key.
    pub fn new(key: FingerprintKey) -> Self {
        Self { key: Some(key) }
    }

    /// A redactor that leaves every secret in its place, because the user asked for that.
    pub fn keep_secrets() -> Self {
        Self { key: None }
    }

    /// The exchange without its secrets. One that is redacted already stays as it is.
    pub fn redact(&self, exchange: &Exchange) -> Redacted<Exchange> {
        let Some(key) = &self.key else {
            return Redacted(exchange.clone());
        };
        let (mut redacted, mut may_differ) = without_secrets(exchange, key);
        // A secret that was found elsewhere may have taken a delimiter of what it stood in with it, and what was left out may have
        // stood between two, so that the rest is read otherwise from then on.
        for _ in 0..AGAIN_MAX {
            if !may_differ {
                break;
            }
            (redacted, may_differ) = without_secrets(&redacted, key);
        }
        Redacted(redacted)
    }
}

/// As often an exchange is redacted again at most. What is broken is left out in the end, and has nothing to find.
const AGAIN_MAX: usize = 3;

/// The exchange without its secrets, and whether what is left of it may be read otherwise than before.
fn without_secrets(exchange: &Exchange, key: &FingerprintKey) -> (Exchange, bool) {
    let mut scan = Scan::new(key);
    scan.names_client = names_client(&exchange.request, key);
    let mut request = request_of(&exchange.request, &mut scan);
    // The words of a callback's error may repeat a parameter that comes after them, so that they are read again.
    if scan.has_said {
        request = request_of(&exchange.request, &mut scan);
    }
    let answer = exchange.response.as_ref();
    let response = answer.map(|of| response_of(of, &mut scan));
    let sweep = Sweep::new(&scan.found);
    let redacted = Exchange {
        id: exchange.id,
        started_at: exchange.started_at,
        request: Request {
            method: request.method,
            url: RequestUrl::new(sweep.text(request.url.as_str().to_owned())),
            version: request.version,
            headers: swept_headers(&request.headers, &sweep),
            body: swept_body(request.body, &sweep),
        },
        response: response.map(|response| Response {
            status: response.status,
            version: response.version,
            headers: swept_headers(&response.headers, &sweep),
            body: swept_body(response.body, &sweep),
        }),
        timings: exchange.timings,
        peer: exchange.peer,
    };
    (redacted, sweep.has_replaced() || scan.pieces_left_out > 0)
}

/// What a client presents, one of which is in its requests: the grants and the tokens, or what kind of grant it is.
const PRESENTED: [&str; 5] = [
    "assertion",
    "device_code",
    "grant_type",
    "refresh_token",
    "token",
];

/// Whether a request presents a grant or a token, so that who sends it is an OAuth client.
///
/// A code in a query alone does not tell: it may be on its way to the redirection endpoint, where a person has logged in.
fn names_client(request: &Request, key: &FingerprintKey) -> bool {
    let query = request.url.query().unwrap_or_default();
    let mut names = query
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0));
    request.method == Method::POST
        || names.any(|name| PRESENTED.contains(&name) || name == "code_verifier")
        || presents_in_content(request, key)
}

/// Whether it does so in its content, though by another method than POST. What is found there is not needed yet.
fn presents_in_content(request: &Request, key: &FingerprintKey) -> bool {
    let mut scan = Scan::new(key);
    body::body(&request.body, &request.headers, &mut scan);
    PRESENTED
        .iter()
        .chain(&["code"])
        .any(|name| scan.found.keeps(name))
}

fn request_of(of: &Request, scan: &mut Scan<'_>) -> Request {
    scan.found.keep(of.method.as_str());
    let edits = url::url(of.url.as_str(), scan);
    Request {
        method: of.method.clone(),
        url: RequestUrl::new(applied(of.url.as_str(), &edits)),
        version: of.version,
        headers: headers::headers(&of.headers, scan),
        body: body::body(&of.body, &of.headers, scan),
    }
}

fn response_of(of: &Response, scan: &mut Scan<'_>) -> Response {
    scan.of_error = of.status >= 400 || body::tells_of_error(&of.body);
    Response {
        status: of.status,
        version: of.version,
        headers: headers::headers(&of.headers, scan),
        body: body::body(&of.body, &of.headers, scan),
    }
}

fn swept_headers(of: &Headers, sweep: &Sweep<'_>) -> Headers {
    let field = |(name, value): (&str, &str)| (name.to_owned(), sweep.text(value.to_owned()));
    of.iter().map(field).collect()
}

fn swept_body(of: Body, sweep: &Sweep<'_>) -> Body {
    let swept = std::str::from_utf8(&of.bytes).map(|text| sweep.text(text.to_owned()));
    match swept {
        Ok(text) => Body {
            bytes: text.into(),
            ..of
        },
        Err(_) => of,
    }
}

#[cfg(test)]
mod tests;
