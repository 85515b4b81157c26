//! A server that does not know what it issued a moment ago: its store was emptied, or another instance answered.

use std::time::Duration;

use grantscope_correlation::Seen;
use grantscope_oauth::ExchangeId;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::soundness::is_sound;

/// No server is known to document a shorter lifetime of a code or a refresh token: it has not forgotten a younger one because it
/// expired.
const YOUNG: Duration = Duration::from_secs(30);

/// No server is configured for a lifetime below a second.
const BRIEFEST: Duration = Duration::from_millis(500);

/// A code or a refresh token that the server was seen to issue, presented without a fault for the first time.
struct Issued {
    what: &'static str,
    exchange: ExchangeId,
    place: &'static str,
    age: Duration,
    /// The cause by which a server says that it does not know it.
    unknown: Cause,
}

/// The finding, where the server says that it does not know what it issued, or calls it invalid before anything can have
/// expired.
pub(crate) fn judge(case: &Case<'_>, cause: Cause) -> Option<Finding> {
    let issued = code(case).or_else(|| refresh_token(case))?;
    let word = case.word(issued.unknown)?;
    let age_max = if word.verdict >= Verdict::Likely {
        YOUNG
    } else {
        BRIEFEST
    };
    if issued.age >= age_max {
        return None;
    }
    let said = Evidence::of(
        case.exchange(),
        "response error",
        format!("the server says “{}”", word.text),
    );
    let what = issued.what;
    let origin = Evidence::of(
        issued.exchange,
        issued.place,
        format!("issued this very {what}"),
    );
    Some(
        Finding::likely(cause, said, cause.settled_by())
            .and(origin)
            .because(format!(
                "the server does not know a {what} that it has just issued: it was restarted, or another instance answered"
            ))
            .fix(format!(
                "Keep each {what} where every instance finds it and where it outlives a restart, and not in the memory of one."
            )),
    )
}

fn code(case: &Case<'_>) -> Option<Issued> {
    let exchange = case.code.as_ref()?.origin()?;
    is_sound(case).then_some(Issued {
        what: "code",
        exchange,
        place: "authorization response code",
        age: case.code_life()?.age,
        unknown: Cause::CodeUnknown,
    })
}

fn refresh_token(case: &Case<'_>) -> Option<Issued> {
    let refresh = case.refresh.as_ref()?;
    let Seen::Seen(issuance) = &refresh.issuance else {
        return None;
    };
    let (of_issuance, own) = (issuance.request(), case.request());
    let is_sound = of_issuance.endpoint == own.endpoint
        && of_issuance.client == own.client
        && own.scope.is_none()
        && refresh.family.ends.is_empty()
        && case.other_presentations().next().is_none();
    let age = case.sent_at().duration_since(issuance.at);
    is_sound.then_some(Issued {
        what: "refresh token",
        exchange: issuance.exchange(),
        place: "response refresh_token",
        age: age.try_into().ok()?,
        unknown: Cause::RefreshUnknown,
    })
}
