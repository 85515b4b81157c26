//! Metadata of a server behind an address that stands for it: a client that reads them asks the endpoints that they name,
//! and would go past the address.
//!
//! RFC 8414 §3.3 and `OpenID` Connect Discovery 1.0 §4.3 have the client compare `issuer` with what it knows, and signed
//! values hold it: it stays as the server has it, as does whatever else is an identifier and no place. Signed metadata, which
//! would take precedence and lead past the address, are left out (RFC 8414 §2.1: they are optional).

mod text;

#[cfg(feature = "fuzz")]
pub(crate) use text::is_identifier;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::coding::Encoded;
use crate::facade::Names;

/// How long a document may be, in bytes, as it comes and decoded. Those of large servers have some 10 KiB.
pub(crate) const METADATA_BYTES_MAX: usize = 256 * 1024;

/// The well-known URIs of metadata: RFC 8414 §7.3, and `OpenID` Connect Discovery 1.0 §4.
const WELL_KNOWN: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// What is said of the bytes of a content, or of parts of it, and is not true of another.
const OF_BYTES: [HeaderName; 8] = [
    header::ACCEPT_RANGES,
    header::CONTENT_ENCODING,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
];

/// Why a document was left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unchanged {
    /// It is longer than [`METADATA_BYTES_MAX`].
    TooLong,
    /// It has a content coding that cannot be undone.
    Coded,
    /// It is no JSON object.
    NoObject,
    /// It names neither the server as it is configured, nor the client's name for it.
    OtherServer,
}

impl Unchanged {
    /// What is the matter, as the end of a sentence.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "they are longer than 256 KiB",
            Self::Coded => "their content coding cannot be undone",
            Self::NoObject => "they are no JSON object",
            Self::OtherServer => "they name the server by another origin than --reverse does",
        }
    }
}

/// Whether metadata are asked for at a path: with the issuer's path behind (RFC 8414 §3.1), or before.
pub(crate) fn is_at(path: &str) -> bool {
    WELL_KNOWN.iter().any(|well_known| {
        let found = path.split_once(well_known);
        found.is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether an answer to a request for metadata has some.
pub(crate) fn are_in(answer: &Parts) -> bool {
    answer.status == StatusCode::OK
}

/// The document as the client is told it; `None` where that is as it is.
pub(crate) fn retell(
    answer: &Parts,
    content: &[u8],
    names: &Names,
) -> Result<Option<Bytes>, Unchanged> {
    let codings = answer.headers.get_all(header::CONTENT_ENCODING).iter();
    let codings: Vec<&str> = codings.filter_map(|it| it.to_str().ok()).collect();
    let encoded = Encoded {
        bytes: content.to_vec(),
        truncated: false,
        coding: (!codings.is_empty()).then(|| codings.join(", ")),
    };
    let decoded = encoded.decode(METADATA_BYTES_MAX);
    if decoded.coding.is_some() {
        return Err(Unchanged::Coded);
    }
    if decoded.truncated {
        return Err(Unchanged::TooLong);
    }
    let document = std::str::from_utf8(&decoded.bytes).map_err(|_error| Unchanged::NoObject)?;
    let object = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(document);
    object.map_err(|_error| Unchanged::NoObject)?;
    let renamed = text::rename(document, names);
    if !renamed.names_server && !renamed.names_client {
        return Err(Unchanged::OtherServer);
    }
    Ok(renamed.document.map(Bytes::from))
}

/// Makes the header true of another content, which says the same for the client.
pub(crate) fn restate(answer: &mut Parts, content: &Bytes) {
    let headers = &mut answer.headers;
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    leave_out_bytes(headers);
}

/// Leaves out what is true of the server's bytes alone, but for their number.
pub(crate) fn leave_out_bytes(headers: &mut HeaderMap) {
    for name in &OF_BYTES {
        headers.remove(name);
    }
    // RFC 9110 §8.8.1: a weak validator is for what means the same, and the server compares with it by `If-None-Match`.
    if let Some(tag) = headers.get_mut(header::ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
}

#[cfg(test)]
mod tests;
