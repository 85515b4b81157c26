//! `code-expired`: the code was presented after its lifetime.
//!
//! RFC 6749 §4.1.2: "The authorization code MUST expire shortly after it is issued to mitigate the risk of leaks. A maximum
//! authorization code lifetime of 10 minutes is RECOMMENDED."

use std::time::Duration;

use grantscope_correlation::{CodeLife, Party};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::is_sound;
use crate::units::readable;

const CAUSE: Cause = Cause::CodeExpired;
const PLACE: &str = "form code";

/// The longest lifetime that RFC 6749 §4.1.2 recommends.
const RECOMMENDED_MAX: Duration = Duration::from_mins(10);
/// The shortest lifetime that a server is known to document: the age of a younger code speaks for nothing by itself.
const SHORTEST: Duration = Duration::from_secs(30);
/// No server is configured for a lifetime below a second.
const BRIEFEST: Duration = Duration::from_millis(500);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(life) = case.code_life() else {
        return said::judge(case, CAUSE);
    };
    if let Some(word) = case
        .word(CAUSE)
        .filter(|word| word.verdict == Verdict::Proven)
    {
        let said = Evidence::of(
            case.exchange(),
            "response error",
            format!("the server says “{}”", word.text),
        );
        return explain(case, &life, Finding::proven(CAUSE, said));
    }
    if let Some(older) = older_and_granted(case, life.age) {
        return Finding::ruled_out(CAUSE, older);
    }
    by_age(case, &life)
}

fn by_age(case: &Case<'_>, life: &CodeLife) -> Finding {
    let documented = case
        .provider
        .and_then(|provider| provider.lifetimes.code.as_ref())
        .map(|it| Duration::from_secs(it.seconds));
    let unseen = match documented {
        Some(_) => "the lifetime that this server is configured for",
        None => "the lifetime of this server's codes",
    };
    let reason = match documented {
        Some(lifetime) => format!("the documented lifetime is {}", readable(lifetime)),
        None if life.age >= RECOMMENDED_MAX => {
            "RFC 6749 recommends a lifetime of 10 minutes at most".to_owned()
        }
        None => "all else that the traffic shows of it is in order".to_owned(),
    };
    let text = format!("presented a code that was {} old", readable(life.age));
    let is_old = match documented {
        Some(lifetime) => life.age >= lifetime,
        None => life.age >= RECOMMENDED_MAX || (life.age >= SHORTEST && is_sound(case)),
    };
    if is_old {
        let age = Evidence::of(case.exchange(), PLACE, format!("{text}, and {reason}"));
        return explain(case, life, Finding::likely(CAUSE, age, unseen));
    }
    let age = Evidence::of(case.exchange(), PLACE, text);
    let finding = said::judge_until(case, CAUSE, unseen).and(age);
    if life.age >= BRIEFEST && is_sound(case) {
        explain(case, life, finding).favoured()
    } else {
        finding
    }
}

/// Names the leg that used up the time.
fn explain(case: &Case<'_>, life: &CodeLife, finding: Finding) -> Finding {
    let Some(longest) = life.longest() else {
        return finding;
    };
    let (who, fix) = match longest.party {
        Party::UserAgent => (
            "the user agent",
            "The user agent took too long to bring the code to the app: look for a slow redirect, a page in between or a \
             device asleep, and start a new authorization when the code is old.",
        ),
        Party::App => (
            "the app",
            "The app kept the code too long before it redeemed it: exchange it at once in the callback, before any other \
             work, queue or user interaction.",
        ),
        Party::UserAgentAndApp => (
            "the user agent and the app",
            "Redeem the code at once when it arrives: nothing slow may stand between the redirect and the token request.",
        ),
        Party::Network => (
            "the network",
            "Reaching the token endpoint took too long: look at name resolution, connection and TLS handshake of the app's \
             host.",
        ),
    };
    let legs: Vec<_> = life
        .legs
        .iter()
        .map(|leg| format!("{} {}", party(leg.party), readable(leg.took)))
        .collect();
    finding
        .and(Evidence::of(
            case.exchange(),
            "timings",
            format!("the code's way: {}", legs.join(", ")),
        ))
        .because(format!(
            "the code had expired: it was {} old when it was presented; {who} had it for {}",
            readable(life.age),
            readable(longest.took)
        ))
        .fix(fix)
}

fn party(party: Party) -> &'static str {
    match party {
        Party::UserAgent => "user agent",
        Party::App => "app",
        Party::UserAgentAndApp => "user agent and app",
        Party::Network => "network",
    }
}

/// So many of the client's grants are looked at for a code that was older and was accepted.
const COMPARED_MAX: usize = 64;

fn older_and_granted(case: &Case<'_>, age: Duration) -> Option<Evidence> {
    let granted = case
        .client
        .requests
        .iter()
        .rev()
        .filter(|it| it.is_granted())
        .filter(|it| it.request().grant.grant_type() == "authorization_code")
        .take(COMPARED_MAX);
    let ages = granted.filter_map(|it| {
        let since = case
            .history
            .code_known_since(it.request().grant.secret()?)?;
        let age = Duration::try_from(it.sent_at().duration_since(since)).ok()?;
        Some((it.exchange(), age))
    });
    let (exchange, other) = ages.into_iter().find(|(_, other)| *other >= age)?;
    let text = format!(
        "the server granted a code that was {} old, and this one was {}",
        readable(other),
        readable(age)
    );
    Some(Evidence::of(exchange, PLACE, text))
}
