//! What is done with a value, by the name of its parameter, member or attribute.

use grantscope_oauth::{is_error_member, secret_kind};

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is known to be harmless, and a diagnosis needs it.
    Keep,
    /// It is a secret, and this is what such secrets are called.
    Secret(&'static str),
    /// Nothing is known of it, so that it may be a secret or name a person.
    Unknown,
    /// A text of a server about an error, which may repeat a secret.
    Said,
    /// A URL, whose parameters are treated one by one.
    Url,
    /// A JWT whose claims are parameters (RFC 9101 §4, JARM §2.1).
    Claims,
}

/// What is done with the value of a parameter of this name.
pub(super) fn treatment(name: &str) -> Treatment {
    if let Some(kind) = secret_kind(name) {
        return Treatment::Secret(kind);
    }
    if is_said(name) {
        Treatment::Said
    } else if matches!(name, "request" | "response") {
        Treatment::Claims
    } else if is_url(name) {
        Treatment::Url
    } else if KEPT.contains(&name) || is_metadata(name) {
        Treatment::Keep
    } else {
        Treatment::Unknown
    }
}

/// What is done with a member of a response that tells of an error.
///
/// `code` is then the error's, unless it looks like an authorization code that is repeated.
pub(super) fn treatment_in_error(name: &str) -> Treatment {
    if is_said_in_error(name) {
        Treatment::Said
    } else {
        treatment(name)
    }
}

/// Whether OAuth knows a parameter of this name: by one such name a form or a JSON object shows what it is.
pub(super) fn is_known(name: &str) -> bool {
    treatment(name) != Treatment::Unknown
}

fn is_url(name: &str) -> bool {
    const URLS: [&str; 11] = [
        "redirect_uris",
        "post_logout_redirect_uris",
        "ReturnUrl",
        "continue",
        "goto",
        "next",
        "return_to",
        "returnTo",
        "returnUrl",
        "redirectUri",
        "redirect",
    ];
    let ends = ["_uri", "_url", "_endpoint"];
    URLS.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// Members of RFC 8414 §2 and OpenID Connect Discovery §3.
fn is_metadata(name: &str) -> bool {
    [
        "_supported",
        "_signing_alg",
        "_auth_method",
        "_encryption_alg",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

/// Whether a name means what a server says of an error, in all messages: others mean other things elsewhere.
fn is_said(name: &str) -> bool {
    is_error_member(name) && (name.contains("error") || name.contains("fault"))
}

/// Whether a name means what a server says of an error, in a message about one.
fn is_said_in_error(name: &str) -> bool {
    // No diagnosis reads a reason, but people do.
    is_error_member(name) || name == "reason"
}

/// Parameters and members that hold neither secrets nor persons.
///
/// RFC 6749, 7591, 7662, 8414, 8628, 8693, 8707, 9449, 7517; OpenID Connect Core; and what single servers add.
const KEPT: [&str; 77] = [
    "_",
    "access_type",
    "acr_values",
    "active",
    "actor_token_type",
    "alg",
    "application_type",
    "approval_prompt",
    "aud",
    "audience",
    "auth_time",
    "authuser",
    "azp",
    "client_assertion_type",
    "client_id",
    "client_id_issued_at",
    "client_name",
    "client_secret_expires_at",
    "code_challenge_method",
    "correlation_id",
    "crv",
    "display",
    "dpop_jkt",
    "e",
    "exp",
    "expires_in",
    "ext_expires_in",
    "grant_type",
    "grant_types",
    "hd",
    "iat",
    "include_granted_scopes",
    "interval",
    "iss",
    "issued_token_type",
    "issuer",
    "jkt",
    "keys",
    "kid",
    "kty",
    "lang",
    "locale",
    "max_age",
    "n",
    "nbf",
    "not-before-policy",
    "ok",
    "prompt",
    "protocol",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "requested_token_type",
    "resource",
    "response_mode",
    "response_type",
    "response_types",
    "scope",
    "scopes",
    "status",
    "status_code",
    "subject_token_type",
    "success",
    "tenant",
    "timestamp",
    "token_type",
    "token_type_hint",
    "trace_id",
    "typ",
    "ui_locales",
    "use",
    "v",
    "version",
    "x",
    "x5t",
    "x5t#S256",
    "x_refresh_token_expires_in",
    "y",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_parameter_of_oauth_is_treated_as_one() {
        for (name, kind) in grantscope_oauth::SECRET_PARAMETERS {
            assert_eq!(treatment(name), Treatment::Secret(kind));
        }
    }

    #[test]
    fn what_is_not_known_is_not_kept() {
        for name in ["sub", "email", "api_key", "Code", "client_secret_2", ""] {
            assert_eq!(treatment(name), Treatment::Unknown, "{name}");
        }
    }

    #[test]
    fn what_is_read_of_an_error_is_told_from_what_means_other_things_elsewhere() {
        for name in [
            "error",
            "error_uri",
            "suberror",
            "faultcode",
            "errorSummary",
        ] {
            assert_eq!(treatment(name), Treatment::Said, "{name}");
        }
        for name in [
            "description",
            "detail",
            "message",
            "msg",
            "title",
            "reason",
            "hint",
        ] {
            assert_ne!(treatment(name), Treatment::Said, "{name}");
            assert_eq!(treatment_in_error(name), Treatment::Said, "{name}");
        }
    }

    #[test]
    fn a_code_is_an_error_code_only_in_an_error() {
        assert_eq!(treatment("code"), Treatment::Secret("code"));
        assert_eq!(treatment_in_error("code"), Treatment::Said);
        assert_eq!(
            treatment_in_error("refresh_token"),
            Treatment::Secret("refresh")
        );
    }
}
