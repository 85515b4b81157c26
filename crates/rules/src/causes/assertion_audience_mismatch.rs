//! `assertion-audience-mismatch`: the assertion names another audience or issuer than the server expects.
//!
//! RFC 7523 §3: "The JWT MUST contain an `aud` (audience) claim containing a value that identifies the authorization server as
//! an intended audience."

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::AssertionAudienceMismatch;
const PLACE: &str = "form assertion";
const SETTLES: &str = "the audience that the server expects: its issuer or its token endpoint";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let claims = case
        .request()
        .grant
        .secret()
        .and_then(|assertion| assertion.jwt.as_deref());
    let Some(claims) = claims.filter(|claims| !claims.aud.is_empty()) else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let called = &case.server.token_endpoint;
    let expected = [Some(called), case.server.issuer.as_ref()];
    let names = claims.aud.join(", ");
    if claims.aud.iter().any(|aud| expected.contains(&Some(aud))) {
        let text = format!("names the audience {names}, which is the server that was called");
        return Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text));
    }
    let named = Evidence::of(
        case.exchange(),
        PLACE,
        format!("names the audience {names}"),
    );
    Finding::likely(CAUSE, named, SETTLES)
        .because(format!(
            "the assertion is meant for {names} and was presented to {called}"
        ))
        .comparing(Comparison::of_wholes(
            "audience",
            ("aud of the assertion", case.exchange(), names),
            ("token endpoint", case.exchange(), called.clone()),
        ))
}
