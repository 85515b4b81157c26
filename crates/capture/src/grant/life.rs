//! How old a code became: the legs of its way from issue to answer, against its lifetime.

use std::iter;
use std::time::Duration;

use grantscope_correlation::{CodeHistory, CodeLife, History, Party, Presentation};
use grantscope_oauth::{ExchangeId, Provider, Providers, Sighting};

/// The longest lifetime that RFC 6749 §4.1.2 recommends for a code.
const RECOMMENDED_MAX: Duration = Duration::from_mins(10);

/// The life of a code until one of its presentations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// As people see the code: `code#7f3a9c`.
    pub code: String,
    /// The exchange that presented it.
    pub presented: ExchangeId,
    /// Whether tokens were issued for it.
    pub is_granted: bool,
    /// The legs of its way, each beginning where the one before it ends.
    pub legs: Vec<Leg>,
    /// How old it was when the last byte of the presentation was sent: the sum of the legs.
    pub age: Duration,
    /// How long the server then took to answer; `None` where no answer was seen.
    pub answered_after: Option<Duration>,
    /// How long a code lives at this server.
    pub lifetime: Lifetime,
}

/// A part of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Who had the code.
    pub who: &'static str,
    /// From where to where.
    pub way: &'static str,
    /// For how long.
    pub took: Duration,
}

/// How long codes live, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// So long.
    pub lasts: Duration,
    /// How far that can be relied on.
    pub basis: Basis,
}

/// What a lifetime rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The provider documents it.
    Documented {
        /// The name of the product or service.
        provider: String,
        /// Whether it is only the default, and can be configured.
        is_default: bool,
        /// Where it is written.
        source: String,
    },
    /// Nothing is known of the server; RFC 6749 §4.1.2 recommends at most this.
    Recommended,
}

impl Life {
    /// The life of a code until a presentation; `None` where its beginning was not seen.
    pub(super) fn until(
        history: History<'_>,
        code: &CodeHistory,
        presentation: &Presentation,
        providers: &Providers,
    ) -> Option<Self> {
        let life = CodeLife::until(code, presentation)?;
        let sent_at = presentation.sent_at();
        let answered_after = presentation
            .answered_at()
            .map(|at| at.duration_since(sent_at).try_into().unwrap_or_default());
        let legs = life.legs.iter().map(|leg| Leg::of(leg.party, leg.took));
        Some(Self {
            code: code.code.named("code"),
            presented: presentation.exchange(),
            is_granted: presentation.is_granted(),
            legs: legs.collect(),
            age: life.age,
            answered_after,
            lifetime: Lifetime::at(product(history, code, presentation, providers)),
        })
    }

    /// Whether the code was older than its lifetime when it was presented.
    pub fn is_expired(&self) -> bool {
        self.age >= self.lifetime.lasts
    }
}

/// The product of the server that was asked. What one answer does not tell, another one of the same endpoint may.
fn product<'a>(
    history: History<'_>,
    code: &CodeHistory,
    presentation: &Presentation,
    providers: &'a Providers,
) -> Option<&'a Provider> {
    let endpoint = &presentation.request().endpoint;
    let others = code.presentations.iter();
    let others = others.filter(|it| &it.request().endpoint == endpoint);
    iter::once(presentation)
        .chain(others)
        .find_map(|it| provider(history, it, providers))
}

/// The product of the server that was asked, as far as this answer tells it.
fn provider<'a>(
    history: History<'_>,
    presentation: &Presentation,
    providers: &'a Providers,
) -> Option<&'a Provider> {
    let server = history.server(&presentation.request().endpoint);
    let sighting = Sighting {
        endpoint: &presentation.request().endpoint,
        issuer: server.issuer.as_deref(),
        marks: &presentation.reading().marks,
        error: presentation.error(),
    };
    providers.recognise(&sighting).one()
}

impl Leg {
    fn of(party: Party, took: Duration) -> Self {
        let (who, way) = match party {
            Party::UserAgent => (
                "user agent",
                "from the server to the app's redirection endpoint",
            ),
            Party::App => ("app", "from its redirection endpoint to the token request"),
            Party::UserAgentAndApp => (
                "user agent and app",
                "from the server to the token request; the request to the redirection endpoint was not seen",
            ),
            Party::Network => ("network", "connecting to the token endpoint and sending"),
        };
        Self { who, way, took }
    }
}

impl Lifetime {
    fn at(provider: Option<&Provider>) -> Self {
        let documented = provider.and_then(|it| Some((it, it.lifetimes.code.as_ref()?)));
        match documented {
            Some((provider, lifetime)) => Self {
                lasts: Duration::from_secs(lifetime.seconds),
                basis: Basis::Documented {
                    provider: provider.name.clone(),
                    is_default: lifetime.default,
                    source: lifetime.source.clone(),
                },
            },
            None => Self {
                lasts: RECOMMENDED_MAX,
                basis: Basis::Recommended,
            },
        }
    }
}
