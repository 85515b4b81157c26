//! `pkce-verifier-missing`: the verifier is absent though the authorization request sent a challenge.
//!
//! RFC 7636 §4.6: "If the values are not equal, an error response indicating `invalid_grant` … MUST be returned."

use grantscope_correlation::Authorization;

use crate::absence::{WHOLE_REQUEST, has_whole_request};
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::{granted_despite, place};
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::{CodeParameters, parameters, unprotected_app};

const CAUSE: Cause = Cause::PkceVerifierMissing;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if parameters(case).code_verifier.is_some() {
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(case.exchange(), PLACE, "carries a code_verifier"),
        );
    }
    let absent = Evidence::of(case.exchange(), PLACE, "carries no code_verifier");
    let Some(authorization) = case.authorization() else {
        return said::judge(case, CAUSE).and(absent);
    };
    let Some(challenge) = &authorization.request.code_challenge else {
        return unasked(case, authorization, absent);
    };
    let amiss = |authorization: &Authorization, sent: CodeParameters<'_>| {
        authorization.request.code_challenge.is_some() && sent.code_verifier.is_none()
    };
    if let Some(granted) = granted_despite(case, amiss) {
        let text = "the server granted a code without it, though a code_challenge had been sent";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    let sent = format!("sent a code_challenge ({})", challenge.method);
    let (exchange, place) = place(authorization, "query code_challenge", "form code_challenge");
    let finding = Finding::proven(CAUSE, Evidence::of(exchange, place, sent))
        .and(absent)
        .because("the authorization request sent a code_challenge, and the token request carries no code_verifier");
    if has_whole_request(case) {
        finding
    } else {
        finding.at_most_likely(WHOLE_REQUEST)
    }
}

/// Neither request has anything of PKCE, which a server may require (RFC 9700 §2.1.1), and of the app of a device must (RFC 8252 §6).
fn unasked(case: &Case<'_>, authorization: &Authorization, absent: Evidence) -> Finding {
    let settles = "whether the server requires PKCE of this client";
    let finding = said::judge_until(case, CAUSE, settles).and(absent);
    match unprotected_app(case, authorization) {
        Some(uri) => finding
            .because(format!("the app of a device ({uri}) uses no PKCE, of which servers require it (RFC 8252 §6)"))
            .fix("Use PKCE: send a code_challenge with method S256 in the authorization request, and its code_verifier in the token request.")
            .favoured(),
        None => finding,
    }
}
