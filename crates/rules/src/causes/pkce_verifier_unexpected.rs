//! `pkce-verifier-unexpected`: a verifier is sent though the authorization request carried no challenge.
//!
//! RFC 9700 §2.1.1: servers "MUST … ensure that a token request containing a `code_verifier` parameter is accepted only if a
//! `code_challenge` parameter was present in the authorization request".

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::parameters;

const CAUSE: Cause = Cause::PkceVerifierUnexpected;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if parameters(case).code_verifier.is_none() {
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(case.exchange(), PLACE, "carries no code_verifier"),
        );
    }
    let Some(authorization) = case.authorization() else {
        return said::judge(
            case,
            CAUSE,
            "the authorization request, which tells whether a code_challenge was sent",
        );
    };
    if authorization.request.code_challenge.is_some() {
        let text = "sent a code_challenge";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(authorization.exchange, "query code_challenge", text),
        );
    }
    let asked = Evidence::of(
        authorization.exchange,
        "query code_challenge",
        "sent no code_challenge",
    );
    Finding::likely(
        CAUSE,
        asked,
        "whether this server refuses a verifier that nobody announced",
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        "carries a code_verifier",
    ))
}
