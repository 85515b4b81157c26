//! `code-superseded`: the code was invalidated because a newer authorization of the same user and client replaced it.
//!
//! RFC 6749 §4.1.2 leaves it to the server how many codes of one user and client are good at a time.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::is_sound;

const CAUSE: Cause = Cause::CodeSuperseded;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let newer = newer_issuance(case);
    match newer {
        Some(newer) if is_sound(case) => Finding::likely(
            CAUSE,
            newer,
            "whether this server keeps an older code of the same user",
        ),
        Some(newer) => said::judge(
            case,
            CAUSE,
            "whether this server keeps an older code of the same user",
        )
        .and(newer),
        None => said::judge(
            case,
            CAUSE,
            "a newer authorization of the same user and client",
        ),
    }
}

fn newer_issuance(case: &Case<'_>) -> Option<Evidence> {
    let issuance = case.code.as_ref()?.issuance.seen()?;
    let newer = case
        .history
        .issuances_to(&issuance.response.redirect_uri)
        .into_iter()
        .find(|other| {
            other.at > issuance.at && other.at < case.sent_at() && other.response.code.is_some()
        })?;
    Some(Evidence::of(
        newer.exchange,
        "authorization response code",
        "issued a newer code to the same redirect URI",
    ))
}
