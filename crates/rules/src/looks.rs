//! What a presented secret shows by its looks alone, where its issuance was not seen.

use grantscope_oauth::{Fingerprint, Form, Shape};

/// Shorter values may be the same by chance: a test's `xx`, a state of four digits.
const TELLING_CHARACTERS: u32 = 12;

/// Whether it tells something that this value occurs elsewhere in another role.
pub(crate) fn is_telling(secret: &Fingerprint) -> bool {
    secret.length >= TELLING_CHARACTERS && secret.is_whole()
}

/// What is wrong with the looks of a secret, as the object of “presented …”; `what` is the kind of secret.
pub(crate) fn fault(secret: &Fingerprint, what: &str) -> Option<String> {
    if let Some(other) = other_token(secret) {
        return Some(format!("{other} in place of the {what}"));
    }
    let is = |form| secret.form(form).is_some();
    match secret.shape {
        Some(Shape::Url) => Some(format!("a URL or a path in place of the {what}")),
        Some(Shape::Placeholder) => Some(format!(
            "what a program writes that has no {what}, such as undefined or {{…}}"
        )),
        Some(Shape::Query) => Some(format!("the {what} with further parameters behind it")),
        Some(Shape::Spaced) => Some(format!(
            "a {what} with a space in it, as where a + was decoded"
        )),
        None if is(Form::Trimmed) => Some(format!(
            "a {what} with white space, quotes or #_=_ around it"
        )),
        None if is(Form::PercentDecoded) => Some(format!("a {what} that is still percent-encoded")),
        Some(Shape::Shortened | Shape::Masked) | None => None,
    }
}

/// What a JWT says that it is, where that is neither a code nor a refresh token: by the media type of RFC 9068 §2.1, or by the
/// words that servers have for it.
fn other_token(secret: &Fingerprint) -> Option<&'static str> {
    let typ = secret.jwt.as_ref()?.typ.as_deref()?.to_ascii_lowercase();
    match typ.strip_prefix("application/").unwrap_or(&typ) {
        "at+jwt" | "bearer" => Some("an access token"),
        "id" => Some("an ID token"),
        _ => None,
    }
}
