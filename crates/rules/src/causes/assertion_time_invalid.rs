//! `assertion-time-invalid`: the assertion is expired, not yet valid or too long-lived.
//!
//! RFC 7523 §3: the server "MUST reject any JWT with an expiration time that has passed, subject to allowable clock skew", and
//! one that is used before its `nbf`.

use std::time::Duration;

use grantscope_oauth::JwtFacts;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::AssertionTimeInvalid;
const PLACE: &str = "form assertion";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let claims = case
        .request()
        .grant
        .secret()
        .and_then(|assertion| assertion.jwt.as_deref());
    let Some(claims) = claims else {
        return said::judge(
            case,
            CAUSE,
            "the claims of the assertion and the server's clock",
        );
    };
    let now = case
        .error()
        .server_time
        .unwrap_or(case.sent_at())
        .as_second();
    match fault(claims, now) {
        Some(fault) => Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, fault.clone()))
            .because(format!("the assertion {fault}")),
        None => said::judge(
            case,
            CAUSE,
            "the longest lifetime and the clock skew that the server allows",
        )
        .and_all(skew(case)),
    }
}

fn fault(claims: &JwtFacts, now: i64) -> Option<String> {
    let apart = |other: i64| readable(Duration::from_secs(now.abs_diff(other)));
    let starts = claims.nbf.or(claims.iat);
    match (claims.exp, starts) {
        (Some(exp), _) if exp <= now => Some(format!(
            "had expired {} before by the server's clock",
            apart(exp)
        )),
        (_, Some(starts)) if starts > now => Some(format!(
            "begins to be valid in {} by the server's clock",
            apart(starts)
        )),
        _ => None,
    }
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
