//! What is done with a value, by the name of its parameter, member or attribute.

use grantscope_oauth::{ERROR_OBJECTS, is_error_member, secret_kind};

use super::allowed::{ENDPOINT, KEY_MEMBERS, METADATA, PARAMETERS, URLS, WORDS};
use super::words::{is_jwt, is_token};

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is known to be harmless, and a diagnosis needs it.
    Keep,
    /// It is harmless where it is a number or one plain word.
    Word,
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
    } else if URLS.contains(&name) || name.ends_with(ENDPOINT) {
        Treatment::Url
    } else if PARAMETERS.contains(&name) || METADATA.iter().any(|end| name.ends_with(end)) {
        Treatment::Keep
    } else if WORDS.contains(&name) {
        Treatment::Word
    } else {
        Treatment::Unknown
    }
}

/// What is done with a member of a public key.
pub(super) fn treatment_in_key(name: &str) -> Treatment {
    if KEY_MEMBERS.contains(&name) {
        Treatment::Keep
    } else {
        treatment(name)
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

/// Whether the name of a parameter may stay. One that is very long, or looks like a token or an address, is no name.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && !is_token(text) && !text.contains('@') && !is_jwt(text)
}

/// Names are shorter than this.
const NAME_BYTES_MAX: usize = 80;

/// Whether a member means an error at the top of a response that has no status of one.
pub(super) fn tells_of_error(name: &str) -> bool {
    is_said(name) || ERROR_OBJECTS.contains(&name)
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
        for name in [
            "sub",
            "email",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "phone_number",
            "address",
            "picture",
            "profile",
            "avatar_url",
            "client_name",
            "api_key",
            "Code",
            "client_secret_2",
            "x",
            "",
        ] {
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
