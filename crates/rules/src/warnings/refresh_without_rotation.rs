//! `refresh-without-rotation`: a public client refreshed, and its refresh token stays the same.
//!
//! RFC 9700 §2.2.2: "Refresh tokens for public clients MUST be sender-constrained or use refresh token rotation".

use grantscope_oauth::{Grant, TokenResponse};

use super::Concern;
use super::sight::{Presented, Sight};
use super::warning::Warning;
use crate::finding::Evidence;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let Grant::RefreshToken {
        refresh_token: Some(token),
    } = &presented.request().grant
    else {
        return None;
    };
    let tokens = presented.presentation.tokens()?;
    let is_rotated = tokens
        .refresh_token
        .as_ref()
        .is_some_and(|new| new != token);
    if is_rotated || is_bound_to_a_key(presented, tokens) || !presented.is_of_a_public_client() {
        return None;
    }
    let text = match &tokens.refresh_token {
        Some(_) => format!("answered with {} again", token.named("refresh")),
        None => format!(
            "answered without a refresh token, so that {} stays good",
            token.named("refresh")
        ),
    };
    let exchange = presented.presentation.exchange();
    Some(Warning::of(
        Concern::RefreshWithoutRotation,
        presented.place(),
        Evidence::of(exchange, "response body refresh_token", text),
    ))
}

/// RFC 9449 §5: the refresh token of a public client is bound to the key of the proof.
fn is_bound_to_a_key(presented: &Presented<'_>, tokens: &TokenResponse) -> bool {
    let by_type = tokens.token_type.as_deref();
    presented.request().dpop.is_some()
        || by_type.is_some_and(|token_type| token_type.eq_ignore_ascii_case("dpop"))
}
