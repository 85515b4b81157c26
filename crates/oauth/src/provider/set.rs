//! The providers that are known: those that come with grantscope, and those that a user adds.

use std::sync::{Arc, LazyLock};

use super::ends::Ends;
use super::file::{self, ProviderError};
use super::pattern::Lowered;
use super::recognition::{Mark, Place, Recognised, Seen};
use super::{Provider, Sighting, Statement};
use crate::exchange::{Headers, RequestUrl};
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
    /// So many at the end were added by the user.
    added: usize,
    ends: Ends,
}

impl Providers {
    /// No provider at all.
    pub fn none() -> Self {
        Self::default()
    }

    fn of(all: Vec<Arc<Provider>>, added: usize) -> Self {
        Self {
            ends: Ends::of(all.iter().map(|provider| provider.endpoints.paths())),
            all,
            added,
        }
    }

    /// The providers that come with grantscope. Their files are parsed once.
    pub fn embedded() -> Self {
        static EMBEDDED: LazyLock<Providers> = LazyLock::new(|| {
            let parsed = FILES.iter().map(|(name, text)| file::parse(name, text));
            // A test parses each of them, so that none is left out here.
            Providers::of(parsed.filter_map(Result::ok).map(Arc::new).collect(), 0)
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
    ///
    /// Where its marks are also those of a provider that comes with grantscope, it is the one that is recognised.
    #[must_use]
    pub fn with(mut self, provider: Provider) -> Self {
        let own = self.all.len() - self.added;
        let is_other = |known: &Arc<Provider>| known.id != provider.id;
        let replaced = self.all[own..].iter().filter(|it| !is_other(it)).count();
        let added = self.added + 1 - replaced;
        self.all.retain(is_other);
        self.all.push(Arc::new(provider));
        Self::of(self.all, added)
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

    /// The product that a server is of: the one whose strongest mark is stronger than that of all others. Of those that are
    /// equal in it the next mark decides, and then whether the user added one.
    pub fn recognise(&self, sighting: &Sighting<'_>) -> Recognised<'_> {
        let seen = Seen::of(sighting);
        let marks = |provider: &Arc<Provider>| provider.recognition.marks(&seen);
        let marked: Vec<(Vec<Mark>, bool, &Provider)> = self
            .all
            .iter()
            .enumerate()
            .map(|(at, provider)| (marks(provider), self.is_added(at), provider.as_ref()))
            .filter(|(marks, ..)| !marks.is_empty())
            .collect();
        let strongest = marked.iter().map(|(marks, added, _)| (marks, added)).max();
        let best: Vec<_> = marked
            .iter()
            .filter(|(marks, added, _)| Some((marks, added)) == strongest)
            .map(|(.., provider)| *provider)
            .collect();
        match best.as_slice() {
            [] => Recognised::Unknown,
            [one] => Recognised::One(one),
            _ => Recognised::Several(best),
        }
    }

    fn is_added(&self, at: usize) -> bool {
        at >= self.all.len() - self.added
    }

    /// The names, in lower case, of those headers of a response by which some product is recognised.
    pub fn marks(&self, headers: &Headers) -> Vec<String> {
        let all = self.iter();
        let mut names: Vec<_> = all
            .flat_map(|provider| provider.recognition.headers_in(headers))
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What a refusal states: by its provider, where it is known and says something of it, or else by what holds for every
    /// server. A text that the facts about a product explain has no other meaning there.
    pub fn statements<'a>(
        &'a self,
        provider: Option<&'a Provider>,
        error: &'a TokenError,
        grant_type: &'a str,
    ) -> impl Iterator<Item = &'a Statement> {
        let of = move |provider: Option<&'a Provider>| {
            let all = provider.into_iter();
            all.flat_map(move |provider| provider.statements(error, grant_type))
        };
        let generic = self.generic().filter(|_| of(provider).next().is_none());
        of(provider).chain(of(generic))
    }

    /// Whether a path ends like that of an endpoint of which a provider file tells. It takes a fraction of what
    /// [`endpoint`](Self::endpoint) takes.
    pub(crate) fn may_have_endpoint(&self, path: &str) -> bool {
        self.ends.any(&Lowered::new(path))
    }

    /// The endpoint that a URL is, where a provider file tells.
    pub fn endpoint(&self, url: &RequestUrl) -> Option<EndpointKind> {
        let candidates = self.ends.candidates(&Lowered::new(url.path()));
        let place = Place::of(url);
        let candidates = candidates.into_iter().filter_map(|at| self.all.get(at));
        candidates
            .filter(|provider| provider.id.0 != GENERIC && provider.recognition.is_at(&place))
            .find_map(|provider| provider.endpoints.kind(place.path()))
    }
}
