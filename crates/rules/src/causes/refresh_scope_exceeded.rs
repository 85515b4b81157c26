//! `refresh-scope-exceeded`: the refresh token is used for more scope or another audience than it was granted.
//!
//! RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by the resource owner".

use grantscope_correlation::RefreshTokenHistory;
use grantscope_oauth::{ExchangeId, Grant, RequestMessage, ResponseMessage};

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_unknown::{WHOLE_REQUEST, has_whole_request};
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshScopeExceeded;
const PLACE: &str = "form scope";
const SETTLES: &str = "the scope that was granted with the refresh token";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let asks_for_resource = !case.request().resource.is_empty();
    let Some(asked) = case.request().scope.as_deref() else {
        if asks_for_resource {
            return said::judge(
                case,
                CAUSE,
                "the resource that the refresh token was granted for",
            );
        }
        if !has_whole_request(case) {
            return said::judge(case, CAUSE, WHOLE_REQUEST);
        }
        let text = "asks for no scope and no resource";
        return Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text));
    };
    let granted = case
        .refresh
        .as_ref()
        .and_then(|refresh| granted(case, refresh));
    let Some((exchange, granted)) = granted else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let more: Vec<_> = asked
        .split_whitespace()
        .filter(|scope| !granted.split_whitespace().any(|other| other == *scope))
        .collect();
    let granting = Evidence::of(exchange, "scope", format!("was granted for “{granted}”"));
    match (more.is_empty(), asks_for_resource) {
        (true, true) => said::judge(case, CAUSE, SETTLES).and(granting),
        (true, false) => Finding::ruled_out(CAUSE, granting),
        (false, _) => exceeded(case, granting, &granted, &more.join(" ")),
    }
}

/// The scope of the login that the token descends from: a refresh may have asked for less (RFC 6749 §6).
fn granted(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<(ExchangeId, String)> {
    let first = refresh.family.generations.first()?.issued_in;
    let reading = case.history.reading(first)?;
    let (RequestMessage::Token(request), Some(ResponseMessage::Token(response))) =
        (&reading.request, &reading.response)
    else {
        return None;
    };
    if let Some(scope) = response.scope.as_ref().or(request.scope.as_ref()) {
        return Some((first, scope.clone()));
    }
    // RFC 6749 §5.1: a response without scope grants the scope that was asked for.
    let Grant::AuthorizationCode {
        code: Some(code), ..
    } = &request.grant
    else {
        return None;
    };
    let code = case.history.code(code);
    let authorization = code.authorization.seen()?;
    Some((authorization.exchange, authorization.request.scope.clone()?))
}

fn exceeded(case: &Case<'_>, granting: Evidence, granted: &str, more: &str) -> Finding {
    let asking = Evidence::of(
        case.exchange(),
        PLACE,
        format!("asks for “{more}” beyond that"),
    );
    let asked = case.request().scope.clone().unwrap_or_default();
    let comparison = Comparison::of_wholes(
        "scope",
        ("granted scope", granting.exchange, granted.to_owned()),
        ("requested scope", case.exchange(), asked),
    );
    // RFC 6749 §5.2 has this word for a scope that "exceeds the scope granted by the resource owner".
    let finding = if case.error().error == "invalid_scope" {
        let text = "answered invalid_scope";
        Finding::proven(CAUSE, granting)
            .and(asking)
            .and(Evidence::of(case.exchange(), "response error", text))
    } else {
        let settles = "whether this server refuses, or grants the lesser scope";
        Finding::likely(CAUSE, granting, settles).and(asking)
    };
    finding
        .because(format!(
            "the refresh asks for scope that was not granted: {more}"
        ))
        .comparing(comparison)
}
