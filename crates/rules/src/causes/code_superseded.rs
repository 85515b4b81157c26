//! `code-superseded`: the code was invalidated because a newer authorization of the same user and client replaced it.
//!
//! RFC 6749 §4.1.2 leaves it to the server how many codes of one user and client are good at a time.

use grantscope_correlation::{Issuance, Seen};

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::code_reused::granted_later;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::is_sound;

const CAUSE: Cause = Cause::CodeSuperseded;
const SETTLES: &str =
    "whether both codes are of the same user, and whether this server keeps the older one";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(granted) = granted_later(case) {
        return Finding::ruled_out(CAUSE, granted);
    }
    let newer = newer_issuance(case);
    match newer {
        Some(newer) if is_sound(case) => Finding::likely(CAUSE, newer, SETTLES),
        Some(newer) => said::judge_until(case, CAUSE, SETTLES).and(newer),
        None => said::judge(case, CAUSE),
    }
}

fn newer_issuance(case: &Case<'_>) -> Option<Evidence> {
    let issuance = case.code.as_ref()?.issuance.seen()?;
    let to = &issuance.response.redirect_uri;
    let newer = case
        .history
        .issuances_between(to, issuance.at, case.sent_at())
        .into_iter()
        .find(|other| is_of_same_client(case, other))?;
    Some(Evidence::of(
        newer.exchange,
        "authorization response code",
        "issued a newer code to the same client, before the older one was presented",
    ))
}

fn is_of_same_client(case: &Case<'_>, other: &Issuance) -> bool {
    let Some(code) = &other.response.code else {
        return false;
    };
    match case.history.code(code).authorization {
        Seen::Seen(authorization) => authorization.request.client_id.as_deref() == case.client_id(),
        Seen::Unseen(_) => false,
    }
}
