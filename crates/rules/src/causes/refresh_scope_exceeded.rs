//! `refresh-scope-exceeded`: the refresh token is used for more scope or another audience than it was granted.
//!
//! RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by the resource owner".

use grantscope_correlation::{Authorization, Presentation, RefreshTokenHistory};
use grantscope_oauth::{ExchangeId, Grant, RequestMessage, ResponseMessage};

use crate::absence::{WHOLE_REQUEST, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshScopeExceeded;
const PLACE: &str = "form scope";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(finding) = refused_before(case) {
        return finding;
    }
    let asks_for_resource = !case.request().resource.is_empty();
    let Some(asked) = case.request().scope.as_deref() else {
        if asks_for_resource {
            return said::judge_until(
                case,
                CAUSE,
                "the resource that the refresh token was granted for",
            )
            .fix("Name in the refresh the `resource` of the authorization request, or none.");
        }
        if !has_whole_request(case) {
            return said::judge_until(case, CAUSE, WHOLE_REQUEST);
        }
        let text = "asks for no scope and no resource";
        return Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text));
    };
    let granted = case
        .refresh
        .as_ref()
        .and_then(|refresh| Granted::of(case, refresh));
    let Some(granted) = granted else {
        return said::judge(case, CAUSE);
    };
    let more = beyond(asked, &granted.scope);
    let granting = Evidence::of(
        granted.exchange,
        "scope",
        format!("was granted for “{}”", granted.scope),
    );
    let at_login = granted.asked.as_deref().unwrap_or_default();
    match (more.is_empty(), asks_for_resource) {
        (true, false) if case.word(CAUSE).is_none() => Finding::ruled_out(CAUSE, granting),
        (true, _) => said::judge(case, CAUSE).and(granting),
        // A server may name a scope otherwise than the client does, or not at all.
        (false, _) if !is_scope_error(case) && beyond(&more.join(" "), at_login).is_empty() => {
            let settles = "whether the user granted all that the login asked for";
            said::judge_until(case, CAUSE, settles).and(granting)
        }
        (false, _) => exceeded(case, granting, &granted.scope, &more.join(" ")),
    }
}

/// Words for a scope (RFC 6749 §5.2) or a resource (RFC 8707 §2) beyond the grant.
const BEYOND_THE_GRANT: [&str; 2] = ["invalid_scope", "invalid_target"];

/// The first refusal of a token is the telling one: an attempt that is refused uses the token up at some servers.
fn refused_before(case: &Case<'_>) -> Option<Finding> {
    if case.error().error != "invalid_grant" {
        return None;
    }
    let is_telling = |other: &&Presentation| {
        let error = other.error().map(|error| error.error.as_str());
        case.is_called_server(&other.request().endpoint) == Some(true)
            && error.is_some_and(|error| BEYOND_THE_GRANT.contains(&error))
    };
    let refused = case.other_presentations().find(is_telling)?;
    let error = refused.error().map(|error| error.error.clone());
    let text = format!(
        "was refused with {} for the same token",
        error.unwrap_or_default()
    );
    let first = Evidence::of(refused.exchange(), "response error", text);
    let finding = Finding::likely(
        CAUSE,
        first,
        "whether the server keeps a refresh token after a refused attempt",
    )
    .because("the refresh was refused for its scope or resource, and the token may be used up by that: the first answer is the telling one")
    .fix("Ask for the scope and the resource that were granted, or for none; the user has to log in again for the next attempt.");
    Some(finding)
}

/// RFC 6749 §5.2 has this word for a scope that "exceeds the scope granted by the resource owner".
fn is_scope_error(case: &Case<'_>) -> bool {
    case.error().error == "invalid_scope"
}

/// What is asked for beyond a scope. Some scopes are about the tokens themselves and are seldom named in an answer, and
/// servers write one scope with and without the address of its API.
fn beyond<'a>(asked: &'a str, granted: &str) -> Vec<&'a str> {
    let tail = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
    let is_same_in_short = |one: &str, other: &str| {
        one.contains("://") != other.contains("://") && tail(one) == tail(other)
    };
    let covered = |scope: &str| {
        matches!(scope, "openid" | "offline_access")
            || scope.ends_with("/.default")
            || granted
                .split_whitespace()
                .any(|other| other == scope || is_same_in_short(other, scope))
    };
    asked
        .split_whitespace()
        .filter(|scope| !covered(scope))
        .collect()
}

/// The scope of the login that a token descends from: a refresh may have asked for less (RFC 6749 §6).
struct Granted {
    exchange: ExchangeId,
    scope: String,
    /// What the login asked for.
    asked: Option<String>,
}

impl Granted {
    fn of(case: &Case<'_>, refresh: &RefreshTokenHistory) -> Option<Self> {
        let exchange = refresh.family.generations.first()?.issued_in?;
        let reading = case.history.reading(exchange)?;
        let (RequestMessage::Token(request), Some(ResponseMessage::Token(response))) =
            (&reading.request, &reading.response)
        else {
            return None;
        };
        let authorization = authorization(case, &request.grant);
        let asked = request.scope.clone().or_else(|| {
            let authorization = authorization.as_ref()?;
            authorization.request.scope.clone()
        });
        // RFC 6749 §5.1: a response without scope grants the scope that was asked for.
        let asked_in = authorization
            .filter(|_| request.scope.is_none())
            .map_or(exchange, |it| it.exchange);
        match &response.scope {
            Some(scope) => Some(Self {
                exchange,
                scope: scope.clone(),
                asked,
            }),
            None => Some(Self {
                exchange: asked_in,
                scope: asked.clone()?,
                asked,
            }),
        }
    }
}

/// The authorization request that led to a code.
fn authorization(case: &Case<'_>, grant: &Grant) -> Option<Authorization> {
    let Grant::AuthorizationCode {
        code: Some(code), ..
    } = grant
    else {
        return None;
    };
    case.history.code(code).authorization.seen().cloned()
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
    let finding = if is_scope_error(case) {
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
