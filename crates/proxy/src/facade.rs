//! What has to be said differently to a client that takes our address for the server's: the server's name in the fields
//! that a client or server compares with its own. `redirect_uri` is none of them: it is part of what is diagnosed.

use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::metadata;
use crate::upstream::Origin;

/// An address that stands for a server, as one client has it.
#[derive(Clone, Debug)]
pub(crate) struct Facade {
    pub(crate) origin: Arc<Origin>,
    /// Where the client is connected to.
    pub(crate) address: SocketAddr,
    /// Whether the client speaks TLS.
    pub(crate) is_tls: bool,
}

/// The two names of the server in one exchange.
#[derive(Debug)]
pub(crate) struct Names {
    /// The origin that the client asked: scheme and authority (RFC 6454 §6.2).
    client: String,
    client_host: String,
    /// The server's own, also with its port where that is the one of the scheme.
    server: [String; 2],
    /// Whether the client speaks in the clear to a server that speaks TLS.
    loses_tls: bool,
    asks: Asks,
}

/// What a client asks for, where it is metadata of the server, which name it in their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Other,
    Metadata,
    /// What would be said of them, by `HEAD`.
    HeadOfMetadata,
}

impl Asks {
    fn of(request: &Parts) -> Self {
        if !metadata::is_at(request.uri.path()) {
            return Self::Other;
        }
        match request.method {
            Method::GET => Self::Metadata,
            Method::HEAD => Self::HeadOfMetadata,
            _ => Self::Other,
        }
    }
}

/// Fields of a response that may name the server.
const NAMING: [HeaderName; 3] = [
    header::LOCATION,
    header::CONTENT_LOCATION,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
];

impl Facade {
    /// The names in an exchange that begins with this request.
    pub(crate) fn names(&self, parts: &Parts) -> Names {
        let host = parts.headers.get(header::HOST);
        let asked = parts.uri.authority().map(Authority::as_str);
        let asked = asked.or_else(|| host?.to_str().ok());
        let asked = asked.map_or_else(|| self.address.to_string(), str::to_owned);
        let scheme = if self.is_tls { "https" } else { "http" };
        let own = self.origin.scheme();
        Names {
            client: format!("{scheme}://{asked}"),
            client_host: host_of(&asked),
            server: [self.origin.authority(), self.origin.host_and_port()]
                .map(|authority| format!("{own}://{authority}")),
            loses_tls: !self.is_tls && self.origin.tls.is_some(),
            asks: Asks::of(parts),
        }
    }
}

impl Names {
    /// Names the server by its own name in the fields of a request by which it is protected against forgery. Metadata are
    /// asked for whole: a range is one of the server's bytes, and not of those that the client gets.
    pub(crate) fn tell_server(&self, headers: &mut HeaderMap) {
        if self.asks != Asks::Other {
            headers.remove(header::RANGE);
            headers.remove(header::IF_RANGE);
        }
        for (name, value) in headers.iter_mut() {
            if *name == header::ORIGIN || *name == header::REFERER {
                replace(value, |text| self.for_server(text));
            }
        }
    }

    /// Names the server by the client's name for it, and lets the client keep the server's cookies.
    pub(crate) fn tell_client(&self, status: StatusCode, headers: &mut HeaderMap) {
        if self.asks == Asks::HeadOfMetadata && status == StatusCode::OK {
            headers.remove(header::CONTENT_LENGTH);
            metadata::leave_out_bytes(headers);
        }
        for (name, value) in headers.iter_mut() {
            if NAMING.contains(name) {
                replace(value, |text| self.for_client(text));
            } else if *name == header::SET_COOKIE {
                replace(value, |text| self.cookie(text));
            } else if *name == header::STRICT_TRANSPORT_SECURITY {
                // RFC 6797 §6.1.1: forgotten at once. Kept for `localhost`, it would break every other server there.
                *value = HeaderValue::from_static("max-age=0");
            }
        }
    }

