//! `assertion-time-invalid`: the assertion is expired, not yet valid or too long-lived.
//!
//! RFC 7523 §3: the server "MUST reject any JWT with an expiration time that has passed, subject to allowable clock skew", and
//! one that is used before its `nbf`.

use std::time::Duration;

use grantscope_oauth::JwtFacts;

use crate::assertion;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::AssertionTimeInvalid;
const SETTLES: &str = "the longest lifetime and the clock skew that the server allows";

/// What a server may allow for clocks that differ (RFC 7519 §4.1.4: "usually no more than a few minutes").
const SKEW: Duration = Duration::from_mins(5);

/// Servers that limit the life of an assertion allow an hour at most.
const LONGEST: Duration = Duration::from_hours(1);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(claims) = assertion::claims(case.request()) else {
        return said::judge(case, CAUSE);
    };
    let now = case.error().server_time.unwrap_or(case.sent_at());
    let finding = match fault(claims, now.as_second()) {
        Some(fault) => by_fault(case, &fault),
        None => said::judge_until(case, CAUSE, SETTLES),
    };
    finding.and_all(skew(case))
}

/// What is wrong with the times of an assertion.
struct Fault {
    text: String,
    /// How far beyond the limit it is.
    by: Duration,
    /// Whether each server has to refuse it, but for the skew that it allows.
    is_binding: bool,
}

fn fault(claims: &JwtFacts, now: i64) -> Option<Fault> {
    let apart = |other: i64| Duration::from_secs(now.abs_diff(other));
    let fault = |text: String, by, is_binding| Fault {
        text,
        by,
        is_binding,
    };
    match *claims {
        JwtFacts { exp: Some(exp), .. } if exp <= now => {
            let by = apart(exp);
            let text = format!("had expired {} before", readable(by));
            Some(fault(text, by, true))
        }
        JwtFacts { nbf: Some(nbf), .. } if nbf > now => {
            let by = apart(nbf);
            let text = format!("is valid only {} later", readable(by));
            Some(fault(text, by, true))
        }
        JwtFacts { iat: Some(iat), .. } if iat > now => {
            let by = apart(iat);
            let text = format!("claims to be issued {} later", readable(by));
            Some(fault(text, by, false))
        }
        _ => too_long(claims).map(|by| {
            let text = format!("is valid for {}", readable(LONGEST + by));
            fault(text, by, false)
        }),
    }
}

/// An assertion that the client makes itself names the client as its issuer; a token that a server made is not counted.
fn too_long(claims: &JwtFacts) -> Option<Duration> {
    let is_of_a_server = |iss: &String| iss.starts_with("https://");
    if claims.iss.as_ref().is_none_or(is_of_a_server) {
        return None;
    }
    let life = claims.exp?.checked_sub(claims.iat?)?;
    let life = Duration::from_secs(u64::try_from(life).ok()?);
    life.checked_sub(LONGEST).filter(|over| !over.is_zero())
}

fn by_fault(case: &Case<'_>, fault: &Fault) -> Finding {
    let clock = match case.error().server_time {
        Some(_) => "by the server's clock",
        None => "by this machine's clock",
    };
    let text = if fault.text.starts_with("is valid for") {
        fault.text.clone()
    } else {
        format!("{} {clock}", fault.text)
    };
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(case.exchange(), assertion::place(case.request()), &text),
    )
    .because(format!("the assertion {text}"));
    let is_said = case
        .word(CAUSE)
        .is_some_and(|word| word.verdict >= Verdict::Likely);
    if is_said || (fault.is_binding && fault.by > SKEW) {
        return finding;
    }
    finding.at_most_likely(if fault.is_binding {
        "the clock skew that this server allows"
    } else {
        "whether this server checks the time of issue and the longest lifetime"
    })
}

/// How far the app's clock and the server's are apart.
fn skew(case: &Case<'_>) -> Option<Evidence> {
    let server = case.error().server_time?;
    let apart = server.duration_since(case.sent_at()).unsigned_abs();
    let text = format!(
        "the server's clock and this machine's are {} apart",
        readable(apart)
    );
    (apart > Duration::from_secs(2)).then(|| Evidence::of(case.exchange(), "response Date", text))
}
