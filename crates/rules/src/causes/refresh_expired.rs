//! `refresh-expired`: the refresh token is past its absolute or inactivity lifetime.
//!
//! RFC 6749 §5.2, `invalid_grant`: the refresh token "is invalid, expired, revoked".

use std::time::Duration;

use grantscope_correlation::{Presentation, RefreshTokenHistory, Role};
use grantscope_oauth::{ExchangeId, RequestMessage, ResponseMessage};
use jiff::Timestamp;

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_rotated::accepted_later;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::RefreshExpired;
const PLACE: &str = "form refresh_token";
const SETTLES: &str = "the lifetime of this server's refresh tokens";

/// Servers in wide use let no refresh token expire before this age unless they are told to.
const SHORTEST: Duration = Duration::from_mins(30);

/// No server is configured for a lifetime below a second.
const BRIEFEST: Duration = Duration::from_millis(500);

/// Where the server's clock is not known, this one may be wrong by so much (RFC 7519 §4.1.4: "a few minutes").
const SKEW: Duration = Duration::from_mins(5);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge_until(case, CAUSE, SETTLES);
    };
    if let Some(accepted) = accepted_later(case) {
        return Finding::ruled_out(CAUSE, accepted);
    }
    by_claims(case, refresh)
        .or_else(|| by_announced_lifetime(case, refresh))
        .or_else(|| by_age(case, refresh))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

/// Whether the token itself or the response that issued it says that it has expired.
pub(super) fn has_expired(case: &Case<'_>) -> bool {
    let Some(refresh) = &case.refresh else {
        return false;
    };
    by_claims(case, refresh)
        .or_else(|| by_announced_lifetime(case, refresh))
        .is_some_and(|finding| finding.verdict() >= Verdict::Likely)
}

/// A token that is a JWT tells when it expires. Some servers write 0 for never.
fn by_claims(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Finding> {
    let exp = refresh.token.jwt.as_ref()?.exp.filter(|exp| *exp > 0)?;
    let now = case.error().server_time.unwrap_or(case.sent_at());
    let distance = Duration::from_secs(now.as_second().abs_diff(exp));
    let words = readable(distance);
    if now.as_second() < exp {
        let text = format!("is good for another {words} by its own claim exp");
        return case
            .word(CAUSE)
            .is_none()
            .then(|| Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text)));
    }
    let text = format!("had expired {words} before by its own claim exp");
    let finding = Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, text)).because(
        format!("the refresh token expired {words} before it was presented"),
    );
    let is_sure = case.error().server_time.is_some() || distance > SKEW;
    Some(if is_sure {
        finding
    } else {
        finding.at_most_likely("the server's clock: its answer carries no Date")
    })
}

/// That a token response told the lifetime of the refresh token that it carries.
struct Announcement {
    exchange: ExchangeId,
    at: Timestamp,
    lifetime: Duration,
}

