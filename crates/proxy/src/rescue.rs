//! The proxy's own answers. All of them are made here and say that grantscope speaks, and not the server.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use crate::upstream_error::UpstreamError;

const CONTENT_TYPE: &str = "application/problem+json";
const VIA: &str = "1.1 grantscope";

/// What the proxy says in place of the server, as a problem (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) id: &'static str,
    detail: String,
    advice: &'static str,
}

impl Problem {
    /// The client's first bytes are no request that a proxy can understand.
    pub(crate) fn malformed() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-malformed",
            detail: "the first line is not a request of HTTP/1.1".to_owned(),
            advice: "Use http://HOST:PORT as the URL of the proxy, and HTTP/1.1 to speak to it.",
        }
    }

    /// The client is on another machine, and was not allowed.
    pub(crate) fn stranger() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            id: "client-not-allowed",
            detail: "the client is on a machine that may not use this proxy".to_owned(),
            advice: "Start grantscope with --allow-remote and the address of that machine, or its network; or with a token that it presents.",
        }
    }

    /// The client is on another machine, and has to show that it may use the proxy.
    fn unauthenticated() -> Self {
        Self {
            status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            id: "client-not-authenticated",
            detail: "the client is on another machine and did not present the token of this proxy"
                .to_owned(),
            advice: "Write the token into the URL of the proxy, as the password: http://grantscope:TOKEN@HOST:PORT.",
        }
    }

    /// The client speaks TLS to the proxy itself.
    pub(crate) fn tls_to_proxy() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-tls",
            detail: "the client speaks TLS to the proxy, which speaks cleartext HTTP".to_owned(),
            advice: "Write http:// and not https:// in the URL of the proxy, also in HTTPS_PROXY.",
        }
    }

    /// The client speaks TLS at an address where cleartext alone is spoken.
    pub(crate) fn tls_to_clear() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-tls",
            detail: "the client speaks TLS at an address that --reverse keeps to cleartext"
                .to_owned(),
            advice: "Write http:// in the client's URL, or leave http:// out before the address in --reverse.",
        }
    }

    /// The client speaks in the clear at an address where TLS alone is spoken.
    pub(crate) fn clear_to_tls() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-clear",
            detail: "the client speaks in the clear at an address that --reverse keeps to TLS"
                .to_owned(),
            advice: "Write https:// in the client's URL, or leave https:// out before the address in --reverse.",
        }
    }

    /// The request line is fine and what it asks for is not.
    pub(crate) fn target(target_form: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-target",
            detail: format!("the request target is not {target_form}"),
            advice: "Send CONNECT host:port, or an absolute http:// or https:// URL.",
        }
    }

    /// The first line is fine and the header behind it is not: it would not be clear where the message ends.
    pub(crate) fn malformed_header() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-malformed",
            detail: "the header of the request is not valid HTTP/1.1".to_owned(),
            advice: "Look for a field without a colon, a line that continues the one before, and lengths that contradict each other.",
        }
    }

    /// The content of a request is not framed as its header says.
    pub(crate) fn malformed_content() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-malformed",
            detail: "the content of the request breaks off, or its chunks are not valid".to_owned(),
            advice: "Look at what Content-Length or the sizes of the chunks say, and what is sent.",
        }
    }

    /// The request line is longer than any server accepts.
    pub(crate) fn target_too_long() -> Self {
        Self {
            status: StatusCode::URI_TOO_LONG,
            id: "request-target-too-long",
            detail: "the request target is longer than 65534 bytes".to_owned(),
            advice: "Send what is that long as content, by POST.",
        }
    }

    /// The header has more fields, or more bytes, than is read.
    pub(crate) fn too_many_fields() -> Self {
        Self {
            status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            id: "request-header-too-large",
            detail: "the header has more than 100 fields, or more than 2 MiB".to_owned(),
            advice: "Look for cookies or tokens that grow with each request.",
        }
    }

    /// The header does not come to its end.
    pub(crate) fn header_timeout(after: Duration) -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            id: "request-timeout",
            detail: format!("the header of the request was not complete after {after:?}"),
            advice: "Send the whole header at once, with the empty line that ends it.",
        }
    }

    /// The header is longer than any server accepts.
    pub(crate) fn header_too_large(bytes: usize, bytes_max: usize) -> Self {
        Self {
            status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            id: "request-header-too-large",
            detail: format!("the header has {bytes} bytes, and grantscope passes on {bytes_max}"),
            advice: "Look for cookies or tokens that grow with each request.",
        }
    }

    /// A request that cannot be passed on within a tunnel.
    pub(crate) fn nested_connect() -> Self {
        Self {
            status: StatusCode::NOT_IMPLEMENTED,
            id: "request-nested-connect",
            detail: "CONNECT was sent within a tunnel".to_owned(),
            advice: "Name this host with --passthrough to have its bytes passed on unread.",
        }
    }

    /// What a CONNECT is sent with would be a content to one reader, and the beginning of the tunnel to another (RFC 9110
    /// §9.3.6).
    pub(crate) fn connect_with_content() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "request-malformed",
            detail: "a CONNECT has no content, and this one announces some".to_owned(),
            advice: "Leave Content-Length and Transfer-Encoding out of the CONNECT.",
        }
    }

    /// The answer in full.
    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::VIA, HeaderValue::from_static(VIA));
        headers.insert("x-grantscope-error", HeaderValue::from_static(self.id));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// The answer as bytes of HTTP/1.1, for a client whose request no HTTP library would read.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = self.body();
        format!(
            "HTTP/1.1 {status}\r\nvia: {VIA}\r\nx-grantscope-error: {id}\r\ncontent-type: {CONTENT_TYPE}\r\n\
             cache-control: no-store\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}",
            status = self.status,
            id = self.id,
            length = body.len(),
        )
        .into_bytes()
    }

    fn body(&self) -> String {
        let body = serde_json::json!({
            "type": format!("urn:grantscope:{}", self.id),
            "title": "grantscope answered in place of the server",
            "status": self.status.as_u16(),
            "detail": self.detail,
            "advice": self.advice,
            "answered_by": "grantscope",
        });
        format!("{body:#}\n")
    }
}