    /// Whether the client asks for metadata of the server, which name it in their content.
    pub(crate) fn asks_metadata(&self) -> bool {
        self.asks == Asks::Metadata
    }

    /// The origin that the client takes for the server's.
    pub(crate) fn client_origin(&self) -> &str {
        &self.client
    }

    /// Whether a URL is at the origin that the client takes for the server's.
    pub(crate) fn is_of_client(&self, url: &str) -> bool {
        path_below(url, &self.client).is_some()
    }

    /// How much of a URL is the server's origin; `None` where it is not of the server.
    pub(crate) fn server_origin_len(&self, url: &str) -> Option<usize> {
        let is_own = |server: &&String| path_below(url, server).is_some();
        self.server.iter().find(is_own).map(String::len)
    }

    fn for_client(&self, url: &str) -> Option<String> {
        if is_authorization_response(url) {
            return None;
        }
        let origin_len = self.server_origin_len(url)?;
        Some(format!("{}{}", self.client, &url[origin_len..]))
    }

    fn for_server(&self, url: &str) -> Option<String> {
        let path = path_below(url, &self.client)?;
        Some(format!("{}{path}", self.server[0]))
    }

    /// A cookie without the attributes for which the client would not take it (RFC 6265 §5.3), if it has such.
    fn cookie(&self, cookie: &str) -> Option<String> {
        let mut parts = cookie.split(';');
        let pair = parts.next()?;
        // The prefixes promise the attribute (draft-ietf-httpbis-rfc6265bis §4.1.3).
        let is_prefixed = pair.trim_start().starts_with("__");
        let drops_secure = self.loses_tls && !is_prefixed;
        let drops = |attribute: &str| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            match name.as_str() {
                "domain" => !self.is_below(value),
                "secure" => drops_secure,
                // Taken with `Secure` alone.
                "samesite" => drops_secure && value.eq_ignore_ascii_case("none"),
                _ => false,
            }
        };
        let kept: Vec<&str> = parts.filter(|attribute| !drops(attribute)).collect();
        let changed = std::iter::once(pair).chain(kept).collect::<Vec<_>>();
        let changed = changed.join(";");
        (changed != cookie).then_some(changed)
    }

    /// Whether the client's name for the server is this domain, or below it.
    fn is_below(&self, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        let before = self.client_host.strip_suffix(domain.as_str());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }
}

/// An authorization response goes to the redirect URI, which stays as the client wrote it (RFC 6749 §4.1.2).
fn is_authorization_response(url: &str) -> bool {
    let parameters = url.split(['?', '#']).skip(1).flat_map(|it| it.split('&'));
    let names: Vec<&str> = parameters
        .map(|it| it.split_once('=').map_or(it, |(name, _)| name))
        .collect();
    let has = |name| names.contains(&name);
    ["code", "access_token", "id_token", "response"]
        .into_iter()
        .any(has)
        || has("error") && has("state")
}

/// What follows the origin in a URL of it; `None` where the URL is of another.
fn path_below<'a>(url: &'a str, origin: &str) -> Option<&'a str> {
    let (beginning, rest) = url.split_at_checked(origin.len())?;
    let is_whole = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    (is_whole && beginning.eq_ignore_ascii_case(origin)).then_some(rest)
}

fn replace(value: &mut HeaderValue, by: impl FnOnce(&str) -> Option<String>) {
    let replaced = value.to_str().ok().and_then(by);
    if let Some(Ok(replaced)) = replaced.map(HeaderValue::try_from) {
        *value = replaced;
    }
}

/// The host of an authority, in lower case and without brackets.
fn host_of(authority: &str) -> String {
    let parsed = authority.parse::<Authority>();
    let host = parsed.as_ref().map_or(authority, Authority::host);
    host.trim_matches(['[', ']']).to_ascii_lowercase()
}

/// The names where a client asks `host` by TLS, which stands for a server that speaks TLS at its usual port.
#[cfg(test)]
pub(crate) fn named(server: &str, host: &str) -> Names {
    tests::names_of(server, host, true)
}

#[cfg(test)]
mod tests;
