//! The closed list of causes. Each is a rule file, a page and one line here; the page is what people read, what
//! `grantscope explain` prints and what the tests run.

use std::fmt;
use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::Finding;
use crate::grants::Grants;
use crate::page::Page;

mod assertion_audience_mismatch;
mod assertion_replayed;
mod assertion_signature_invalid;
mod assertion_subject_invalid;
mod assertion_time_invalid;
mod client_credentials_wrong;
mod client_not_allowed;
mod code_altered;
mod code_expired;
mod code_reused;
mod code_revoked;
mod code_superseded;
mod code_unknown;
mod code_wrong_client;
mod code_wrong_server;
mod device_code_expired;
mod pkce_verifier_malformed;
mod pkce_verifier_mismatch;
mod pkce_verifier_missing;
mod pkce_verifier_unexpected;
mod redirect_uri_mismatch;
mod redirect_uri_missing;
mod refresh_altered;
mod refresh_expired;
mod refresh_revoked;
mod refresh_rotated;
mod refresh_scope_exceeded;
mod refresh_session_ended;
mod refresh_unknown;
mod refresh_wrong_client;
mod refresh_wrong_server;
mod sender_key_mismatch;
mod server_fault;
mod user_blocked;
mod user_credentials_wrong;
mod user_interaction_required;

/// A rule: the judgement on one cause. It has no state, does no I/O and cannot fail.
pub(crate) type Rule = fn(&Case<'_>) -> Finding;

macro_rules! causes {
    ($($name:ident $id:literal $module:ident $grants:expr,)+) => {
        /// A root cause of a refused grant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Cause {
            $(
                #[doc = concat!("`", $id, "`: see `docs/causes/", $id, ".md`.")]
                $name,
            )+
        }

        impl Cause {
            /// All causes, in the order in which a server checks for them. It breaks ties.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable identifier, as in `code-reused`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The text of the cause's page.
            fn markdown(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!(
                        env!("CARGO_MANIFEST_DIR"), "/../../docs/causes/", $id, ".md"
                    )),)+
                }
            }

            /// The grants to which the cause applies.
            pub(crate) fn grants(self) -> Grants {
                match self { $(Self::$name => $grants,)+ }
            }

            /// The rule that judges the cause.
            pub(crate) fn rule(self) -> Rule {
                match self { $(Self::$name => $module::judge,)+ }
            }
        }
    };
}

causes! {
    ClientCredentialsWrong "client-credentials-wrong" client_credentials_wrong Grants::ALL,
    ClientNotAllowed "client-not-allowed" client_not_allowed Grants::ALL,
    SenderKeyMismatch "sender-key-mismatch" sender_key_mismatch Grants::ALL,

    CodeReused "code-reused" code_reused Grants::CODE,
    CodeAltered "code-altered" code_altered Grants::CODE,
    CodeWrongServer "code-wrong-server" code_wrong_server Grants::CODE,
    CodeWrongClient "code-wrong-client" code_wrong_client Grants::CODE,
    RedirectUriMissing "redirect-uri-missing" redirect_uri_missing Grants::CODE,
    RedirectUriMismatch "redirect-uri-mismatch" redirect_uri_mismatch Grants::CODE,
    PkceVerifierMissing "pkce-verifier-missing" pkce_verifier_missing Grants::CODE,
    PkceVerifierMismatch "pkce-verifier-mismatch" pkce_verifier_mismatch Grants::CODE,
    PkceVerifierMalformed "pkce-verifier-malformed" pkce_verifier_malformed Grants::CODE,
    PkceVerifierUnexpected "pkce-verifier-unexpected" pkce_verifier_unexpected Grants::CODE,
    CodeUnknown "code-unknown" code_unknown Grants::CODE,
    CodeRevoked "code-revoked" code_revoked Grants::CODE,
    CodeExpired "code-expired" code_expired Grants::CODE,
    CodeSuperseded "code-superseded" code_superseded Grants::CODE,

    RefreshRotated "refresh-rotated" refresh_rotated Grants::REFRESH,
    RefreshAltered "refresh-altered" refresh_altered Grants::REFRESH,
    RefreshWrongServer "refresh-wrong-server" refresh_wrong_server Grants::REFRESH,
    RefreshWrongClient "refresh-wrong-client" refresh_wrong_client Grants::REFRESH,
    RefreshRevoked "refresh-revoked" refresh_revoked Grants::REFRESH,
    RefreshSessionEnded "refresh-session-ended" refresh_session_ended Grants::REFRESH,
    RefreshScopeExceeded "refresh-scope-exceeded" refresh_scope_exceeded Grants::REFRESH,
    RefreshUnknown "refresh-unknown" refresh_unknown Grants::REFRESH,
    RefreshExpired "refresh-expired" refresh_expired Grants::REFRESH,

    AssertionTimeInvalid "assertion-time-invalid" assertion_time_invalid Grants::ASSERTION,
    AssertionAudienceMismatch "assertion-audience-mismatch" assertion_audience_mismatch Grants::ASSERTION,
    AssertionReplayed "assertion-replayed" assertion_replayed Grants::ASSERTION,
    AssertionSignatureInvalid "assertion-signature-invalid" assertion_signature_invalid Grants::ASSERTION,
    AssertionSubjectInvalid "assertion-subject-invalid" assertion_subject_invalid Grants::ASSERTION,

    DeviceCodeExpired "device-code-expired" device_code_expired Grants::DEVICE,
    UserCredentialsWrong "user-credentials-wrong" user_credentials_wrong Grants::PASSWORD,
    UserBlocked "user-blocked" user_blocked Grants::OF_A_USER,
    UserInteractionRequired "user-interaction-required" user_interaction_required Grants::OF_A_USER,

    ServerFault "server-fault" server_fault Grants::ALL,
}

impl Cause {
    /// Reads an identifier.
    pub fn read(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.id() == id)
    }

    /// The cause's page.
    pub fn page(self) -> Page {
        Page::new(self.markdown())
    }

    /// What the cause is, in one sentence without a full stop.
    pub fn summary(self) -> &'static str {
        self.page().summary()
    }

    /// What to do about it, in one sentence.
    pub fn fix(self) -> &'static str {
        self.page().fix()
    }

    /// The observation that decides on it where the traffic that was seen does not: a noun phrase.
    ///
    /// A diagnosis asks for many of them, so that the pages are searched once.
    pub fn settled_by(self) -> &'static str {
        static OF_ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
            let pages = Cause::ALL.iter().map(|cause| cause.page());
            pages.map(Page::settled_by).collect()
        });
        OF_ALL.get(self as usize).copied().unwrap_or_default()
    }

    /// Whether it is told by comparing the token request with the authorization request.
    pub(crate) fn rests_on_the_authorization(self) -> bool {
        matches!(
            self,
            Self::CodeWrongClient
                | Self::RedirectUriMissing
                | Self::RedirectUriMismatch
                | Self::PkceVerifierMissing
                | Self::PkceVerifierMismatch
                | Self::PkceVerifierUnexpected
        )
    }

    /// Whether it is a fault of an assertion itself, by which a client may authenticate as well (RFC 7523 §2.2).
    pub(crate) fn is_of_an_assertion(self) -> bool {
        matches!(
            self,
            Self::AssertionTimeInvalid
                | Self::AssertionAudienceMismatch
                | Self::AssertionReplayed
                | Self::AssertionSignatureInvalid
        )
    }

    /// Whether the server can find it before it looks at the grant.
    pub(crate) fn is_of_the_client(self) -> bool {
        matches!(
            self,
            Self::ClientCredentialsWrong | Self::ClientNotAllowed | Self::ServerFault
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
