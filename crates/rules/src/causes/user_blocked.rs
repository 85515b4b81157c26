//! `user-blocked`: the user is disabled, locked, unassigned, outside an allowed network, or lacks a licence or consent.
//!
//! RFC 6749 §5.2, `invalid_grant`: the resource owner's credentials or the grant "is invalid … revoked".

use grantscope_oauth::Grant;

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::user_credentials_wrong::{credentials, is_shown};
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::UserBlocked;

/// Servers lock an account after this many wrong passwords at the earliest.
const WRONG_PASSWORDS_MIN: usize = 3;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let is_of_a_device = matches!(case.request().grant, Grant::DeviceCode { .. });
    if is_of_a_device && case.error().error == "access_denied" {
        return denied(case);
    }
    locked(case).unwrap_or_else(|| said::judge(case, CAUSE))
}

/// RFC 8628 §3.5: `access_denied` says that "the authorization request was denied", by the user or by a policy.
fn denied(case: &Case<'_>) -> Finding {
    let text = "answered access_denied";
    let settles = "who denied it: the user, or a policy of the server";
    Finding::likely(
        CAUSE,
        Evidence::of(case.exchange(), "response error", text),
        settles,
    )
    .because("the user or a policy of the server denied the request")
    .fix("Tell the user that the request was denied, and start over only if the user wants to; else look the policy up in the server's sign-in log.")
}

/// A password that was accepted before is refused after a number of wrong ones: servers lock the account then.
fn locked(case: &Case<'_>) -> Option<Finding> {
    let own = credentials(&case.refused)?;
    let of_user: Vec<_> = case
        .client
        .requests
        .iter()
        .filter(|other| other.sent_at() < case.sent_at())
        .filter_map(|other| Some((other, credentials(other)?)))
        .filter(|(_, theirs)| theirs.0 == own.0 && is_shown(own) && is_shown(*theirs))
        .collect();
    let accepted = of_user
        .iter()
        .rposition(|(other, theirs)| other.is_granted() && theirs.1 == own.1)?;
    let wrong: Vec<_> = of_user[accepted + 1..]
        .iter()
        .filter(|(other, theirs)| other.error().is_some() && theirs.1 != own.1)
        .collect();
    let (last, _) = wrong
        .last()
        .filter(|_| wrong.len() >= WRONG_PASSWORDS_MIN)?;
    let text = format!(
        "was the last of {} refusals of other passwords for this user",
        wrong.len()
    );
    let finding = Finding::likely(
        CAUSE,
        Evidence::of(last.exchange(), "form password", text),
        "the state of the account at the server",
    )
    .and(Evidence::of(
        of_user[accepted].0.exchange(),
        "form password",
        "was granted with the password that is refused now",
    ))
    .because("the account is locked after several wrong passwords");
    Some(finding)
}
