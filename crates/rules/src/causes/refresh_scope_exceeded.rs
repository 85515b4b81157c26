//! `refresh-scope-exceeded`: the refresh token is used for more scope or another audience than it was granted.
//!
//! RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by the resource owner".

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshScopeExceeded;
const SETTLES: &str = "the scope that was granted with the refresh token";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(asked) = case.request().scope.as_deref() else {
        return if case.request().resource.is_empty() {
            Finding::ruled_out(
                CAUSE,
                Evidence::of(
                    case.exchange(),
                    "form scope",
                    "asks for no scope and no resource",
                ),
            )
        } else {
            said::judge(case, CAUSE, SETTLES)
        };
    };
    let granted = case.refresh.as_ref().and_then(|refresh| {
        let issuance = refresh.issuance.seen()?;
        let scope = issuance
            .response()
            .scope
            .as_deref()
            .or(issuance.request().scope.as_deref())?;
        Some((issuance.exchange(), scope.to_owned()))
    });
    let Some((exchange, granted)) = granted else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let more: Vec<_> = asked
        .split_whitespace()
        .filter(|scope| !granted.split_whitespace().any(|other| other == *scope))
        .collect();
    let granting = Evidence::of(exchange, "response scope", format!("granted “{granted}”"));
    if more.is_empty() {
        return Finding::ruled_out(CAUSE, granting);
    }
    Finding::likely(
        CAUSE,
        granting,
        "whether this server refuses, or grants the lesser scope",
    )
    .and(Evidence::of(
        case.exchange(),
        "form scope",
        format!("asks for “{}” beyond that", more.join(" ")),
    ))
    .because(format!(
        "the refresh asks for scope that was not granted: {}",
        more.join(" ")
    ))
}
