//! `code-altered`: the code differs from the issued one by encoding, truncation, white space or case.
//!
//! RFC 6749 §4.1.3: the `code` of the token request is "the authorization code received from the authorization server".

use grantscope_correlation::{CodeHistory, Role, Seen};
use grantscope_oauth::{Alteration, Fingerprint};

use crate::absence::{WHOLE_REQUEST, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::looks;
use crate::said;

const CAUSE: Cause = Cause::CodeAltered;
const PLACE: &str = "form code";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(code) = &case.code else {
        return said::judge(case, CAUSE);
    };
    if let Some((issued, alteration)) = &code.resembles {
        let issued_code = issued.response.code.as_ref().unwrap_or(&code.code);
        let described =
            |code: &Fingerprint| format!("{}, {} characters", code.named("code"), code.length);
        let (before, after) = (described(issued_code), described(&code.code));
        let place = "authorization response code";
        let here = format!("presented {after}: the same code, {alteration}");
        let finding = Finding::proven(
            CAUSE,
            Evidence::of(issued.exchange, place, format!("carries {before}")),
        )
        .and(Evidence::of(case.exchange(), PLACE, here))
        .because(format!(
            "between the authorization response and the token request, the code was {alteration}"
        ))
        .fix(fix(*alteration))
        .comparing(Comparison::of_wholes(
            &alteration.to_string(),
            ("issued code", issued.exchange, before),
            ("presented code", case.exchange(), after),
        ));
        // A body that was captured without its end may end in the middle of the code.
        return if has_whole_request(case) {
            finding
        } else {
            finding.at_most_likely(WHOLE_REQUEST)
        };
    }
    if let Some(unaltered) = unaltered(code) {
        return Finding::ruled_out(CAUSE, unaltered);
    }
    let arrived = code.receipts.first().map(|receipt| {
        let text = "arrived at the callback as it was presented";
        Evidence::of(receipt.exchange, "authorization response code", text)
    });
    another_value(case)
        .or_else(|| by_looks(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
        .and_all(arrived)
}

fn fix(alteration: Alteration) -> &'static str {
    match alteration {
        Alteration::PercentEncoded => {
            "Read the code with a URL parser, which decodes it, and let the form encoder alone encode it again."
        }
        Alteration::PercentDecoded => {
            "Decode the callback's query once, and send the code as it is then."
        }
        Alteration::PlusAsSpace => {
            "Let a form encoder write the token request: a + in a form stands for a space, and has to be sent as %2B."
        }
        Alteration::Truncated => {
            "Find what cuts the code off: a column or a cookie that is too short, or a pattern that ends at the first # or &."
        }
        Alteration::CaseChanged => {
            "Find what changes the case of the callback's URL: a router, a rewrite rule or a security filter."
        }
        Alteration::Attached | Alteration::Trimmed | Alteration::Lengthened => CAUSE.fix(),
    }
}

/// The server issued this very code, or granted it.
fn unaltered(code: &CodeHistory) -> Option<Evidence> {
    if let Seen::Seen(issuance) = &code.issuance {
        let text = "issued this very code";
        return Some(Evidence::of(
            issuance.exchange,
            "authorization response code",
            text,
        ));
    }
    let granted = code.granted()?;
    Some(Evidence::of(
        granted.exchange(),
        PLACE,
        "redeemed this very code",
    ))
}

/// The wrong thing was sent: a value that the capture knows as something else.
fn another_value(case: &Case<'_>) -> Option<Finding> {
    let code = Some(&case.code.as_ref()?.code).filter(|code| looks::is_telling(code))?;
    case.history
        .mentions(code.digest)
        .into_iter()
        .find_map(|mention| {
            let (what, place) = match mention.role {
                Role::StateOfRequest => ("the state", "query state"),
                Role::StateOfResponse => ("the state", "authorization response state"),
                Role::Nonce => ("the nonce", "query nonce"),
                Role::IssuedAccessToken => ("an access token", "response access_token"),
                Role::IssuedIdToken => ("an ID token", "response id_token"),
                Role::IssuedRefreshToken => ("a refresh token", "response refresh_token"),
                Role::ClientSecret => ("the client secret", "client authentication"),
                Role::Challenge => ("the code challenge", "query code_challenge"),
                _ => return None,
            };
            let here = Evidence::of(
                mention.exchange,
                place,
                format!("{} is {what} there", code.named("code")),
            );
            Some(
                Finding::proven(CAUSE, here)
                    .and(Evidence::of(
                        case.exchange(),
                        PLACE,
                        "presented it in place of a code",
                    ))
                    .because(format!("{what} was sent in place of the code"))
                    .fix("Send the value of the parameter `code` of the authorization response."),
            )
        })
}

/// What a code that was not seen being issued shows by itself.
fn by_looks(case: &Case<'_>) -> Option<Finding> {
    let fault = looks::fault(&case.code.as_ref()?.code, "code")?;
    let evidence = Evidence::of(case.exchange(), PLACE, format!("presented {fault}"));
    Some(
        Finding::likely(CAUSE, evidence, CAUSE.settled_by())
            .because(format!("the app presented {fault}")),
    )
}
