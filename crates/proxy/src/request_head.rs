//! What the tap is asked by: the head of a request, and where it goes.

use http::Method;
use http::request::Parts;

use crate::target::Target;
use crate::upstream::Origin;

/// The head of a request that goes by. Nothing is copied before somebody asks for it: most requests matter to nobody.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    pub(crate) parts: &'a Parts,
    target: &'a Target,
    origin: &'a Origin,
}

impl<'a> RequestHead<'a> {
    pub(crate) fn new(parts: &'a Parts, target: &'a Target, origin: &'a Origin) -> Self {
        Self {
            parts,
            target,
            origin,
        }
    }

    /// The method (RFC 9110 §9).
    pub fn method(&self) -> &'a Method {
        &self.parts.method
    }

    /// The path and the query (RFC 3986 §3.3), whatever the form of the request target is.
    pub fn path_and_query(&self) -> &'a str {
        let both = self.parts.uri.path_and_query();
        both.map_or("", http::uri::PathAndQuery::as_str)
    }

    /// The first value of a header field, where it is text.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The absolute URL, as the exchange has it. It is put together for this.
    pub fn url(&self) -> String {
        self.target.url(self.parts, self.origin)
    }
}
