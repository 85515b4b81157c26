//! What is known of authorization server products and services: facts from files, each with its source.
//!
//! No rule names a product. It asks what the provider states, how long its codes live, whether it rotates.

mod ends;
mod file;
mod pattern;
mod recognition;
mod set;
mod statement;

use std::fmt;

use serde::Deserialize;

use crate::reader::EndpointKind;
use crate::token::TokenError;
use pattern::{Lowered, Pattern};

pub use file::ProviderError;
pub use recognition::{Recognised, Recognition, Sighting};
pub use set::Providers;
pub use statement::{StatedCause, StatedVerdict, Statement, Wording};

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

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(_, path)| path.as_str())
    }

    fn kind(&self, path: &Lowered) -> Option<EndpointKind> {
        let mut all = self.all();
        all.find(|(_, pattern)| path.is(pattern))
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
    fn said(&self, error: &TokenError) -> Vec<Lowered> {
        let texts = error.description.iter().chain(&error.codes);
        let error = Lowered::new(&error.error);
        texts
            .map(|text| self.lowered(text))
            .chain([error])
            .collect()
    }

    /// A text in lower case, without what this server says to whatever it refuses.
    pub fn without_boilerplate(&self, text: &str) -> String {
        self.lowered(text).as_str().to_owned()
    }

    fn lowered(&self, text: &str) -> Lowered {
        let patterns = self.boilerplate.iter();
        patterns.fold(Lowered::new(text), |text, pattern| {
            pattern.taken_out_of(text)
        })
    }

    /// What helps against a cause.
    pub fn remedies<'a>(&'a self, cause: &'a str) -> impl Iterator<Item = &'a Remedy> {
        self.remedies
            .iter()
            .filter(move |remedy| remedy.cause == cause)
    }
}
