//! Header fields that belong to one connection and are not passed on (RFC 9110 §7.6.1). All others stay as they are.

use http::{HeaderMap, HeaderName, HeaderValue, header};

const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// What of a header concerns more than the message itself. Found in one pass, since nearly all headers have none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// A field that is not passed on.
    is_hop_by_hop: bool,
    /// `Upgrade`.
    upgrades: bool,
    /// A field that tells who the client is, or asks it.
    authenticates: bool,
    /// The bytes that the fields take in HTTP/1.1.
    pub(crate) bytes: usize,
}

impl Marks {
    pub(crate) fn of(headers: &HeaderMap, http1: bool) -> Self {
        let mut marks = Self::default();
        for (name, value) in headers {
            marks.bytes += name.as_str().len() + value.len() + 4;
            match *name {
                header::UPGRADE => marks.upgrades = true,
                header::AUTHORIZATION | header::WWW_AUTHENTICATE => marks.authenticates = true,
                _ => marks.is_hop_by_hop |= is_hop_by_hop(name, http1),
            }
        }
        marks
    }

    /// Whether the message asks for an upgrade, or agrees to one.
    pub(crate) fn is_upgrade(self, headers: &HeaderMap) -> bool {
        self.upgrades && is_upgrade(headers)
    }

    /// Whether the message authenticates its connection and not only itself, as NTLM and Negotiate do (RFC 4559 §6).
    pub(crate) fn is_personal(self, headers: &HeaderMap) -> bool {
        self.authenticates && authenticates_connection(headers)
    }

    /// Leaves out what concerns the connection, of a request or of a response.
    ///
    /// An upgrade (RFC 9110 §7.8) is between the client and the server, so its two fields are passed on.
    pub(crate) fn strip(self, headers: &mut HeaderMap, http1: bool) {
        if self.is_hop_by_hop || self.upgrades {
            strip(headers, http1);
        }
    }
}

fn strip(headers: &mut HeaderMap, http1: bool) {
    let options = connection_options(headers);
    let upgrade = is_upgrade(headers);
    let drops = |name: &HeaderName| match *name {
        header::UPGRADE => !upgrade,
        // An option that names the host is a mistake, and no request works without it.
        header::HOST => false,
        _ => is_hop_by_hop(name, http1) || options.contains(name),
    };
    // `HeaderMap::remove` moves the last field into the gap, and the order shall stay.
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut name = None;
    for (next, value) in headers.drain() {
        name = next.or(name);
        match &name {
            Some(name) if !drops(name) => {
                kept.append(name, value);
            }
            Some(name) if upgrade && *name == header::CONNECTION => {
                kept.insert(name, HeaderValue::from_static("Upgrade"));
            }
            _ => {}
        }
    }
    *headers = kept;
}

/// Java's client asks for `h2c` with each request in the clear. That is not passed on: the server might agree, and
/// the traffic could not be read any more.
fn is_upgrade(headers: &HeaderMap) -> bool {
    let Some(protocol) = headers.get(header::UPGRADE) else {
        return false;
    };
    !protocol.as_bytes().eq_ignore_ascii_case(b"h2c")
        && connection_options(headers).contains(&header::UPGRADE)
}

fn authenticates_connection(headers: &HeaderMap) -> bool {
    [header::AUTHORIZATION, header::WWW_AUTHENTICATE]
        .into_iter()
        .flat_map(|name| headers.get_all(name))
        .any(|value| {
            let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
            let scheme = scheme.unwrap_or_default();
            scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
        })
}

fn connection_options(headers: &HeaderMap) -> Vec<HeaderName> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|option| option.trim().parse().ok())
        .collect()
}

/// `Transfer-Encoding` is left to hyper, which frames the content anew. `TE` is meaningful in HTTP/2 as
/// `trailers` (RFC 9113 §8.2.2), which gRPC insists on. `Alt-Svc` would lead clients past the proxy.
fn is_hop_by_hop(name: &HeaderName, http1: bool) -> bool {
    *name == header::CONNECTION
        || *name == KEEP_ALIVE
        || *name == PROXY_CONNECTION
        || *name == header::PROXY_AUTHORIZATION
        || *name == header::ALT_SVC
        || http1 && *name == header::TE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        Marks::of(&headers, true).strip(&mut headers, true);
        let fields = headers.iter();
        fields
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let fields = fields.iter();
        fields
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn fields_of_the_connection_are_dropped_and_the_order_of_the_others_stays() {
        let fields = stripped(&[
            ("host", "a"),
            ("connection", "keep-alive, X-Secret-Hop, Host"),
            ("x-one", "1"),
            ("x-secret-hop", "s"),
            ("x-two", "2"),
            ("proxy-authorization", "Basic eA=="),
            ("x-one", "3"),
            ("authorization", "Basic eA=="),
            ("upgrade", "h2c"),
        ]);
        let expected = [
            ("host", "a"),
            ("x-one", "1"),
            ("x-one", "3"),
            ("x-two", "2"),
            ("authorization", "Basic eA=="),
        ];
        assert_eq!(fields, owned(&expected));
    }

    #[test]
    fn an_upgrade_to_http2_is_not_passed_on() {
        let fields = stripped(&[
            ("host", "a"),
            ("connection", "Upgrade, HTTP2-Settings"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAEAAEAA"),
        ]);
        assert_eq!(fields, owned(&[("host", "a")]));
    }

    #[test]
    fn who_authenticates_a_connection_is_told_from_who_authenticates_a_request() {
        let is_personal = |name: &str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.append("accept", HeaderValue::from_static("*/*"));
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            Marks::of(&headers, true).is_personal(&headers)
        };
        assert!(is_personal("www-authenticate", "NTLM"));
        assert!(is_personal("authorization", "negotiate YII="));
        assert!(!is_personal("authorization", "Basic eA=="));
        assert!(!is_personal("x-authorization", "NTLM"));
    }

    #[test]
    fn an_upgrade_is_passed_on() {
        let fields = stripped(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("alt-svc", "h3"),
        ]);
        let expected = [("connection", "Upgrade"), ("upgrade", "websocket")];
        assert_eq!(fields, owned(&expected));
    }
}
