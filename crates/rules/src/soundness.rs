//! What the traffic shows to be in order about a presented code, so that a cause can be told by elimination.

use grantscope_correlation::Authorization;
use grantscope_oauth::{
    ClientAuthentication, CodeChallenge, CodeChallengeMethod, Fingerprint, Form, Grant, RedirectUri,
};

use crate::case::Case;

/// The parameters of an `authorization_code` token request (RFC 6749 §4.1.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeParameters<'a> {
    pub(crate) redirect_uri: Option<&'a RedirectUri>,
    pub(crate) code_verifier: Option<&'a Fingerprint>,
}

/// The parameters of the refused request; both absent where it presents another grant.
pub(crate) fn parameters<'a>(case: &'a Case<'_>) -> CodeParameters<'a> {
    match &case.request().grant {
        Grant::AuthorizationCode {
            redirect_uri,
            code_verifier,
            ..
        } => CodeParameters {
            redirect_uri: redirect_uri.as_ref(),
            code_verifier: code_verifier.as_ref(),
        },
        _ => CodeParameters {
            redirect_uri: None,
            code_verifier: None,
        },
    }
}

/// Whether a verifier fits a challenge (RFC 7636 §4.6); `None` for a method that is not known, and where either was masked or
/// shortened.
pub(crate) fn fits(challenge: &CodeChallenge, verifier: &Fingerprint) -> Option<bool> {
    if !challenge.value.is_whole() || !verifier.is_whole() {
        return None;
    }
    match challenge.method {
        CodeChallengeMethod::Plain => Some(challenge.value == *verifier),
        CodeChallengeMethod::S256 => {
            Some(verifier.form(Form::S256) == Some(challenge.value.digest))
        }
        CodeChallengeMethod::Other(_) => None,
    }
}

/// Whether all that the traffic shows of a presented code is in order: it was issued to this client, is presented for the
/// first time, and redirect URI and PKCE proof fit the authorization request.
pub(crate) fn is_sound(case: &Case<'_>) -> bool {
    has_sound_redirect_uri(case) && is_sound_but_for_its_redirect_uri(case)
}

/// The same, with the redirect URI left aside.
pub(crate) fn is_sound_but_for_its_redirect_uri(case: &Case<'_>) -> bool {
    let Some(code) = &case.code else { return false };
    let Some(authorization) = case.authorization() else {
        return false;
    };
    code.origin().is_some()
        && case.other_presentations().next().is_none()
        && authorization.request.client_id.as_deref() == case.client_id()
        && has_sound_proof(case, authorization)
}

fn has_sound_redirect_uri(case: &Case<'_>) -> bool {
    case.authorization()
        .is_some_and(|it| it.request.redirect_uri.as_ref() == parameters(case).redirect_uri)
}

fn has_sound_proof(case: &Case<'_>, authorization: &Authorization) -> bool {
    match (
        &authorization.request.code_challenge,
        parameters(case).code_verifier,
    ) {
        (Some(challenge), Some(verifier)) => fits(challenge, verifier) == Some(true),
        (None, None) => unprotected_app(case, authorization).is_none(),
        _ => false,
    }
}

/// The redirect URI of an app on a device that uses no PKCE and has no secret, which RFC 8252 §6 forbids.
pub(crate) fn unprotected_app<'a>(
    case: &Case<'_>,
    authorization: &'a Authorization,
) -> Option<&'a RedirectUri> {
    let is_public = case.request().client.authentication == ClientAuthentication::None;
    let uri = authorization.request.redirect_uri.as_ref()?;
    (is_public && uri.has_private_scheme()).then_some(uri)
}
