//! How a server is recognised as one of a provider: by its issuer, its host, its headers, its paths or its words.

use super::pattern::{Lowered, Pattern};
use crate::exchange::{Headers, RequestUrl};
use crate::token::TokenError;

/// How a provider is recognised.
#[derive(Clone, Debug, Default)]
pub struct Recognition {
    pub(super) hosts: Vec<Pattern>,
    /// Hosts with a path behind them, for a product that shares its host with another.
    pub(super) places: Vec<Pattern>,
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
    Place,
    Issuer,
}

/// A sighting as it is compared with the marks of all providers.
pub(super) struct Seen<'a> {
    place: Place,
    issuer: Option<Lowered>,
    said: Option<Lowered>,
    headers: Option<&'a Headers>,
}

/// Where a server is.
pub(super) struct Place {
    host: Lowered,
    path: Lowered,
    whole: Lowered,
}

impl Place {
    pub(super) fn of(url: &RequestUrl) -> Self {
        Self {
            host: Lowered::new(url.host()),
            path: Lowered::new(url.path()),
            whole: Lowered::new(&format!("{}{}", url.host(), url.path())),
        }
    }

    pub(super) fn path(&self) -> &Lowered {
        &self.path
    }
}

impl<'a> Seen<'a> {
    pub(super) fn of(sighting: &Sighting<'a>) -> Self {
        let description = sighting
            .error
            .and_then(|error| error.description.as_deref());
        Self {
            place: Place::of(&RequestUrl::new(sighting.endpoint)),
            issuer: sighting.issuer.map(Lowered::new),
            said: description.map(Lowered::new),
            headers: sighting.headers,
        }
    }
}

impl Recognition {
    pub(super) fn strongest(&self, seen: &Seen<'_>) -> Option<Mark> {
        let any = |patterns: &[Pattern], text: &Lowered| {
            patterns.iter().any(|pattern| pattern.is_whole(text))
        };
        let has_header = |headers: &Headers| {
            self.headers
                .iter()
                .any(|name| headers.first(name).is_some())
        };
        if seen
            .issuer
            .as_ref()
            .is_some_and(|it| any(&self.issuers, it))
        {
            Some(Mark::Issuer)
        } else if any(&self.places, &seen.place.whole) {
            Some(Mark::Place)
        } else if any(&self.hosts, &seen.place.host) {
            Some(Mark::Host)
        } else if seen.headers.is_some_and(has_header) {
            Some(Mark::Header)
        } else if any(&self.paths, &seen.place.path) {
            Some(Mark::Path)
        } else if seen
            .said
            .as_ref()
            .is_some_and(|it| any(&self.descriptions, it))
        {
            Some(Mark::Description)
        } else {
            None
        }
    }

    pub(super) fn is_at(&self, place: &Place) -> bool {
        let any = |patterns: &[Pattern], text: &Lowered| {
            patterns.iter().any(|pattern| pattern.is_whole(text))
        };
        any(&self.hosts, &place.host)
            || any(&self.places, &place.whole)
            || any(&self.paths, &place.path)
    }
}
