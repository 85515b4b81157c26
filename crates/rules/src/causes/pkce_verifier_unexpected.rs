//! `pkce-verifier-unexpected`: a verifier is sent though the authorization request carried no challenge.
//!
//! RFC 9700 §2.1.1: servers "MUST … ensure that a token request containing a `code_verifier` parameter is accepted only if a
//! `code_challenge` parameter was present in the authorization request".

use grantscope_correlation::Authorization;

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::granted_despite;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::{CodeParameters, parameters};

const CAUSE: Cause = Cause::PkceVerifierUnexpected;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if parameters(case).code_verifier.is_none() {
        return match absence::of(case, PLACE, "code_verifier") {
            Some(absent) => Finding::ruled_out(CAUSE, absent),
            None => said::judge(case, CAUSE),
        };
    }
    let Some(authorization) = case.authorization() else {
        return said::judge(case, CAUSE);
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
    let amiss = |authorization: &Authorization, sent: CodeParameters<'_>| {
        authorization.request.code_challenge.is_none() && sent.code_verifier.is_some()
    };
    if let Some(granted) = granted_despite(case, amiss) {
        let text = "the server granted a code with a verifier that no code_challenge had announced";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    let sent = Evidence::of(case.exchange(), PLACE, "carries a code_verifier");
    let unseen = "whether this server refuses a verifier that no code_challenge announced";
    let said = said::judge_until(case, CAUSE, unseen);
    if said.verdict() == Verdict::Proven {
        return said.and(asked).and(sent);
    }
    Finding::likely(CAUSE, asked, unseen).and(sent)
}
