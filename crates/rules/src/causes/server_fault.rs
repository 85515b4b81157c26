//! `server-fault`: the authorization server lost or refused a valid grant.
//!
//! RFC 9110 §15.6: a status of the class 5xx says that "the server is aware that it has erred".

use std::time::Duration;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::forgotten;
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::ServerFault;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let error = case.error();
    if let Some(finding) = accepted_later(case) {
        return finding;
    }
    let outage = matches!(
        error.error.as_str(),
        "server_error" | "temporarily_unavailable"
    ) && !names_another_cause(case);
    let status = Evidence::of(
        case.exchange(),
        "response status",
        format!("answered {}", error.status),
    );
    if error.status == 429 {
        return Finding::likely(CAUSE, status, "the server's rate limit")
            .because("the server refused the request because too many were sent")
            .fix("Send fewer requests, and wait as long as Retry-After says.");
    }
    if error.status >= 500 || outage {
        return Finding::likely(CAUSE, status, "the server's own log")
            .because("the server failed, and did not judge the grant");
    }
    forgotten::judge(case, CAUSE).unwrap_or_else(|| said::judge(case, CAUSE))
}

/// Some servers say `server_error` of what they refuse, which their other words tell.
fn names_another_cause(case: &Case<'_>) -> bool {
    let words = case.statements.all();
    words
        .iter()
        .any(|word| word.cause != CAUSE && word.verdict >= Verdict::Likely)
}

/// A server that comes to its senses does so soon; after a longer time, somebody may have mended the user, the client or the grant.
const SOON: Duration = Duration::from_mins(1);

/// The very request that was refused was granted later: the grant was good all the time.
fn accepted_later(case: &Case<'_>) -> Option<Finding> {
    let secret = case.request().grant.secret().filter(|it| !it.is_masked())?;
    let later = case.client.requests.iter().find(|other| {
        other.is_granted()
            && other.sent_at() > case.sent_at()
            && !other.overlaps(&case.refused)
            && other.request().grant.secret() == Some(secret)
            && other.request().grant == case.request().grant
            && other.request().client == case.request().client
    })?;
    let after: Duration = later
        .sent_at()
        .duration_since(case.sent_at())
        .unsigned_abs();
    let text = format!(
        "the server granted the same request {} later",
        readable(after)
    );
    let finding = Finding::proven(CAUSE, Evidence::of(later.exchange(), "response", text))
        .and(Evidence::of(
            case.exchange(),
            "response error",
            "had refused it before",
        ))
        .because("the server refused a grant that it accepted later, unchanged");
    if case.error().error == "invalid_grant" && after <= SOON {
        Some(finding)
    } else {
        Some(finding.at_most_likely(
            "whether the user, the client or the grant was changed at the server in between",
        ))
    }
}
