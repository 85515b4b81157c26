//! What is known of authorization server products and services: facts from files, each with its source.
//!
//! No rule names a product. It asks what the provider states, how long its codes live, whether it rotates.

mod file;
mod pattern;

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use crate::exchange::{Headers, RequestUrl};
use crate::reader::EndpointKind;
use crate::token::TokenError;
use pattern::Pattern;

pub use file::ProviderError;

/// The files of `config/providers`, by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// The provider whose statements hold for every server: they are those of the RFCs.
const GENERIC: &str = "generic";

/// The providers that are known.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    all: Vec<Arc<Provider>>,
}

/// An authorization server product or service.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The name of its file.
    pub id: ProviderId,
    /// The name that people know it by.
    pub name: String,
    /// How it is recognised in traffic.
    pub recognition: Recognition,
    /// Its endpoints.
    pub endpoints: Endpoints,
    /// How long its grants live.
    pub lifetimes: Lifetimes,
    /// Whether it replaces refresh tokens.
    pub rotation: Option<Rotation>,
    /// Sentences that say nothing, since they name every cause at once. No statement is looked for in them.
    boilerplate: Vec<Pattern>,
    /// What its refusals mean.
    pub statements: Vec<Statement>,
    /// What helps.
    pub remedies: Vec<Remedy>,
    /// Where to read on.
    pub documentation: Vec<Link>,
}

/// Identifies a provider: `keycloak`, `microsoft-entra`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderId(pub String);

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a provider is recognised.
#[derive(Clone, Debug, Default)]
pub struct Recognition {
    hosts: Vec<Pattern>,
    paths: Vec<Pattern>,
    headers: Vec<String>,
    issuers: Vec<Pattern>,
    descriptions: Vec<Pattern>,
}

/// Paths of endpoints, with `*` for what differs, where no metadata tells them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// RFC 6749 §3.1.
    pub authorization: Vec<String>,
    /// RFC 6749 §3.2.
    pub token: Vec<String>,
    /// RFC 9126 §2.
    pub pushed_authorization: Vec<String>,
    /// RFC 7009 §2.
    pub revocation: Vec<String>,
    /// RFC 7662 §2.
    pub introspection: Vec<String>,
    /// RFC 8628 §3.1.
    pub device_authorization: Vec<String>,
    /// OpenID Connect RP-Initiated Logout §2.1.
    pub end_session: Vec<String>,
    /// Where this is written.
    pub source: Option<String>,
}

/// How long grants live.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// An authorization code.
    #[serde(rename = "code_s")]
    pub code: Option<Lifetime>,
    /// A refresh token, from its issuance.
    #[serde(rename = "refresh_s")]
    pub refresh: Option<Lifetime>,
    /// A refresh token that is not used.
    #[serde(rename = "refresh_idle_s")]
    pub refresh_idle: Option<Lifetime>,
    /// A device code.
    #[serde(rename = "device_code_s")]
    pub device_code: Option<Lifetime>,
}

/// A lifetime and how far it can be relied on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetime {
    /// In seconds.
    #[serde(rename = "value")]
    pub seconds: u64,
    /// Whether it is only the default, and can be configured.
    pub default: bool,
    /// Where this is written.
    pub source: String,
}

/// Whether a server replaces the refresh token on use (RFC 9700 §4.14.2).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For whom it does.
    pub mode: RotationMode,
    /// How long the replaced token is still taken, in seconds.
    pub grace_s: Option<u64>,
    /// What presenting a replaced token does.
    pub reuse: Option<Reuse>,
    /// Where this is written.
    pub source: String,
}

/// For whom refresh tokens are replaced on use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationMode {
    /// For every client.
    Always,
    /// For none.
    Never,
    /// For clients without credentials.
    PublicClients,
    /// Where it is configured.
    Optional,
}

/// What presenting a replaced refresh token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reuse {
    /// It revokes the tokens that came of the same authorization.
    RevokesFamily,
    /// It is refused, and nothing more.
    Refuses,
}

/// What a text or code in a refusal means.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, with `*` for what differs; `None` for a refusal that says nothing but its error code.
    pub pattern: Option<String>,
    /// Whether the pattern is the whole text, but for a full stop, and not only a part of it.
    pub whole: bool,
    /// The error code that goes with it, where it takes that to tell.
    pub error: Option<String>,
    /// The grant types for which it holds; empty for all.
    pub grant_types: Vec<String>,
    /// The causes, the likeliest first.
    pub causes: Vec<StatedCause>,
    /// A text that it matches.
    pub example: String,
    /// Where this is written.
    pub source: String,
    matcher: Option<Pattern>,
    unless: Vec<Pattern>,
}

