//! `pkce-missing`: a public client redeemed a code without a verifier.
//!
//! RFC 9700 §2.1.1: "Public clients MUST use PKCE to this end."

use grantscope_correlation::{Authorization, CodeHistory, Presentation, Seen};
use grantscope_oauth::{ClientAuthentication, Grant};

use super::Concern;
use super::sight::Sight;
use super::warning::Warning;
use crate::finding::Evidence;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let Grant::AuthorizationCode {
        code: Some(code),
        code_verifier: None,
        ..
    } = &presented.request().grant
    else {
        return None;
    };
    if !presented.presentation.is_granted() || !presented.is_of_a_public_client() {
        return None;
    }
    let code = sight.history.code(code);
    if is_passed_on(&code) {
        return None;
    }
    let text = "redeemed the code with neither a code_verifier nor client authentication";
    let exchange = presented.presentation.exchange();
    let asked = match &code.authorization {
        Seen::Seen(authorization) => Some(challenge_of(authorization)),
        Seen::Unseen(_) => None,
    };
    Some(
        Warning::of(
            Concern::PkceMissing,
            presented.place(),
            Evidence::of(exchange, "form code_verifier", text),
        )
        .and_all(asked),
    )
}

/// The request may be one to the app's own backend, which redeems the code with credentials of its own.
fn is_passed_on(code: &CodeHistory) -> bool {
    let proves =
        |it: &Presentation| it.request().client.authentication != ClientAuthentication::None;
    code.presentations.iter().any(proves)
}

fn challenge_of(authorization: &Authorization) -> Evidence {
    let place = if authorization.pushed_in.is_some() {
        "form code_challenge"
    } else {
        "query code_challenge"
    };
    let exchange = authorization.pushed_in.unwrap_or(authorization.exchange);
    let text = match &authorization.request.code_challenge {
        Some(_) => "sent a code_challenge, which the server did not insist on",
        None => "sent no code_challenge",
    };
    Evidence::of(exchange, place, text)
}
