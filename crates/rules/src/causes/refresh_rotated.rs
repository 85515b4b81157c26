//! `refresh-rotated`: the refresh token was already replaced by a newer one.
//!
//! RFC 6749 §6: the server may issue a new refresh token, "in which case the client MUST discard the old refresh token and
//! replace it with the new refresh token".

use grantscope_correlation::{Outcome, Presentation};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::RefreshRotated;
const PLACE: &str = "form refresh_token";
const SETTLES: &str = "an earlier refresh with the same token that did not go through the proxy";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let others: Vec<_> = case.other_presentations().collect();
    let replaced_by = |other: &&&Presentation| {
        other
            .tokens()
            .and_then(|it| it.refresh_token.as_ref())
            .is_some_and(|new| *new != refresh.token)
    };
    if let Some(replacing) = others.iter().find(replaced_by) {
        return replaced(case, replacing);
    }
    let of = |outcome: Outcome| others.iter().find(|other| other.outcome() == outcome);
    if let Some(undecided) = of(Outcome::Pending).or(of(Outcome::Unanswered)) {
        let unseen = "the answer to that request, which may have carried a new refresh token";
        return Finding::likely(
            CAUSE,
            Evidence::of(undecided.exchange(), PLACE, "presented the same token, and no answer came before the refusal"),
            unseen,
        )
        .fix("Let one refresh run at a time, and keep the new refresh token before using the new access token.");
    }
    match of(Outcome::Granted) {
        Some(kept) => {
            let text = "refreshed with the same token and got no new one";
            Finding::ruled_out(
                CAUSE,
                Evidence::of(kept.exchange(), "response refresh_token", text),
            )
        }
        None => said::judge(case, CAUSE, SETTLES),
    }
}

fn replaced(case: &Case<'_>, replacing: &Presentation) -> Finding {
    let new = replacing
        .tokens()
        .and_then(|it| it.refresh_token.as_ref())
        .map(|new| new.named("refresh"));
    let text = format!(
        "refreshed with the same token and got {} in its place",
        new.unwrap_or_default()
    );
    let since = case
        .sent_at()
        .duration_since(replacing.sent_at())
        .unsigned_abs();
    let (again, summary, fix) = if replacing.overlaps(&case.refused) {
        (
            "was under way at the same time with the same token".to_owned(),
            "two refreshes were under way at once with the same token, and the server rotates it at the first".to_owned(),
            "Let one refresh run at a time: share the promise or lock of the running refresh between requests, tabs and \
             processes.",
        )
    } else {
        (
            format!(
                "presented the replaced token again {} later",
                readable(since)
            ),
            format!(
                "the refresh token was replaced {} before by a newer one",
                readable(since)
            ),
            "Store the new refresh token of each token response, everywhere the old one is kept, before the next refresh.",
        )
    };
    Finding::proven(
        CAUSE,
        Evidence::of(replacing.exchange(), "response refresh_token", text),
    )
    .and(Evidence::of(case.exchange(), PLACE, again))
    .because(summary)
    .fix(fix)
}
