//! `refused-in-a-loop`: a client presents a refused grant again and again.
//!
//! RFC 6749 §5.2 leaves a client nothing to gain by it: the refused grant "is invalid, expired, revoked", and stays so.

use std::time::Duration;

use grantscope_correlation::{Outcome, Presentation};
use grantscope_oauth::{ExchangeId, TokenRequest};

use super::Concern;
use super::sight::{Presented, Sight};
use super::warning::Warning;
use crate::case::Case;
use crate::diagnosis::diagnose;
use crate::finding::{Evidence, Finding};

/// So many refusals are a loop,
const TIMES_MIN: usize = 3;
/// where no more time than this lies between the first and the last.
const WITHIN: Duration = Duration::from_mins(1);

pub(super) fn warn(sight: &Sight<'_>) -> Option<Warning> {
    let presented = sight.presented.as_ref()?;
    let refused = refused_lately(presented);
    let last = &refused[refused.len().checked_sub(TIMES_MIN)?..];
    let causes: Vec<_> = last
        .iter()
        .map(|it| cause_of(sight, it.exchange()))
        .collect::<Option<_>>()?;
    let cause = *causes.last()?;
    if causes.iter().any(|other| *other != cause) {
        return None;
    }
    let shown = |it: &&Presentation| {
        let text = format!("was refused for {cause}");
        Evidence::of(it.exchange(), "response error", text)
    };
    let (this, earlier) = last.split_last()?;
    let summary =
        format!("the same grant was refused {TIMES_MIN} times within a minute for {cause}");
    Some(
        Warning::of(Concern::RefusedInALoop, presented.place(), shown(this))
            .and_all(earlier.iter().rev().map(shown))
            .because(summary),
    )
}

/// The refusals of the same grant within the last minute, this one included, in the order of time.
fn refused_lately<'a>(presented: &'a Presented<'_>) -> Vec<&'a Presentation> {
    let this = &presented.presentation;
    if this.outcome() != Outcome::Refused {
        return Vec::new();
    }
    let is_near = |it: &&Presentation| {
        let apart = this.sent_at().duration_since(it.sent_at());
        Duration::try_from(apart).is_ok_and(|apart| apart <= WITHIN)
    };
    let requests = presented.client().requests.iter();
    let refused: Vec<_> = requests
        .filter(|it| it.outcome() == Outcome::Refused && is_near(it))
        .filter(|it| present_the_same(it.request(), this.request()))
        .filter(|it| (it.sent_at(), it.exchange()) <= (this.sent_at(), this.exchange()))
        .collect();
    if refused
        .last()
        .is_some_and(|last| last.exchange() == this.exchange())
    {
        refused
    } else {
        Vec::new()
    }
}

/// Whether two requests present one grant: the same secret or, where the grant has none, the same in all.
fn present_the_same(a: &TokenRequest, b: &TokenRequest) -> bool {
    match (a.grant.secret(), b.grant.secret()) {
        (Some(a), Some(b)) => a == b,
        _ => a.grant == b.grant,
    }
}

/// The cause that stands out; `None` where the exchange is no refusal.
fn cause_of(sight: &Sight<'_>, exchange: ExchangeId) -> Option<&'static str> {
    let case = Case::of(sight.history, sight.reader.providers(), exchange)?;
    let diagnosis = diagnose(&case);
    let id = |finding: &Finding| finding.cause().id();
    Some(diagnosis.top().map_or("a cause that is open", id))
}
