//! What is done with a value, by the name of its parameter, member or attribute.

use grantscope_oauth::{ERROR_OBJECTS, is_error_member, placeholder, secret_kind, spelled_like};

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

/// What is done with the value of a parameter of this name. Under what is no name nothing is known of it.
pub(super) fn treatment(name: &str) -> Treatment {
    if let Some(kind) = secret_kind(name) {
        Treatment::Secret(kind)
    } else if is_said(name) {
        Treatment::Said
    } else if matches!(name, "request" | "response") {
        Treatment::Claims
    } else if URLS.contains(&name) || (name.ends_with(ENDPOINT) && is_name(name)) {
        Treatment::Url
    } else if PARAMETERS.contains(&name)
        || (METADATA.iter().any(|end| name.ends_with(end)) && is_name(name))
    {
        Treatment::Keep
    } else if WORDS.contains(&name) {
        Treatment::Word
    } else {
        Treatment::Unknown
    }
}

/// Whether the name of a parameter whose values are treated like this may stay: of a known one it was asked.
pub(super) fn stays(name: &str, treatment: Treatment) -> bool {
    treatment != Treatment::Unknown || is_name(name)
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

/// Whether the name of a parameter may stay: it is not very long, has the characters of names, and looks like no token.
///
/// One that is spelled nearly like a parameter stays as well, since a reading tells of that.
/// Where a secret was found in it before, what is around the placeholder is judged.
pub(super) fn is_name(text: &str) -> bool {
    let mut parts = between_placeholders(text);
    let is_misspelled = || text.is_ascii() && spelled_like(text).is_some();
    is_short(text, NAME_BYTES_MAX) && (parts.all(is_part_of_name) || is_misspelled())
}

/// Names are shorter than this.
const NAME_BYTES_MAX: usize = 80;

/// Claims have URLs for names (OpenID Connect Core §5.1.2), and forms `user[name]`. Where more is in it, a value or a sentence
/// stands in the place of a name.
fn is_part_of_name(text: &str) -> bool {
    let of_names = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/#$[]".contains(&b);
    let mut words = text.split(['.', ':', '/', '#', '$', '[', ']']);
    text.bytes().all(of_names) && !is_jwt(text) && !words.any(is_token)
}

/// Whether a bare text is the name of a parameter without a value.
pub(super) fn is_bare_name(text: &str) -> bool {
    let of_names = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.');
    let mut parts = between_placeholders(text);
    is_short(text, BARE_NAME_BYTES_MAX) && parts.all(|part| part.bytes().all(of_names))
}

const BARE_NAME_BYTES_MAX: usize = 24;

/// Whether a text has at most so many bytes besides its placeholders.
fn is_short(text: &str, bytes_max: usize) -> bool {
    between_placeholders(text).map(str::len).sum::<usize>() <= bytes_max
}

/// What is around the placeholders in a text.
fn between_placeholders(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let found = placeholder::find(text);
        rest = found.as_ref().map(|found| &text[found.end..]);
        Some(&text[..found.map_or(text.len(), |found| found.start)])
    })
}

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
    use grantscope_oauth::FingerprintKey;

    use super::*;

    #[test]
    fn what_is_no_name_does_not_stay_as_one() {
        let placeholder = placeholder::write("code", &FingerprintKey::new([7; 32]).read("s3cret"));
        let swept = format!("a_{placeholder}_b");
        for name in [
            "",
            "a",
            "x5t#S256",
            "user[name]",
            "https://a.test/claims/role",
            &swept,
        ] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(81);
        let token = "AbcdefghijklmnopqrstuvwxyZ0123456789";
        let in_url = format!("https://a.test/{token}");
        let behind = format!("{placeholder}{token}");
        for text in [
            "token x was used",
            "a+b=",
            "joe@a.test",
            "a=b",
            "a\"b",
            &long,
            token,
            &in_url,
            &behind,
        ] {
            assert!(!is_name(text), "{text}");
        }
        assert!(is_bare_name("logout") && is_bare_name(&format!("gra{placeholder}")));
        assert!(!is_bare_name("s3cret") && !is_bare_name(&"a".repeat(25)));
    }

    #[test]
    fn of_a_value_under_what_is_no_name_nothing_is_known() {
        assert_eq!(treatment("token_endpoint"), Treatment::Url);
        assert_eq!(treatment("tok%n_endpoint"), Treatment::Unknown);
    }

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
