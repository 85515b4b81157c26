//! `refresh-token-shared`: two programs present the same refresh token.
//!
//! RFC 9700 §4.14.2: a refresh token that is used by two parties is how a server detects that one was stolen.

use grantscope_correlation::Presentation;
use grantscope_oauth::Grant;

use super::Concern;
use super::sight::Sight;
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
    let own = &presented.presentation;
    let agent = own.reading().agent?;
    let presentations = sight.history.presentations(token.digest);
    let is_of_another = |other: &&Presentation| {
        let theirs = other.reading().agent;
        other.exchange() != own.exchange()
            && other.sent_at() <= own.sent_at()
            && theirs.is_some_and(|theirs| theirs != agent)
    };
    let other = presentations.iter().find(is_of_another)?;
    let text = format!(
        "presented {} with another User-Agent than exchange {}",
        token.named("refresh"),
        other.exchange()
    );
    Some(Warning::of(
        Concern::RefreshTokenShared,
        presented.place(),
        Evidence::of(own.exchange(), "header User-Agent", text),
    ))
}
