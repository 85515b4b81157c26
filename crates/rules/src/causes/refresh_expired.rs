//! `refresh-expired`: the refresh token is past its absolute or inactivity lifetime.
//!
//! RFC 6749 §5.2, `invalid_grant`: the refresh token "is invalid, expired, revoked".

use std::time::Duration;

use grantscope_correlation::{Outcome, RefreshTokenHistory};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::RefreshExpired;
const PLACE: &str = "form refresh_token";
const SETTLES: &str =
    "the token response that issued the refresh token, and the lifetime that the server gives it";

/// No server's refresh tokens live shorter than this.
const SHORTEST: Duration = Duration::from_millis(500);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE, SETTLES);
    };
    if let Some(finding) = by_claims(case, refresh) {
        return finding;
    }
    let Some(age) = age(case, refresh) else {
        return said::judge(case, CAUSE, SETTLES);
    };
    if let Some(finding) = by_announced_lifetime(case, refresh, age) {
        return finding;
    }
    by_age(case, refresh, age)
}

/// A token that is a JWT tells when it expires.
fn by_claims(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Finding> {
    let exp = refresh.token.jwt.as_ref()?.exp?;
    let now = case
        .error()
        .server_time
        .unwrap_or(case.sent_at())
        .as_second();
    let distance = readable(Duration::from_secs(now.abs_diff(exp)));
    if now >= exp {
        let text = format!("expired {distance} before by its own claim exp");
        return Some(
            Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, text)).because(format!(
                "the refresh token expired {distance} before it was presented"
            )),
        );
    }
    let text = format!("is good for another {distance} by its own claim exp");
    (case.word(CAUSE).is_none())
        .then(|| Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text)))
}

/// The time since the token was issued, or last used: many lifetimes begin anew with each use.
fn age(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Duration> {
    let issued = refresh.issuance.seen()?.at;
    case.sent_at().duration_since(issued).try_into().ok()
}

/// Some servers tell the lifetime with the token.
fn by_announced_lifetime(
    case: &Case<'_>,
    refresh: &RefreshTokenHistory,
    age: Duration,
) -> Option<Finding> {
    let issuance = refresh.issuance.seen()?;
    let lifetime = Duration::from_secs(
        issuance
            .response()
            .refresh_expires_in_s
            .filter(|seconds| *seconds > 0)?,
    );
    let announced = format!(
        "gave the refresh token a lifetime of {}",
        readable(lifetime)
    );
    let announced = Evidence::of(
        issuance.exchange(),
        "response refresh_expires_in",
        announced,
    );
    let presented = Evidence::of(
        case.exchange(),
        PLACE,
        format!("presented it at an age of {}", readable(age)),
    );
    if age >= lifetime {
        let summary = format!(
            "the refresh token was {} old, and its lifetime is {}",
            readable(age),
            readable(lifetime)
        );
        return Some(
            Finding::proven(CAUSE, announced)
                .and(presented)
                .because(summary),
        );
    }
    (case.word(CAUSE).is_none()).then(|| Finding::ruled_out(CAUSE, announced).and(presented))
}

fn by_age(case: &Case<'_>, refresh: &RefreshTokenHistory, age: Duration) -> Finding {
    let documented = case
        .provider
        .and_then(|provider| provider.lifetimes.refresh.as_ref())
        .map(|it| Duration::from_secs(it.seconds));
    let text = format!("presented a refresh token that was {} old", readable(age));
    let evidence = Evidence::of(case.exchange(), PLACE, text);
    if let Some(lifetime) = documented.filter(|lifetime| age >= *lifetime) {
        let text = format!(
            "{} and the documented lifetime is {}",
            evidence.text,
            readable(lifetime)
        );
        let evidence = Evidence { text, ..evidence };
        return Finding::likely(
            CAUSE,
            evidence,
            "the lifetime that this server is configured for",
        );
    }
    if let Some(older) = older_and_granted(case, age) {
        return Finding::ruled_out(CAUSE, older);
    }
    if age >= SHORTEST && is_sound(case, refresh) {
        let text = format!(
            "{}; nothing that the traffic shows ended it before",
            evidence.text
        );
        return Finding::likely(
            CAUSE,
            Evidence { text, ..evidence },
            "the lifetime of this server's refresh tokens",
        )
        .because(format!(
            "the refresh token was {} old and nothing else ended it",
            readable(age)
        ));
    }
    said::judge(case, CAUSE, "the lifetime of this server's refresh tokens").and(evidence)
}

/// Whether nothing that was seen speaks against the token but its age.
fn is_sound(case: &Case<'_>, refresh: &RefreshTokenHistory) -> bool {
    let same_client = refresh
        .issuance
        .seen()
        .is_some_and(|it| it.request().client.id.as_deref() == case.client_id());
    let ended = refresh
        .family
        .ends
        .iter()
        .any(|end| end.at() <= case.sent_at() && end.exchange() != case.exchange());
    same_client && !ended && case.other_presentations().next().is_none()
}

/// So many of the client's grants are looked at for a token that was older and was accepted.
const COMPARED_MAX: usize = 64;

fn older_and_granted(case: &Case<'_>, age: Duration) -> Option<Evidence> {
    let granted = case
        .client
        .requests
        .iter()
        .rev()
        .filter(|it| it.outcome() == Outcome::Granted)
        .take(COMPARED_MAX);
    let refreshes = granted.filter(|it| it.request().grant.grant_type() == "refresh_token");
    let (exchange, other) = refreshes
        .filter_map(|it| {
            let token = case.history.refresh_token(it.request().grant.secret()?);
            let issued = token.issuance.seen()?.at;
            Some((
                it.exchange(),
                Duration::try_from(it.sent_at().duration_since(issued)).ok()?,
            ))
        })
        .find(|(_, other)| *other >= age)?;
    let text = format!(
        "the server granted a refresh token that was {} old, and this one was {}",
        readable(other),
        readable(age)
    );
    Some(Evidence::of(exchange, PLACE, text))
}
