//! What a reader has learned: the endpoints of servers, and where clients are redirected to.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use crate::endpoints::AuthorizationServerMetadata;

/// The endpoint of an authorization server that a URL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// RFC 6749 §3.1.
    Authorization,
    /// RFC 6749 §3.2.
    Token,
    /// RFC 9126 §2.
    PushedAuthorization,
    /// RFC 7009 §2.
    Revocation,
    /// RFC 7662 §2.
    Introspection,
    /// RFC 8628 §3.1.
    DeviceAuthorization,
    /// OpenID Connect RP-Initiated Logout §2.1.
    EndSession,
}

/// How many endpoints are remembered.
const ENDPOINTS_MAX: usize = 4096;

/// How many redirection URIs are remembered.
const REDIRECT_URIS_MAX: usize = 4096;

/// The memory of a reader. The oldest entry gives way to a new one.
#[derive(Debug, Default)]
pub(super) struct Known {
    endpoints: HashMap<String, EndpointKind>,
    endpoint_order: VecDeque<String>,
    redirect_uris: HashSet<String>,
    redirect_uri_order: VecDeque<String>,
}

impl Known {
    pub(super) fn kind(&self, endpoint: &str) -> Option<EndpointKind> {
        self.endpoints.get(endpoint).copied()
    }

    /// Whether there is an endpoint to be known at all.
    pub(super) fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }

    pub(super) fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.endpoint_order.iter().map(String::as_str)
    }

    pub(super) fn is_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.contains(uri)
    }

    pub(super) fn endpoint(&mut self, endpoint: &str, kind: EndpointKind) {
        let before = self.endpoints.insert(endpoint.to_owned(), kind);
        if before.is_none()
            && let Some(oldest) = oldest(&mut self.endpoint_order, endpoint, ENDPOINTS_MAX)
        {
            self.endpoints.remove(&oldest);
        }
    }

    pub(super) fn redirect_uri(&mut self, uri: &str) {
        if self.redirect_uris.insert(uri.to_owned())
            && let Some(oldest) = oldest(&mut self.redirect_uri_order, uri, REDIRECT_URIS_MAX)
        {
            self.redirect_uris.remove(&oldest);
        }
    }

    pub(super) fn metadata(&mut self, of: &AuthorizationServerMetadata) {
        let named = [
            (&of.authorization_endpoint, EndpointKind::Authorization),
            (&of.token_endpoint, EndpointKind::Token),
            (
                &of.pushed_authorization_request_endpoint,
                EndpointKind::PushedAuthorization,
            ),
            (&of.revocation_endpoint, EndpointKind::Revocation),
            (&of.introspection_endpoint, EndpointKind::Introspection),
            (
                &of.device_authorization_endpoint,
                EndpointKind::DeviceAuthorization,
            ),
            (&of.end_session_endpoint, EndpointKind::EndSession),
        ];
        for (url, kind) in named {
            if let Some(url) = url {
                let end = url.find(['?', '#']).unwrap_or(url.len());
                self.endpoint(&url[..end], kind);
            }
        }
    }
}

/// Puts an entry last, and takes the first where there are too many.
fn oldest<T: ToOwned + Hash + Eq + ?Sized>(
    order: &mut VecDeque<T::Owned>,
    newest: &T,
    max: usize,
) -> Option<T::Owned> {
    order.push_back(newest.to_owned());
    (order.len() > max).then(|| order.pop_front())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_gives_way() {
        let mut known = Known::default();
        for n in 0..=REDIRECT_URIS_MAX {
            known.redirect_uri(&n.to_string());
        }
        assert!(!known.is_redirect_uri("0"));
        assert!(known.is_redirect_uri("1"));
        assert_eq!(known.redirect_uri_order.len(), REDIRECT_URIS_MAX);
    }
}