impl From<&UpstreamError> for Problem {
    fn from(error: &UpstreamError) -> Self {
        Self {
            status: error.status(),
            id: error.id(),
            detail: error.describe(),
            advice: error.advice(),
        }
    }
}

/// Asks a client on another machine for the token (RFC 9110 §15.5.8).
pub(crate) fn who_asks() -> Response<Full<Bytes>> {
    let mut response = Problem::unauthenticated().response();
    for challenge in ["Basic realm=\"grantscope\"", "Bearer realm=\"grantscope\""] {
        let challenge = HeaderValue::from_static(challenge);
        response
            .headers_mut()
            .append(header::PROXY_AUTHENTICATE, challenge);
    }
    response
}

/// What a browser sees that opens the proxy's own address.
pub(crate) fn help(address: std::net::SocketAddr) -> Response<Full<Bytes>> {
    let text = format!(
        "This is grantscope, an HTTP proxy that tells why OAuth grants are refused.\n\n\
         Set HTTPS_PROXY and HTTP_PROXY to http://{address}, let the client trust the certificate at\n\
         http://{address}/ca.pem, and run it; or put `grantscope run --` before the command.\n"
    );
    own(text, "text/plain; charset=utf-8")
}

/// The certificate to trust.
pub(crate) fn certificate(pem: &str) -> Response<Full<Bytes>> {
    own(pem.to_owned(), "application/x-pem-file")
}

fn own(text: String, content_type: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    let headers = response.headers_mut();
    headers.insert(header::VIA, HeaderValue::from_static(VIA));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_bytes_bears_the_marks() {
        let text = String::from_utf8(Problem::malformed().bytes()).unwrap();
        assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\nvia: 1.1 grantscope\r\n"));
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("x-grantscope-error: request-malformed"));
        assert!(head.contains(&format!("content-length: {}", body.len())));
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["answered_by"], "grantscope");
        assert_eq!(problem["status"], 400);
    }
}
