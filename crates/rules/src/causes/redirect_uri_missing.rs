//! `redirect-uri-missing`: the `redirect_uri` was sent on authorize and left out of the token request, or the reverse.
//!
//! RFC 6749 §4.1.3: "REQUIRED, if the `redirect_uri` parameter was included in the authorization request".

use std::time::Duration;

use grantscope_correlation::Authorization;
use grantscope_oauth::Grant;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::{is_sound_but_for_its_redirect_uri, parameters};

const CAUSE: Cause = Cause::RedirectUriMissing;
const PLACE: &str = "form redirect_uri";
const SETTLES: &str = "the authorization request, which tells whether a redirect_uri was sent";

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
        (Some(authorization), None) => Finding::ruled_out(
            CAUSE,
            Evidence::of(
                authorization.exchange,
                "query redirect_uri",
                "carries none either",
            ),
        ),
        (_, Some(_)) => Finding::ruled_out(
            CAUSE,
            Evidence::of(case.exchange(), PLACE, "carries a redirect_uri"),
        ),
        (None, None) => said::judge(case, CAUSE, SETTLES).and(Evidence::of(
            case.exchange(),
            PLACE,
            "carries no redirect_uri",
        )),
    }
}

fn left_out(case: &Case<'_>, authorization: &Authorization) -> Finding {
    if let Some(granted) = granted_without(case) {
        return Finding::ruled_out(CAUSE, granted);
    }
    let uri = authorization
        .request
        .redirect_uri
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(
            authorization.exchange,
            "query redirect_uri",
            format!("names {uri}"),
        ),
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        "carries no redirect_uri",
    ))
    .because("the token request leaves out the redirect_uri that the authorization request carried")
    .fix(format!(
        "Send redirect_uri={uri} in the token request as well."
    ));
    let young = case.code_life().is_some_and(|life| life.age < SURELY_YOUNG);
    if young && is_sound_but_for_its_redirect_uri(case) {
        finding
    } else {
        finding.at_most_likely("whether this server asks for the parameter, which OAuth 2.1 drops")
    }
}

/// The server granted another code to this client without a `redirect_uri`, so that it does not ask for one.
fn granted_without(case: &Case<'_>) -> Option<Evidence> {
    let without = |grant: &Grant| {
        matches!(
            grant,
            Grant::AuthorizationCode {
                redirect_uri: None,
                ..
            }
        )
    };
    let granted = case
        .client
        .accepted()
        .find(|it| without(&it.request().grant))?;
    Some(Evidence::of(
        granted.exchange(),
        PLACE,
        "the server granted a code without it",
    ))
}

fn added(case: &Case<'_>, authorization: &Authorization) -> Finding {
    let asked = Evidence::of(
        authorization.exchange,
        "query redirect_uri",
        "carries no redirect_uri",
    );
    Finding::likely(
        CAUSE,
        asked,
        "whether this server compares it with the registered one",
    )
    .and(Evidence::of(case.exchange(), PLACE, "carries one"))
    .because("the token request carries a redirect_uri that the authorization request did not")
    .fix("Send the redirect_uri in both requests.")
}
