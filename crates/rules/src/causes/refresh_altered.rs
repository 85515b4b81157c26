//! `refresh-altered`: the refresh token differs from the issued one by encoding, truncation or white space.
//!
//! RFC 6749 §6: `refresh_token` is "the refresh token issued to the client".

use grantscope_correlation::{RefreshIssuance, RefreshTokenHistory, Role};
use grantscope_oauth::{Alteration, Fingerprint};

use crate::absence::{WHOLE_REQUEST, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::looks;
use crate::said;

const CAUSE: Cause = Cause::RefreshAltered;
const PLACE: &str = "form refresh_token";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE);
    };
    if let Some(issuance) = refresh.issuance.seen() {
        let text = "issued this very token";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(issuance.exchange(), "response refresh_token", text),
        );
    }
    if let Some(granted) = refresh.granted() {
        let text = "the server granted a refresh with this very value";
        return Finding::ruled_out(CAUSE, Evidence::of(granted.exchange(), PLACE, text));
    }
    if let Some((issuance, alteration)) = resembling(refresh) {
        return altered(case, refresh, issuance, *alteration);
    }
    another_value(case)
        .or_else(|| by_looks(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

/// The issued token that the presented one was made from.
///
/// Two JWTs begin alike without being made from each other; where both can be read, their claims tell.
pub(super) fn resembling(refresh: &RefreshTokenHistory) -> Option<&(RefreshIssuance, Alteration)> {
    refresh.resembles.as_ref().filter(|(issuance, _)| {
        let Some(issued) = &issuance.response().refresh_token else {
            return false;
        };
        match (&issued.jwt, &refresh.token.jwt) {
            (Some(issued), Some(presented)) => issued == presented,
            _ => true,
        }
    })
}

fn altered(
    case: &Case<'_>,
    refresh: &RefreshTokenHistory,
    issuance: &RefreshIssuance,
    alteration: Alteration,
) -> Finding {
    let issued = issuance
        .response()
        .refresh_token
        .as_ref()
        .unwrap_or(&refresh.token);
    let of =
        |token: &Fingerprint| format!("{}, {} characters", token.named("refresh"), token.length);
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(
            issuance.exchange(),
            "response refresh_token",
            format!("issued {}", of(issued)),
        ),
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        format!(
            "presented {}, which is the same token {alteration}",
            of(&refresh.token)
        ),
    ))
    .because(format!(
        "between the token response and its use, the refresh token was {alteration}"
    ))
    .comparing(Comparison::of_wholes(
        &alteration.to_string(),
        ("issued refresh token", issuance.exchange(), of(issued)),
        (
            "presented refresh token",
            case.exchange(),
            of(&refresh.token),
        ),
    ));
    // A body that was captured without its end may end in the middle of the token.
    if has_whole_request(case) {
        finding
    } else {
        finding.at_most_likely(WHOLE_REQUEST)
    }
}

fn another_value(case: &Case<'_>) -> Option<Finding> {
    let token = Some(&case.refresh.as_ref()?.token).filter(|token| looks::is_telling(token))?;
    case.history
        .mentions(token.digest)
        .into_iter()
        .find_map(|mention| {
            let what = match mention.role {
                Role::IssuedAccessToken => "an access token",
                Role::IssuedIdToken => "an ID token",
                Role::IssuedCode | Role::ReceivedCode => "an authorization code",
                Role::ClientSecret => "the client secret",
                _ => return None,
            };
            let here = Evidence::of(
                mention.exchange,
                "the same value",
                format!("carries the same value as {what}"),
            );
            Some(
                Finding::proven(CAUSE, here)
                    .and(Evidence::of(
                        case.exchange(),
                        PLACE,
                        format!("presented {what} in place of a refresh token"),
                    ))
                    .because(format!("{what} was sent in place of the refresh token"))
                    .fix("Send the value of `refresh_token` of the last token response."),
            )
        })
}

fn by_looks(case: &Case<'_>) -> Option<Finding> {
    let fault = looks::fault(&case.refresh.as_ref()?.token, "refresh token")?;
    let evidence = Evidence::of(case.exchange(), PLACE, format!("presented {fault}"));
    Some(
        Finding::likely(CAUSE, evidence, CAUSE.settled_by())
            .because(format!("the app presented {fault}")),
    )
}
