//! The drawing of a finding whose cause is about time or order: such a cause is seen sooner than it is read.

use std::sync::Arc;

use grantscope_capture::report::ReportV1;
use grantscope_oauth::ExchangeId;
use maud::{Markup, html};

use crate::fault::Fault;
use crate::pages::grant::drawn::Drawn;
use crate::scope::Scope;

/// The causes that the life of the code shows.
const OF_CODE: [&str; 4] = [
    "code-expired",
    "code-reused",
    "code-revoked",
    "code-superseded",
];

/// The causes that the family of the refresh token shows.
const OF_FAMILY: [&str; 4] = [
    "refresh-expired",
    "refresh-revoked",
    "refresh-rotated",
    "refresh-session-ended",
];

/// What a drawing is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Life,
    Family,
}

impl Seen {
    /// What shows a cause; `None` where time and order say nothing of it.
    fn of(cause: &str) -> Option<Self> {
        if OF_CODE.contains(&cause) {
            Some(Self::Life)
        } else if OF_FAMILY.contains(&cause) {
            Some(Self::Family)
        } else {
            None
        }
    }
}

/// The drawing of the cause that stands out. Empty where it is not about time or order, or where too little was seen.
pub(super) async fn drawing(scope: &Scope, report: &ReportV1) -> Result<Markup, Fault> {
    let seen = report.cause.as_deref().and_then(Seen::of);
    let (Some(seen), Some(name)) = (seen, report.grant.fingerprint.clone()) else {
        return Ok(html! {});
    };
    let links = &scope.links;
    let more =
        html! { p.drawn { a href=(links.grant(&name)) { "The whole grant, drawn to scale" } } };
    let app = Arc::clone(&scope.app);
    let drawn = scope
        .read(move |store, key| Drawn::follow(&app, store, key, &name))
        .await?;
    Ok(match (drawn, seen) {
        (None, _) => html! {},
        (Some(drawn), Seen::Life) => drawn.life_until(links, ExchangeId(report.exchange.id), &more),
        (Some(drawn), Seen::Family) => drawn.family(links, &more),
    })
}

#[cfg(test)]
mod tests {
    use grantscope_rules::Cause;

    use super::*;

    #[test]
    fn every_cause_that_is_drawn_is_a_cause() {
        for drawn in OF_CODE.iter().chain(&OF_FAMILY) {
            assert!(Cause::ALL.iter().any(|it| it.id() == *drawn), "{drawn}");
        }
        assert_eq!(Seen::of("redirect-uri-mismatch"), None);
    }
}
