//! The closed list of warnings: what is amiss though nothing has failed yet. Each is a rule file, a section of
//! `docs/warnings.md` and one line here; the page is what people read, and what the tests run.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};

use grantscope_correlation::History;
use grantscope_oauth::{Exchange, ExchangeId, Reader};

use section::Section;
use sight::Sight;

pub use warning::{Place, Warning, WarningKey};

mod code_nearly_expired;
mod code_not_redeemed;
mod pkce_missing;
mod refresh_token_shared;
mod refresh_without_rotation;
mod refused_in_a_loop;
mod secret_in_url;
mod section;
mod sight;
mod state_missing;
mod state_reused;
mod token_endpoint_on_plain_http;
mod token_request_not_a_form;
mod warning;

/// A rule: what a finished exchange shows to be amiss. It has no state, does no I/O and cannot fail.
type Rule = fn(&Sight<'_>) -> Option<Warning>;

macro_rules! warnings {
    ($($name:ident $id:literal $rule:expr,)+) => {
        /// What is amiss.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Concern {
            $(
                #[doc = concat!("`", $id, "`: see `docs/warnings.md`.")]
                $name,
            )+
        }

        impl Concern {
            /// All of them, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable identifier, as in `pkce-missing`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The rule that finds it in an exchange; `None` where only the end of a session tells.
            fn rule(self) -> Option<Rule> {
                match self { $(Self::$name => $rule,)+ }
            }
        }
    };
}

warnings! {
    CodeNearlyExpired "code-nearly-expired" Some(code_nearly_expired::warn),
    CodeNotRedeemed "code-not-redeemed" None,
    StateMissing "state-missing" Some(state_missing::warn),
    StateReused "state-reused" Some(state_reused::warn),
    PkceMissing "pkce-missing" Some(pkce_missing::warn),
    SecretInUrl "secret-in-url" Some(secret_in_url::warn),
    TokenEndpointOnPlainHttp "token-endpoint-on-plain-http" Some(token_endpoint_on_plain_http::warn),
    TokenRequestNotAForm "token-request-not-a-form" Some(token_request_not_a_form::warn),
    RefreshTokenShared "refresh-token-shared" Some(refresh_token_shared::warn),
    RefreshWithoutRotation "refresh-without-rotation" Some(refresh_without_rotation::warn),
    RefusedInALoop "refused-in-a-loop" Some(refused_in_a_loop::warn),
}

/// What a finished exchange shows to be amiss. The same history gives the same warnings, and one may be given for many
/// exchanges: whoever reports them tells each [key](Warning::key) once.
///
/// The history holds the exchange where it matters there; the reader is the one that read it.
pub fn warn(history: History<'_>, reader: &Reader, exchange: &Exchange) -> Vec<Warning> {
    let sight = Sight::of(history, reader, exchange);
    let rules = Concern::ALL.iter().filter_map(|concern| concern.rule());
    // A rule that panics has told so by the panic's message, and must not hide the others.
    let judged =
        rules.filter_map(|rule| panic::catch_unwind(AssertUnwindSafe(|| rule(&sight))).ok());
    judged.flatten().collect()
}

/// What the end of a session shows to be amiss. `exchanges` are those of the session, in any order.
pub fn warn_at_end(
    history: History<'_>,
    reader: &Reader,
    exchanges: &[ExchangeId],
) -> Vec<Warning> {
    code_not_redeemed::at_end(history, reader, exchanges)
}

impl Concern {
    /// Reads an identifier.
    pub fn read(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|concern| concern.id() == id)
    }

    /// What is amiss, in one sentence without a full stop.
    pub fn summary(self) -> &'static str {
        self.section().summary()
    }

    /// Why it matters, in one sentence.
    pub fn why(self) -> &'static str {
        self.section().paragraph("Why")
    }

    /// What to do about it, in one sentence.
    pub fn fix(self) -> &'static str {
        self.section().paragraph("Fix")
    }

    /// Where to read on.
    pub fn references(self) -> impl Iterator<Item = &'static str> {
        self.section().references()
    }

    fn section(self) -> Section {
        Section::of(self.id())
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
