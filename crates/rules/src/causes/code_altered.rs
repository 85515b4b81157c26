//! `code-altered`: the code differs from the issued one by encoding, truncation, white space or case.
//!
//! RFC 6749 §4.1.3: the `code` of the token request is "the authorization code received from the authorization server".

use grantscope_correlation::Role;
use grantscope_oauth::{Alphabet, Form};

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::CodeAltered;
const PLACE: &str = "form code";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(code) = &case.code else {
        return said::judge(
            case,
            CAUSE,
            "the request carries no code that could be compared",
        );
    };
    if let Some((issued, alteration)) = &code.resembles {
        let issued_code = issued.response.code.as_ref().unwrap_or(&code.code);
        let text = format!(
            "issued {} ({} characters)",
            issued_code.named("code"),
            issued_code.length
        );
        return Finding::proven(CAUSE, Evidence::of(issued.exchange, "authorization response code", text))
            .and(Evidence::of(case.exchange(), PLACE, format!("presented it {alteration}")))
            .because(format!("the code was {alteration} on its way from the authorization response to the token request"))
            .comparing(Comparison::of_wholes(
                &alteration.to_string(),
                ("issued code", issued.exchange, format!("{}, {} characters", issued_code.named("code"), issued_code.length)),
                ("presented code", case.exchange(), format!("{}, {} characters", code.code.named("code"), code.code.length)),
            ));
    }
    if let Some(exchange) = code.origin() {
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(
                exchange,
                "authorization response code",
                "issued this very code",
            ),
        );
    }
    another_value(case)
        .or_else(|| by_shape(case))
        .unwrap_or_else(|| {
            said::judge(
                case,
                CAUSE,
                "the authorization response, to compare the issued code with the presented one",
            )
        })
}

/// The wrong thing was sent: a value that the capture knows as something else.
fn another_value(case: &Case<'_>) -> Option<Finding> {
    let code = &case.code.as_ref()?.code;
    case.history
        .mentions(code.digest)
        .into_iter()
        .find_map(|mention| {
            let what = match mention.role {
                Role::StateOfRequest | Role::StateOfResponse => "the state",
                Role::Nonce => "the nonce",
                Role::IssuedAccessToken => "an access token",
                Role::IssuedIdToken => "an ID token",
                Role::IssuedRefreshToken => "a refresh token",
                Role::ClientSecret => "the client secret",
                Role::Challenge => "the code challenge",
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
                        format!("presented {what} in place of a code"),
                    ))
                    .because(format!("{what} was sent in place of the code"))
                    .fix("Send the value of the parameter `code` of the authorization response."),
            )
        })
}

/// What a code that was not seen being issued shows by itself.
fn by_shape(case: &Case<'_>) -> Option<Finding> {
    let code = &case.code.as_ref()?.code;
    let text = if code.alphabet == Alphabet::Empty {
        "presented an empty code"
    } else if code.form(Form::Trimmed).is_some() {
        "presented a code with white space, quotes or #_=_ around it"
    } else if code.form(Form::PercentDecoded).is_some() {
        "presented a code that is still percent-encoded"
    } else {
        return None;
    };
    let evidence = Evidence::of(case.exchange(), PLACE, text);
    Some(Finding::likely(
        CAUSE,
        evidence,
        "the authorization response, to compare the issued code with the presented one",
    ))
}
