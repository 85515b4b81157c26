//! `redirect-uri-missing`: the `redirect_uri` was sent on authorize and left out of the token request, or the reverse.
//!
//! RFC 6749 §4.1.3: "REQUIRED, if the `redirect_uri` parameter was included in the authorization request".

use std::time::Duration;

use grantscope_correlation::{Authorization, Presentation, Seen};
use grantscope_oauth::{ExchangeId, Grant};

use crate::absence::{WHOLE_REQUEST, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::{CodeParameters, is_sound_but_for_its_redirect_uri, parameters};

const CAUSE: Cause = Cause::RedirectUriMissing;
const PLACE: &str = "form redirect_uri";

/// Below this age no server takes a code for expired, so that nothing but the missing parameter is left.
const SURELY_YOUNG: Duration = Duration::from_secs(10);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let presented = parameters(case).redirect_uri;
    match (case.authorization(), presented) {
        (Some(authorization), None) if authorization.request.redirect_uri.is_some() => {
            left_out(case, authorization)
        }
        (Some(authorization), Some(_)) if authorization.request.redirect_uri.is_none() => {
            added(case, authorization)
        }
        (Some(authorization), presented) => {
            let text = match presented {
                Some(_) => "carries one, as the token request does",
                None => "carries none either",
            };
            Finding::ruled_out(CAUSE, asked(authorization, text))
        }
        (None, Some(_)) => said::judge(case, CAUSE).and(Evidence::of(
            case.exchange(),
            PLACE,
            "carries a redirect_uri",
        )),
        (None, None) => said::judge(case, CAUSE).and(Evidence::of(
            case.exchange(),
            PLACE,
            "carries no redirect_uri",
        )),
    }
}

fn asked(authorization: &Authorization, text: impl Into<String>) -> Evidence {
    let (exchange, place) = place(authorization, "query redirect_uri", PLACE);
    Evidence::of(exchange, place, text)
}

fn left_out(case: &Case<'_>, authorization: &Authorization) -> Finding {
    let without = |authorization: &Authorization, sent: CodeParameters<'_>| {
        authorization.request.redirect_uri.is_some() && sent.redirect_uri.is_none()
    };
    if let Some(granted) = granted_despite(case, without) {
        let text = "the server granted a code without it";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    let uri = authorization
        .request
        .redirect_uri
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let finding = Finding::proven(CAUSE, asked(authorization, format!("names {uri}")))
        .and(Evidence::of(
            case.exchange(),
            PLACE,
            "carries no redirect_uri",
        ))
        .because(
            "the token request leaves out the redirect_uri that the authorization request carried",
        )
        .fix(format!(
            "Send redirect_uri={uri} in the token request as well."
        ));
    if !has_whole_request(case) {
        return finding.at_most_likely(WHOLE_REQUEST);
    }
    let young = case.code_life().is_some_and(|life| life.age < SURELY_YOUNG);
    if young && is_sound_but_for_its_redirect_uri(case) && !names_another_cause(case) {
        finding
    } else {
        finding.at_most_likely("whether this server asks for the parameter, which OAuth 2.1 drops")
    }
}

/// Where a parameter of the authorization request stands: in the request itself, or in the one that pushed it (RFC 9126).
pub(super) fn place(
    authorization: &Authorization,
    in_query: &'static str,
    in_form: &'static str,
) -> (ExchangeId, &'static str) {
    match authorization.pushed_in {
        Some(pushed) => (pushed, in_form),
        None => (authorization.exchange, in_query),
    }
}

/// So many of the client's grants are looked at.
const COMPARED_MAX: usize = 64;

/// Where the server granted another code of this client though the same was amiss, so that it does not mind.
pub(super) fn granted_despite(
    case: &Case<'_>,
    amiss: impl Fn(&Authorization, CodeParameters<'_>) -> bool,
) -> Option<ExchangeId> {
    let is_amiss = |granted: &&Presentation| {
        let Grant::AuthorizationCode {
            code: Some(code),
            redirect_uri,
            code_verifier,
        } = &granted.request().grant
        else {
            return false;
        };
        let parameters = CodeParameters {
            redirect_uri: redirect_uri.as_ref(),
            code_verifier: code_verifier.as_ref(),
        };
        match case.history.code(code).authorization {
            Seen::Seen(authorization) => amiss(&authorization, parameters),
            Seen::Unseen(_) => false,
        }
    };
    let mut granted = case.client.accepted().rev().take(COMPARED_MAX);
    granted.find(is_amiss).map(Presentation::exchange)
}

/// The server's words mean something else for sure.
fn names_another_cause(case: &Case<'_>) -> bool {
    let words = case.statements.all();
    words
        .iter()
        .any(|word| word.verdict == Verdict::Proven && word.cause != CAUSE)
}

fn added(case: &Case<'_>, authorization: &Authorization) -> Finding {
    let asked = asked(authorization, "carries no redirect_uri");
    let with = |authorization: &Authorization, sent: CodeParameters<'_>| {
        authorization.request.redirect_uri.is_none() && sent.redirect_uri.is_some()
    };
    if let Some(granted) = granted_despite(case, with) {
        let text = "the server granted a code with a redirect_uri in the token request alone";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    Finding::likely(
        CAUSE,
        asked,
        "whether this server accepts a redirect_uri that only the token request carries",
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        "carries a redirect_uri",
    ))
    .because("the token request carries a redirect_uri that the authorization request did not")
    .fix("Send the same redirect_uri in both requests, or in neither.")
}
