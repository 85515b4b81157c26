//! `refresh-revoked`: the refresh token was revoked, by request or because the server detected a replay.
//!
//! RFC 7009 §2.1: "If the particular token is a refresh token … then the authorization server SHOULD also invalidate all access
//! tokens based on the same authorization grant." RFC 9700 §4.14.2: on reuse of a rotated token the server "will revoke the
//! active refresh token". RFC 6749 §4.1.2: on reuse of a code it "SHOULD revoke (when possible) all tokens previously issued".

use grantscope_correlation::{FamilyEnd, Revocation, RevokedToken};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshRevoked;
const SETTLES: &str = "a revocation that did not go through the proxy: a logout, an administrator, a changed password";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let ends = case.refresh.iter().flat_map(|refresh| &refresh.family.ends);
    let before = ends.filter(|end| end.at() <= case.sent_at() && end.exchange() != case.exchange());
    let findings: Vec<_> = before.filter_map(|end| by_end(case, end)).collect();
    let strongest = findings.into_iter().max_by_key(Finding::verdict);
    strongest.unwrap_or_else(|| said::judge(case, CAUSE, SETTLES))
}

fn by_end(case: &Case<'_>, end: &FamilyEnd) -> Option<Finding> {
    match end {
        FamilyEnd::Revoked(revocation) => by_revocation(case, revocation),
        FamilyEnd::LoggedOut(_) => None,
        FamilyEnd::CodeReplayed(replay) => Some(killed_by(
            replay.exchange(),
            "presented the code again from which this token descends, after which servers revoke all its tokens",
            "a second presentation of the code made the server revoke the tokens that were issued for it",
            "Mend what presents the code twice: the refresh token itself is not at fault.",
        )),
        FamilyEnd::TokenReplayed(replay) => {
            let own = case.request().grant.secret() == replay.request().grant.secret();
            (!own).then(|| {
                killed_by(
                    replay.exchange(),
                    "presented a replaced token of the same family again, after which servers revoke the whole family",
                    "an earlier use of a replaced refresh token made the server revoke the whole family",
                    "Find what keeps the old refresh token (another process, a cache, a backup) and let it use the new one.",
                )
            })
        }
    }
}

fn by_revocation(case: &Case<'_>, revocation: &Revocation) -> Option<Finding> {
    let place = "form token";
    let confirmed = revocation
        .status
        .is_some_and(|status| (200..300).contains(&status));
    let finding = match revocation.names {
        RevokedToken::Itself => Finding::proven(
            CAUSE,
            Evidence::of(revocation.exchange, place, "revoked this very token"),
        ),
        RevokedToken::Relative => Finding::likely(
            CAUSE,
            Evidence::of(
                revocation.exchange,
                place,
                "revoked another refresh token of the same grant",
            ),
            "whether this server ends the whole grant then",
        ),
        RevokedToken::Sibling => Finding::likely(
            CAUSE,
            Evidence::of(
                revocation.exchange,
                place,
                "revoked an access token of the same grant",
            ),
            "whether this server ends the refresh token with it, as RFC 7009 §2.1 allows",
        ),
    };
    let presented = Evidence::of(
        case.exchange(),
        "form refresh_token",
        "presented the token after that",
    );
    let finding = finding
        .and(presented)
        .because("the refresh token was revoked before it was presented");
    match (confirmed, revocation.status) {
        (true, _) => Some(finding),
        (false, None) => Some(finding.at_most_likely("the answer to the revocation")),
        (false, Some(_)) => None,
    }
}

fn killed_by(
    culprit: grantscope_oauth::ExchangeId,
    text: &str,
    summary: &str,
    fix: &str,
) -> Finding {
    Finding::likely(
        CAUSE,
        Evidence::of(culprit, "form", text),
        "the server's own record that it revoked the family at that request",
    )
    .because(format!("{summary} ({culprit})"))
    .fix(fix)
}
