//! The providers that are known: those that come with grantscope, and those that a user adds.

use std::sync::{Arc, LazyLock};

use super::file::{self, ProviderError};
use super::recognition::{Place, Seen};
use super::{Provider, Sighting, Statement};
use crate::exchange::RequestUrl;
use crate::reader::EndpointKind;
use crate::token::TokenError;

/// The files of `config/providers`, by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// The provider whose statements hold for every server: they are those of the RFCs.
const GENERIC: &str = "generic";

/// The providers that are known.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    all: Vec<Arc<Provider>>,
}

impl Providers {
    /// No provider at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The providers that come with grantscope. Their files are parsed once.
    pub fn embedded() -> Self {
        static EMBEDDED: LazyLock<Providers> = LazyLock::new(|| {
            let parsed = FILES.iter().map(|(name, text)| file::parse(name, text));
            // A test parses each of them, so that none is left out here.
            Providers {
                all: parsed.filter_map(Result::ok).map(Arc::new).collect(),
            }
        });
        EMBEDDED.clone()
    }

    /// Reads the text of a provider file; its name is that of the file without the extension.
    pub fn parse_file(name: &str, text: &str) -> Result<Provider, ProviderError> {
        file::parse(name, text)
    }

    /// The names and texts of the files that come with grantscope.
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        FILES
    }

    /// These providers and another, which takes the place of one with the same id.
    #[must_use]
    pub fn with(mut self, provider: Provider) -> Self {
        self.all.retain(|known| known.id != provider.id);
        self.all.push(Arc::new(provider));
        self
    }

    /// All providers, except for the generic one.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        let specific = |provider: &&Provider| provider.id.0 != GENERIC;
        self.all.iter().map(Arc::as_ref).filter(specific)
    }

    /// The provider of this id.
    pub fn by_id(&self, id: &str) -> Option<&Provider> {
        let mut all = self.all.iter().map(Arc::as_ref);
        all.find(|provider| provider.id.0 == id)
    }

    /// The provider whose statements hold for every server.
    pub fn generic(&self) -> Option<&Provider> {
        self.by_id(GENERIC)
    }

    /// The provider that a server is of, by the strongest of its marks.
    pub fn recognise(&self, sighting: &Sighting<'_>) -> Option<&Provider> {
        let seen = Seen::of(sighting);
        let marked = self.iter().filter_map(|provider| {
            let mark = provider.recognition.strongest(&seen)?;
            Some((mark, provider))
        });
        marked
            // Of several that are equally strong the first counts.
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, provider)| provider)
    }

    /// What a refusal states: by its provider first, where it is known, then by what holds for every server.
    pub fn statements<'a>(
        &'a self,
        provider: Option<&'a Provider>,
        error: &'a TokenError,
        grant_type: &'a str,
    ) -> impl Iterator<Item = &'a Statement> {
        let both = provider.into_iter().chain(self.generic());
        both.flat_map(move |provider| provider.statements(error, grant_type))
    }

    /// The endpoint that a URL is, where a provider file tells.
    pub fn endpoint(&self, url: &RequestUrl) -> Option<EndpointKind> {
        let place = Place::of(url);
        self.iter()
            .filter(|provider| provider.recognition.is_at(&place))
            .find_map(|provider| provider.endpoints.kind(place.path()))
    }
}