/// A cause and how surely a statement means it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedCause {
    /// The id of the cause.
    pub cause: String,
    /// How surely.
    pub verdict: StatedVerdict,
}

/// How surely a statement means a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatedVerdict {
    /// It may.
    Possible,
    /// It mostly does.
    Likely,
    /// It means nothing else.
    Proven,
}

/// What helps against a cause at this provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The id of the cause.
    pub cause: String,
    /// What to do, in one or two sentences.
    pub text: String,
    /// Where this is written.
    pub source: String,
}

/// A page of documentation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is about.
    pub title: String,
    /// Where it is.
    pub url: String,
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
        let marked = self.iter().filter_map(|provider| {
            let mark = provider.recognition.strongest(sighting)?;
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
        let host = |of: &&Provider| of.recognition.is_at(url.host(), url.path());
        self.iter()
            .filter(host)
            .find_map(|provider| provider.endpoints.kind(url.path()))
    }
}

/// What tells a provider, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Description,
    Path,
    Header,
    Host,
    Issuer,
}

impl Recognition {
    fn strongest(&self, sighting: &Sighting<'_>) -> Option<Mark> {
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

    fn is_at(&self, host: &str, path: &str) -> bool {
        self.hosts.iter().any(|pattern| pattern.is_whole(host))
            || self.paths.iter().any(|pattern| pattern.is_whole(path))
    }
}

impl Endpoints {
    fn all(&self) -> impl Iterator<Item = (EndpointKind, &String)> {
        let lists = [
            (EndpointKind::Authorization, &self.authorization),
            (EndpointKind::Token, &self.token),
            (
                EndpointKind::PushedAuthorization,
                &self.pushed_authorization,
            ),
            (EndpointKind::Revocation, &self.revocation),
            (EndpointKind::Introspection, &self.introspection),
            (
                EndpointKind::DeviceAuthorization,
                &self.device_authorization,
            ),
            (EndpointKind::EndSession, &self.end_session),
        ];
        lists
            .into_iter()
            .flat_map(|(kind, paths)| paths.iter().map(move |path| (kind, path)))
    }

    fn kind(&self, path: &str) -> Option<EndpointKind> {
        let mut all = self.all();
        all.find(|(_, pattern)| Pattern::new(pattern).is_whole(path))
            .map(|(kind, _)| kind)
    }
}

impl Lifetimes {
    fn all(&self) -> impl Iterator<Item = (&'static str, &Lifetime)> {
        let named = [
            ("code_s", &self.code),
            ("refresh_s", &self.refresh),
            ("refresh_idle_s", &self.refresh_idle),
            ("device_code_s", &self.device_code),
        ];
        named
            .into_iter()
            .filter_map(|(name, lifetime)| Some((name, lifetime.as_ref()?)))
    }
}

impl Provider {
    /// The statements that a refusal of a request with this grant type makes.
    pub fn statements<'a>(
        &'a self,
        error: &'a TokenError,
        grant_type: &'a str,
    ) -> impl Iterator<Item = &'a Statement> {
        let said = self.said(error);
        self.statements
            .iter()
            .filter(move |statement| statement.is_made_by(error, &said, grant_type))
    }

    /// The texts of a refusal in which statements are looked for.
    fn said(&self, error: &TokenError) -> Vec<String> {
        let texts = error.description.iter().chain(&error.codes);
        let without = |text: &String| {
            self.boilerplate
                .iter()
                .fold(text.clone(), |text, pattern| pattern.taken_out_of(&text))
        };
        texts.map(without).chain([error.error.clone()]).collect()
    }

    /// What helps against a cause.
    pub fn remedies<'a>(&'a self, cause: &'a str) -> impl Iterator<Item = &'a Remedy> {
        self.remedies
            .iter()
            .filter(move |remedy| remedy.cause == cause)
    }
}

impl Statement {
    fn is_made_by(&self, error: &TokenError, said: &[String], grant_type: &str) -> bool {
        let holds = self.grant_types.is_empty()
            || self.grant_types.iter().any(|listed| listed == grant_type);
        let same = |code: &String| code.eq_ignore_ascii_case(&error.error);
        holds && self.error.as_ref().is_none_or(same) && self.is_said_in(error, said)
    }

    fn is_said_in(&self, error: &TokenError, said: &[String]) -> bool {
        let Some(pattern) = &self.matcher else {
            return error.description.is_none() && error.codes.is_empty();
        };
        said.iter().any(|text| {
            if self.whole {
                pattern.is_whole(text.trim().trim_end_matches('.'))
            } else {
                pattern.is_within(text) && !self.unless.iter().any(|but| but.is_within(text))
            }
        })
    }
}
