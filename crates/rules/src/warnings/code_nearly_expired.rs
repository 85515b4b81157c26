//! `code-nearly-expired`: a code was redeemed when most of its lifetime was over.
//!
//! RFC 6749 §4.1.2: "The authorization code MUST expire shortly after it is issued to mitigate the risk of leaks."

use std::time::Duration;

use grantscope_correlation::{CodeLife, Party, Presentation};
use grantscope_oauth::Grant;

use super::Concern;
use super::sight::{Presented, Sight};
use super::warning::Warning;
use crate::finding::Evidence;
use crate::units::readable;

/// From this part of the lifetime on.
const NEARLY_PERCENT: u32 = 80;

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let life = redeemed(sight, &presented.presentation)?;
    let lifetime = presented.provider()?.lifetimes.code.as_ref()?;
    let lives = Duration::from_secs(lifetime.seconds);
    let is_near = life.age >= lives * NEARLY_PERCENT / 100 && life.age <= lives;
    if !is_near || has_longer_lives(sight, presented, lives) {
        return None;
    }
    let longest = life.longest()?;
    let (who, fix) = party(longest.party);
    let known = if lifetime.default {
        "by default"
    } else {
        "by its documentation"
    };
    let text = format!(
        "redeemed a code that was {} old, of the {} that it lives {known}",
        readable(life.age),
        readable(lives)
    );
    let exchange = presented.presentation.exchange();
    let used = format!("{who} had it for {}", readable(longest.took));
    let warning = Warning::of(
        Concern::CodeNearlyExpired,
        presented.place(),
        Evidence::of(exchange, "form code", text),
    );
    let summary = format!(
        "the code was {} old when it was redeemed, and {used}",
        readable(life.age)
    );
    Some(
        warning
            .and_all([Evidence::of(exchange, "timings", used)])
            .because(summary)
            .fix(fix),
    )
}

/// The life of a code until it was redeemed.
fn redeemed(sight: &Sight<'_>, presentation: &Presentation) -> Option<CodeLife> {
    let Grant::AuthorizationCode {
        code: Some(code), ..
    } = &presentation.request().grant
    else {
        return None;
    };
    // Of most codes without an age it is known at once that they have none.
    if !presentation.is_granted() || sight.history.code_known_since(code).is_none() {
        return None;
    }
    CodeLife::until(&sight.history.code(code), presentation)
}

/// So many of the client's grants are looked at.
const COMPARED_MAX: usize = 64;

/// Whether the server was seen to take older codes than it should, so that its lifetime is another one.
fn has_longer_lives(sight: &Sight<'_>, presented: &Presented<'_>, lives: Duration) -> bool {
    let requests = presented.client().requests.iter().rev().take(COMPARED_MAX);
    requests
        .filter_map(|request| redeemed(sight, request))
        .any(|life| life.age > lives)
}

fn party(party: Party) -> (&'static str, &'static str) {
    match party {
        Party::UserAgent => (
            "the user agent",
            "Look for a slow redirect or a page between the authorization server and the callback.",
        ),
        Party::App => (
            "the app",
            "Redeem the code at once in the callback, before any other work, queue or user interaction.",
        ),
        Party::UserAgentAndApp => (
            "the user agent and the app",
            "Redeem the code at once when it arrives: nothing slow may stand between the redirect and the token request.",
        ),
        Party::Network => (
            "the network",
            "Look at name resolution, connection and TLS handshake of the app's host: reaching the token endpoint took too long.",
        ),
    }
}
