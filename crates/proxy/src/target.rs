//! Whom a request is for, by its request target (RFC 9112 §3.2) and by the tunnel that it came through.

use std::sync::Arc;

use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Uri, Version, header};

use crate::facade::{Facade, Names};
use crate::rescue::Problem;
use crate::tls::ALPN_HTTP1;
use crate::upstream::{Origin, Tls};

/// Where the requests of a client connection go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// To the one origin that the client opened a tunnel to.
    Origin(Arc<Origin>),
    /// Where each of them says.
    Absolute,
    /// To the one origin that our address stands for, whatever name the client has for it.
    Reverse(Arc<Facade>),
}

impl Target {
    /// The absolute URL of a request to this origin: as it was sent, but for a client that has another name for it.
    pub(crate) fn url(&self, parts: &Parts, origin: &Origin) -> String {
        match self {
            Self::Origin(_) | Self::Absolute => url(parts, origin),
            Self::Reverse(_) => {
                let path = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
                format!("{}://{}{path}", origin.scheme(), origin.authority())
            }
        }
    }

    /// The two names of the server, where the client has another for it.
    pub(crate) fn names(&self, parts: &Parts) -> Option<Names> {
        match self {
            Self::Reverse(facade) => Some(facade.names(parts)),
            Self::Origin(_) | Self::Absolute => None,
        }
    }

    /// Whom a request goes to.
    pub(crate) fn origin<T>(&self, request: &Request<T>) -> Result<Arc<Origin>, Problem> {
        match self {
            Self::Origin(origin) => Ok(Arc::clone(origin)),
            Self::Reverse(facade) => Ok(Arc::clone(&facade.origin)),
            Self::Absolute => absolute(request.uri()).map(Arc::new),
        }
    }
}

/// The host and port of a CONNECT request.
pub(crate) fn of_connect(uri: &Uri) -> Result<(String, u16), Problem> {
    let authority = uri.authority().filter(|_| uri.path_and_query().is_none());
    authority
        .and_then(|authority| Some((host(authority)?, authority.port_u16()?)))
        .ok_or_else(|| Problem::target("host:port"))
}

/// Makes of a client's request what the server is to be sent. Within a tunnel that is nearly nothing.
pub(crate) fn rewrite(parts: &mut Parts, target: &Target, is_http1: bool) {
    if !is_http1 {
        return;
    }
    parts.version = Version::HTTP_11;
    match target {
        Target::Origin(origin) => {
            if !parts.headers.contains_key(header::HOST) {
                set_host(parts, &origin.host_and_port());
            }
        }
        Target::Reverse(facade) => {
            set_host(parts, &facade.origin.authority());
            parts.uri = origin_form(&parts.uri);
        }
        Target::Absolute => {
            let authority = parts.uri.authority().map(without_user_info);
            // RFC 9112 §3.2.2: a proxy "MUST replace the received Host field-value" by the target's.
            set_host(parts, &authority.unwrap_or_default());
            parts.uri = origin_form(&parts.uri);
        }
    }
}

fn url(parts: &Parts, origin: &Origin) -> String {
    if parts.uri.scheme().is_some() {
        return parts.uri.to_string();
    }
    let scheme = origin.scheme();
    let host = parts.headers.get(header::HOST);
    let path = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    match host.and_then(|host| host.to_str().ok()) {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => format!("{scheme}://{}{path}", origin.host_and_port()),
    }
}

/// The origin that an absolute URL names.
pub(crate) fn absolute(uri: &Uri) -> Result<Origin, Problem> {
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(Problem::target("an absolute URL"));
    };
    let (default_port, is_tls) = match scheme {
        scheme if *scheme == Scheme::HTTP => (80, false),
        scheme if *scheme == Scheme::HTTPS => (443, true),
        _ => return Err(Problem::target("an http:// or https:// URL")),
    };
    let host = host(authority).ok_or_else(|| Problem::target("a URL with a host"))?;
    let tls = is_tls.then(|| Tls {
        name: host.clone(),
        protocols: vec![ALPN_HTTP1.to_vec()],
    });
    let port =
        port(authority, default_port).ok_or_else(|| Problem::target("a port up to 65535"))?;
    Ok(Origin { host, port, tls })
}

/// Without the brackets of an IPv6 address. `None` where only user information and a port are there (RFC 3986 §3.2).
fn host(authority: &Authority) -> Option<String> {
    let host = authority.host();
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let host = inner.unwrap_or(host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// The port, or the usual one where none is written (RFC 3986 §3.2.3); `None` for one that is no port.
fn port(authority: &Authority, usual: u16) -> Option<u16> {
    let both = without_user_info(authority);
    let rest = both.strip_prefix(authority.host())?;
    match rest {
        "" | ":" => Some(usual),
        _ => rest.strip_prefix(':')?.parse().ok(),
    }
}

fn without_user_info(authority: &Authority) -> String {
    let text = authority.as_str();
    text.rsplit_once('@')
        .map_or(text, |(_, host)| host)
        .to_owned()
}

fn set_host(parts: &mut Parts, host: &str) {
    let current = parts.headers.get(header::HOST);
    if current.is_some_and(|current| current.as_bytes() == host.as_bytes()) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(host) {
        parts.headers.insert(header::HOST, value);
    }
}

fn origin_form(uri: &Uri) -> Uri {
    let path = uri.path_and_query().cloned();
    Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, host: Option<&str>) -> Request<()> {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn an_absolute_url_is_kept_for_the_tap_and_shortened_for_the_server() {
        let request = request("https://u@idp.test:8443/t?a=%41", Some("other.test"));
        let origin = Target::Absolute.origin(&request).unwrap();
        assert_eq!((origin.host.as_str(), origin.port), ("idp.test", 8443));
        assert_eq!(origin.tls.as_ref().unwrap().name, "idp.test");
        let (mut parts, ()) = request.into_parts();
        assert_eq!(url(&parts, &origin), "https://u@idp.test:8443/t?a=%41");
        rewrite(&mut parts, &Target::Absolute, true);
        assert_eq!(parts.uri, "/t?a=%41");
        assert_eq!(parts.headers["host"], "idp.test:8443");
    }

    #[test]
    fn other_schemes_and_targets_are_refused() {
        let refused = |uri| Target::Absolute.origin(&request(uri, None)).is_err();
        assert!(refused("ftp://a/b"));
        assert!(refused("/b"));
        assert!(of_connect(&"idp.test".parse().unwrap()).is_err());
        assert!(of_connect(&"a@:1".parse().unwrap()).is_err());
        assert!(refused("http://a@:1/b"));
        assert!(refused("http://idp.test:65536/"));
        let port_of = |uri: &str| absolute(&uri.parse().unwrap()).unwrap().port;
        assert_eq!(port_of("https://u:p@[::1]:8443/b"), 8443);
        assert_eq!(
            (port_of("https://[::1]/b"), port_of("http://a:/b")),
            (443, 80)
        );
        let ipv6 = of_connect(&"[::1]:443".parse().unwrap()).unwrap();
        assert_eq!(ipv6, ("::1".to_owned(), 443));
    }

    #[test]
    fn a_tunnelled_request_takes_its_url_from_the_tunnel() {
        let origin = Origin {
            host: "::1".to_owned(),
            port: 8443,
            tls: None,
        };
        let url_of = |host| url(&request("/a?b", host).into_parts().0, &origin);
        assert_eq!(url_of(None), "http://[::1]:8443/a?b");
        assert_eq!(url_of(Some("IdP.test")), "http://IdP.test/a?b");
    }
}
