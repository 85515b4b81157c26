//! `refresh-wrong-server`: the refresh token was issued by another issuer, tenant, realm or region.
//!
//! RFC 6749 §6: a refresh is requested of the authorization server that issued the token.

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshWrongServer;
const SETTLES: &str = "the token response that issued it, and the server that it came from";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE, SETTLES);
    };
    if let Some(issuance) = refresh.issuance.seen() {
        let (issuer, called) = (&issuance.request().endpoint, &case.request().endpoint);
        let issued = Evidence::of(
            issuance.exchange(),
            "url",
            format!("was issued by {issuer}"),
        );
        return if issuer == called {
            Finding::ruled_out(CAUSE, issued)
        } else {
            by_endpoint(case, issued, issuer)
        };
    }
    by_claim(case).unwrap_or_else(|| said::judge(case, CAUSE, SETTLES))
}

fn by_endpoint(case: &Case<'_>, issued: Evidence, issuer: &str) -> Finding {
    let called = &case.request().endpoint;
    let exchange = issued.exchange;
    Finding::proven(CAUSE, issued)
        .and(Evidence::of(
            case.exchange(),
            "url",
            format!("was presented to {called}"),
        ))
        .because(format!(
            "the refresh token was issued by {issuer} and presented to {called}"
        ))
        .comparing(Comparison::of_wholes(
            "token endpoint",
            ("issued by", exchange, issuer.to_owned()),
            ("presented to", case.exchange(), called.clone()),
        ))
        .at_most_likely("whether the two endpoints belong to one server")
}

/// A token that is a JWT may name its issuer.
fn by_claim(case: &Case<'_>) -> Option<Finding> {
    let issuer = case.refresh.as_ref()?.token.jwt.as_ref()?.iss.as_deref()?;
    let called = case.server.issuer.as_deref()?;
    let claimed = Evidence::of(
        case.exchange(),
        "form refresh_token",
        format!("names {issuer} in its claim iss"),
    );
    Some(if issuer == called {
        Finding::ruled_out(CAUSE, claimed)
    } else {
        Finding::likely(CAUSE, claimed, SETTLES).because(format!(
            "the refresh token names the issuer {issuer} and was presented to {called}"
        ))
    })
}
