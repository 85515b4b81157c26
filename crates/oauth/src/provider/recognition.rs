//! How a server is recognised as one of a product: by its issuer, its host, its headers, its paths or its words.

use super::Provider;
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
    /// Names of response headers, in lower case.
    pub(super) headers: Vec<String>,
    pub(super) issuers: Vec<Pattern>,
    pub(super) error_uris: Vec<Pattern>,
    /// Names of members that no RFC has, in a refusal.
    pub(super) members: Vec<String>,
    pub(super) descriptions: Vec<Pattern>,
}

/// What was seen of a server, by which its provider is recognised.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sighting<'a> {
    /// The URL of an endpoint.
    pub endpoint: &'a str,
    /// The issuer, where metadata, a token or `iss` told it.
    pub issuer: Option<&'a str>,
    /// The names of response headers that are marks, as a [`Reading`](crate::Reading) keeps them.
    pub marks: &'a [String],
    /// A refusal.
    pub error: Option<&'a TokenError>,
}

/// Which product a server is of.
#[derive(Clone, Debug, Default)]
pub enum Recognised<'a> {
    /// Nothing tells.
    #[default]
    Unknown,
    /// It is of this one.
    One(&'a Provider),
    /// It is of one of these: what was seen is a mark of each of them, and nothing tells them apart.
    Several(Vec<&'a Provider>),
}

impl<'a> Recognised<'a> {
    /// The product, where it is clear.
    pub fn one(&self) -> Option<&'a Provider> {
        match self {
            Self::One(provider) => Some(provider),
            Self::Unknown | Self::Several(_) => None,
        }
    }

    /// The products that it may be of.
    pub fn all(&self) -> &[&'a Provider] {
        match self {
            Self::Unknown => &[],
            Self::One(provider) => std::slice::from_ref(provider),
            Self::Several(providers) => providers,
        }
    }
}

/// What tells a provider, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Member,
    Description,
    ErrorUri,
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
    error_uri: Option<Lowered>,
    said: Option<Lowered>,
    members: &'a [&'static str],
    headers: &'a [String],
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
        let error = sighting.error;
        let said = error.and_then(|error| error.description.as_deref());
        let uri = error.and_then(|error| error.uri.as_deref());
        Self {
            place: Place::of(&RequestUrl::new(sighting.endpoint)),
            issuer: sighting.issuer.map(Lowered::new),
            error_uri: uri.map(Lowered::new),
            said: said.map(Lowered::new),
            members: error.map_or(&[], |error| &error.members),
            headers: sighting.marks,
        }
    }
}

fn any(patterns: &[Pattern], text: &Lowered) -> bool {
    patterns.iter().any(|pattern| pattern.is_whole(text))
}

fn any_of(patterns: &[Pattern], text: Option<&Lowered>) -> bool {
    text.is_some_and(|text| any(patterns, text))
}

impl Recognition {
    /// The marks that were seen, the strongest first, so that of two lists the greater one tells more.
    pub(super) fn marks(&self, seen: &Seen<'_>) -> Vec<Mark> {
        let is_member = |name: &String| seen.members.contains(&name.as_str());
        let found = [
            (Mark::Issuer, any_of(&self.issuers, seen.issuer.as_ref())),
            (Mark::Place, any(&self.places, &seen.place.whole)),
            (Mark::Host, any(&self.hosts, &seen.place.host)),
            (
                Mark::Header,
                self.headers.iter().any(|name| seen.headers.contains(name)),
            ),
            (Mark::Path, any(&self.paths, &seen.place.path)),
            (
                Mark::ErrorUri,
                any_of(&self.error_uris, seen.error_uri.as_ref()),
            ),
            (
                Mark::Description,
                any_of(&self.descriptions, seen.said.as_ref()),
            ),
            (Mark::Member, self.members.iter().any(is_member)),
        ];
        found
            .into_iter()
            .filter_map(|(mark, is_seen)| is_seen.then_some(mark))
            .collect()
    }

    /// The names of a response's headers that are marks. Their values are not looked at.
    pub(super) fn headers_in<'a>(
        &'a self,
        headers: &'a Headers,
    ) -> impl Iterator<Item = &'a String> {
        self.headers
            .iter()
            .filter(|name| headers.first(name).is_some())
    }

    pub(super) fn is_at(&self, place: &Place) -> bool {
        any(&self.hosts, &place.host)
            || any(&self.places, &place.whole)
            || any(&self.paths, &place.path)
    }
}
