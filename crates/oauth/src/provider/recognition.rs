//! How a server is recognised as one of a provider: by its issuer, its host, its headers, its paths or its words.

use super::pattern::Pattern;
use crate::exchange::{Headers, RequestUrl};
use crate::token::TokenError;

/// How a provider is recognised.
#[derive(Clone, Debug, Default)]
pub struct Recognition {
    pub(super) hosts: Vec<Pattern>,
    pub(super) paths: Vec<Pattern>,
    pub(super) headers: Vec<String>,
    pub(super) issuers: Vec<Pattern>,
    pub(super) descriptions: Vec<Pattern>,
}

/// What was seen of a server, by which its provider is recognised.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sighting<'a> {
    /// The URL of an endpoint.
    pub endpoint: &'a str,
    /// The issuer, where metadata, a token or `iss` told it.
    pub issuer: Option<&'a str>,
    /// The header fields of a response.
    pub headers: Option<&'a Headers>,
    /// A refusal.
    pub error: Option<&'a TokenError>,
}

/// What tells a provider, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Description,
    Path,
    Header,
    Host,
    Issuer,
}

impl Recognition {
    pub(super) fn strongest(&self, sighting: &Sighting<'_>) -> Option<Mark> {
        let url = RequestUrl::new(sighting.endpoint);
        let whole = |patterns: &[Pattern], text: Option<&str>| {
            text.is_some_and(|text| patterns.iter().any(|pattern| pattern.is_whole(text)))
        };
        let said = sighting
            .error
            .and_then(|error| error.description.as_deref());
        let has_header = sighting.headers.is_some_and(|headers| {
            self.headers
                .iter()
                .any(|name| headers.first(name).is_some())
        });
        let marks = [
            (Mark::Issuer, whole(&self.issuers, sighting.issuer)),
            (Mark::Host, whole(&self.hosts, Some(url.host()))),
            (Mark::Header, has_header),
            (Mark::Path, whole(&self.paths, Some(url.path()))),
            (Mark::Description, whole(&self.descriptions, said)),
        ];
        marks.into_iter().find(|(_, is)| *is).map(|(mark, _)| mark)
    }

    pub(super) fn is_at(&self, host: &str, path: &str) -> bool {
        self.hosts.iter().any(|pattern| pattern.is_whole(host))
            || self.paths.iter().any(|pattern| pattern.is_whole(path))
    }
}
