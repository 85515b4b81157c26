//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! The code is looked up first, then its use, its age, its client, its redirect URI and its proof are checked. A code that is
//! refused for one of the latter stays good, so that a second try with the right value succeeds.

use serde_json::Value;

use super::super::super::AuthorizationServer;
use super::super::super::call::Params;
use super::super::super::client::Client;
use super::super::super::oauth_error::OAuthError;
use super::super::super::store::{Code, CodeChallenge, Store};

const NOT_VALID: OAuthError = OAuthError::invalid_grant("Code not valid");

impl AuthorizationServer {
    pub(super) fn redeem_code(&self, client: &Client, form: &Params) -> Result<Value, OAuthError> {
        let value = form.required("code", "missing required parameter code")?;
        let mut store = self.store();
        let code = store.codes.get(value).cloned().ok_or(NOT_VALID)?;
        if code.redeemed {
            // RFC 6749 §4.1.2: "SHOULD revoke (when possible) all tokens previously issued based on that authorization code."
            store.end_grant(code.grant);
            return Err(NOT_VALID);
        }
        self.check_code(&store, &code, client)?;
        check_redirect_uri(code.redirect_uri.as_deref(), form.optional("redirect_uri"))?;
        check_proof(code.challenge.as_ref(), form.optional("code_verifier"))?;
        if let Some(code) = store.codes.get_mut(value) {
            code.redeemed = true;
        }
        Ok(self.issue(&mut store, client, code.grant, code.nonce.as_deref()))
    }

    fn check_code(&self, store: &Store, code: &Code, client: &Client) -> Result<(), OAuthError> {
        if self.now() >= code.expires_at {
            return Err(OAuthError::invalid_grant("Code is expired"));
        }
        if store.grant(code.grant).client_id != client.id {
            return Err(OAuthError::invalid_grant("Auth error"));
        }
        if store.is_ended(code.grant) {
            return Err(OAuthError::invalid_grant("Session not active"));
        }
        Ok(())
    }
}

/// RFC 6749 §4.1.3: required "if the `redirect_uri` parameter was included in the authorization request", and identical.
fn check_redirect_uri(authorized: Option<&str>, sent: Option<&str>) -> Result<(), OAuthError> {
    match (authorized, sent) {
        (Some(authorized), Some(sent)) if authorized == sent => Ok(()),
        (None, None) => Ok(()),
        _ => Err(OAuthError::invalid_grant("Incorrect redirect_uri")),
    }
}

fn check_proof(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&str>,
) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(OAuthError::invalid_grant(
            "PKCE code verifier not specified",
        )),
        // RFC 9700 §2.1.1, against downgrades: without a challenge there is nothing that a verifier could prove.
        (None, Some(_)) => Err(OAuthError::invalid_grant("PKCE verification failed")),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => Err(OAuthError::invalid_grant(
            "PKCE verification failed: Invalid code verifier",
        )),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(OAuthError::invalid_grant(
            "PKCE verification failed: Code mismatch",
        )),
    }
}

/// RFC 7636 §4.1: 43 to 128 characters of the unreserved set.
fn is_verifier(text: &str) -> bool {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s256;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn a_proof_goes_with_its_challenge_by_either_method() {
        let plain = CodeChallenge::Plain(VERIFIER.to_owned());
        let hashed = CodeChallenge::S256(s256(VERIFIER));
        for challenge in [&plain, &hashed] {
            assert_eq!(check_proof(Some(challenge), Some(VERIFIER)), Ok(()));
            assert!(check_proof(Some(challenge), Some(&s256(VERIFIER))).is_err());
            assert!(check_proof(Some(challenge), None).is_err());
        }
        assert_eq!(check_proof(None, None), Ok(()));
        assert!(check_proof(None, Some(VERIFIER)).is_err());
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        let of_length = |length| "~".repeat(length);
        for (verifier, is_good) in [
            (of_length(42), false),
            (of_length(43), true),
            (of_length(128), true),
            (of_length(129), false),
            (format!("{}+", of_length(43)), false),
        ] {
            assert_eq!(is_verifier(&verifier), is_good, "{verifier}");
        }
    }

    #[test]
    fn a_redirect_uri_is_compared_as_sent() {
        let uri = Some("https://app.test/cb");
        assert_eq!(check_redirect_uri(uri, uri), Ok(()));
        assert_eq!(check_redirect_uri(None, None), Ok(()));
        for other in [
            None,
            Some("https://app.test/cb/"),
            Some("https://APP.test/cb"),
        ] {
            assert!(check_redirect_uri(uri, other).is_err());
        }
        assert!(check_redirect_uri(None, uri).is_err());
    }
}
