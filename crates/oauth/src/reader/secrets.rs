//! Which parameters and members of OAuth messages are secrets, and what a secret of each is called.

/// The parameters and members whose values are secrets or name persons, with the word in front of their digest.
///
/// A redaction replaces exactly these, so that the reading of a redacted exchange is that of the raw one. The parameters
/// `request` and `response` are JWTs whose claims are parameters: it replaces the secrets among those, by
/// [`with_claims`](crate::with_claims). The secret in `Authorization: Basic` it replaces in place, and encodes again.
pub const SECRET_PARAMETERS: [(&str, &str); 28] = [
    ("access_token", "access"),
    ("actor_token", "token"),
    ("assertion", "assertion"),
    ("auth_req_id", "auth-req"),
    ("client_assertion", "assertion"),
    ("client_secret", "secret"),
    ("code", "code"),
    ("code_challenge", "challenge"),
    ("code_verifier", "verifier"),
    ("device_code", "device-code"),
    ("device_secret", "secret"),
    ("id_token", "id-token"),
    ("id_token_hint", "id-token"),
    ("login_hint", "username"),
    ("logout_token", "token"),
    ("mfa_token", "token"),
    ("nonce", "nonce"),
    ("otp", "password"),
    ("password", "password"),
    ("refresh_token", "refresh"),
    ("registration_access_token", "token"),
    ("request_uri", "request-uri"),
    ("session_state", "session"),
    ("state", "state"),
    ("subject_token", "token"),
    ("token", "token"),
    ("user_code", "user-code"),
    ("username", "username"),
];

/// Parameters of OAuth whose values are no secrets.
const OTHER_PARAMETERS: [&str; 38] = [
    "acr_values",
    "actor_token_type",
    "audience",
    "client_assertion_type",
    "client_id",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "grant_type",
    "hd",
    "interval",
    "iss",
    "issued_token_type",
    "max_age",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "requested_token_type",
    "resource",
    "response",
    "response_mode",
    "response_type",
    "scope",
    "subject_token_type",
    "token_endpoint",
    "token_type",
    "token_type_hint",
    "ui_locales",
    "verification_uri",
    "verification_uri_complete",
    "access_type",
    "active",
];

/// What the secret of this parameter is called; `None` where its value is no secret.
pub fn secret_kind(parameter: &str) -> Option<&'static str> {
    SECRET_PARAMETERS
        .iter()
        .find(|(name, _)| *name == parameter)
        .map(|(_, kind)| *kind)
}

/// Whether OAuth or OpenID Connect defines a parameter of this name.
pub(super) fn is_parameter(name: &str) -> bool {
    secret_kind(name).is_some() || OTHER_PARAMETERS.contains(&name)
}

/// The parameter whose name differs from this one in case, separators and white space alone.
pub fn spelled_like(name: &str) -> Option<&'static str> {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase())
    }
    let secret = SECRET_PARAMETERS.iter().map(|(known, _)| *known);
    let same = |known: &&'static str| letters(known).eq(letters(name));
    secret.chain(OTHER_PARAMETERS).find(same)
}