/// The last one counts: a server without rotation sends the same token with each refresh, and may begin its lifetime anew.
fn announcement(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Announcement> {
    let readings = case
        .history
        .mentioned_as(refresh.token.digest, Role::IssuedRefreshToken);
    let before = readings
        .iter()
        .rev()
        .filter(|reading| reading.sent_at <= case.sent_at());
    before.into_iter().find_map(|reading| {
        let Some(ResponseMessage::Token(tokens)) = &reading.response else {
            return None;
        };
        let seconds = tokens.refresh_expires_in_s.filter(|seconds| *seconds > 0)?;
        Some(Announcement {
            exchange: reading.exchange,
            at: reading.answered_at.unwrap_or(reading.sent_at),
            lifetime: Duration::from_secs(seconds),
        })
    })
}

/// Some servers tell the lifetime with the token.
fn by_announced_lifetime(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Finding> {
    let told = announcement(case, refresh)?;
    let age = Duration::try_from(case.sent_at().duration_since(told.at)).ok()?;
    let (age_text, lifetime) = (readable(age), readable(told.lifetime));
    let announced = Evidence::of(
        told.exchange,
        "response refresh_expires_in",
        format!("gave the refresh token a lifetime of {lifetime}"),
    );
    let presented = Evidence::of(
        case.exchange(),
        PLACE,
        format!("presented it {age_text} after that"),
    );
    if age < told.lifetime {
        return case
            .word(CAUSE)
            .is_none()
            .then(|| Finding::ruled_out(CAUSE, announced).and(presented));
    }
    let finding = Finding::proven(CAUSE, announced)
        .and(presented)
        .because(format!(
            "the refresh token was {age_text} old, and its lifetime is {lifetime}"
        ));
    let used_since = refresh
        .presentations
        .iter()
        .any(|it| it.is_granted() && it.sent_at() >= told.at);
    Some(if used_since {
        finding.at_most_likely("whether a use begins the lifetime anew at this server")
    } else {
        finding
    })
}

/// The three spans that a server may limit.
struct Age {
    since_issued: Duration,
    since_used: Duration,
    /// Since the login that the token descends from, where that was seen.
    of_family: Option<Duration>,
}

impl Age {
    fn of(
        case: &Case<'_>,
        refresh: &RefreshTokenHistory,
        presented: &Presentation,
    ) -> Option<Self> {
        let now = presented.sent_at();
        let since = |at: Timestamp| Duration::try_from(now.duration_since(at)).ok();
        let issued = refresh.issuance.seen()?.at;
        let uses = refresh
            .presentations
            .iter()
            .filter(|it| it.is_granted() && it.exchange() != presented.exchange());
        let used = uses
            .map(Presentation::sent_at)
            .filter(|at| *at <= now)
            .max()
            .unwrap_or(issued);
        Some(Self {
            since_issued: since(issued)?,
            since_used: since(used.max(issued))?,
            of_family: login_of(case, refresh).and_then(since),
        })
    }

    /// Whether no limit that refuses `other` could pass this one.
    fn is_no_less_than(&self, other: &Self) -> bool {
        let family = match (self.of_family, other.of_family) {
            (Some(own), Some(others)) => own >= others,
            _ => false,
        };
        family && self.since_issued >= other.since_issued && self.since_used >= other.since_used
    }
}

/// When the family began, where its first token was seen to come from a login and not from a refresh.
fn login_of(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Timestamp> {
    let reading = case
        .history
        .reading(refresh.family.generations.first()?.issued_in?)?;
    let RequestMessage::Token(request) = &reading.request else {
        return None;
    };
    (request.grant.grant_type() != "refresh_token")
        .then(|| reading.answered_at.unwrap_or(reading.sent_at))
}

fn by_age(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Finding> {
    let age = Age::of(case, refresh, &case.refused)?;
    let says_so = case.word(CAUSE).is_some();
    if let Some(older) = older_and_granted(case, &age).filter(|_| !says_so) {
        return Some(Finding::ruled_out(CAUSE, older));
    }
    let issued = readable(age.since_issued);
    let text = format!("presented a refresh token that was {issued} old");
    if let Some(finding) = by_documented_lifetime(case, &age) {
        return Some(finding);
    }
    let summary = format!(
        "the refresh token had expired: it was {issued} old, and nothing else is seen to have ended it"
    );
    let is_sound = is_sound(case, refresh);
    if age.since_issued >= SHORTEST && is_sound {
        let text = format!("{text}; nothing that the traffic shows ended it before");
        let evidence = Evidence::of(case.exchange(), PLACE, text);
        return Some(Finding::likely(CAUSE, evidence, SETTLES).because(summary));
    }
    let evidence = Evidence::of(case.exchange(), PLACE, text);
    let finding = said::judge_until(case, CAUSE, SETTLES).and(evidence);
    Some(if age.since_issued >= BRIEFEST && is_sound {
        finding.because(summary).favoured()
    } else {
        finding
    })
}

fn by_documented_lifetime(case: &Case<'_>, age: &Age) -> Option<Finding> {
    let lifetimes = &case.provider?.lifetimes;
    let over = |limit: &Option<grantscope_oauth::Lifetime>, span: Duration| {
        let limit = Duration::from_secs(limit.as_ref()?.seconds);
        (span >= limit).then(|| (readable(span), readable(limit)))
    };
    let text = if let Some((span, limit)) = over(&lifetimes.refresh, age.since_issued) {
        format!(
            "presented a refresh token that was {span} old, and the documented lifetime is {limit}"
        )
    } else if let Some((span, limit)) = over(&lifetimes.refresh_idle, age.since_used) {
        format!(
            "presented a refresh token that was not used for {span}, and the documented limit is {limit}"
        )
    } else {
        return None;
    };
    let settles = "the lifetime that this server is configured for";
    Some(Finding::likely(
        CAUSE,
        Evidence::of(case.exchange(), PLACE, text),
        settles,
    ))
}

/// Whether nothing that was seen speaks against the token but its age.
fn is_sound(case: &Case<'_>, refresh: &RefreshTokenHistory) -> bool {
    let fits = refresh.issuance.seen().is_some_and(|it| {
        it.request().client.id.as_deref() == case.client_id()
            && it.request().endpoint == case.request().endpoint
    });
    let ended = refresh
        .family
        .ends
        .iter()
        .any(|end| end.at() <= case.sent_at() && end.exchange() != case.exchange());
    let says_other = case
        .statements
        .all()
        .iter()
        .any(|word| word.cause != CAUSE && word.verdict >= Verdict::Likely);
    fits && !ended
        && !says_other
        && !refuses_something_else(case)
        && case.other_presentations().next().is_none()
}

/// Whether the status or the error code says that the refusal is not about the token.
pub(super) fn refuses_something_else(case: &Case<'_>) -> bool {
    let error = case.error();
    let other = [
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "access_denied",
        "invalid_dpop_proof",
    ];
    error.status >= 500
        || error.status == 429
        || error.error.ends_with("_required")
        || other.contains(&error.error.as_str())
}

/// So many of the client's grants are looked at for a token that was older and was accepted.
const COMPARED_MAX: usize = 64;

/// A token that was older by every measure, and was granted.
fn older_and_granted(case: &Case<'_>, age: &Age) -> Option<Evidence> {
    let refreshes = case
        .client
        .requests
        .iter()
        .rev()
        .filter(|it| it.is_granted())
        .filter(|it| it.request().grant.grant_type() == "refresh_token")
        .take(COMPARED_MAX);
    let ages = refreshes.filter_map(|it| {
        let token = case.history.refresh_token(it.request().grant.secret()?);
        Some((it.exchange(), Age::of(case, &token, it)?))
    });
    let (exchange, older) = ages
        .into_iter()
        .find(|(_, other)| other.is_no_less_than(age))?;
    let text = format!(
        "the server granted a refresh token that was {} old, and this one was {}",
        readable(older.since_issued),
        readable(age.since_issued)
    );
    Some(Evidence::of(exchange, PLACE, text))
}
