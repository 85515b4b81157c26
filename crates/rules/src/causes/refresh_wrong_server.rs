//! `refresh-wrong-server`: the refresh token was issued by another issuer, tenant, realm or region.
//!
//! RFC 6749 §6: a refresh is requested of the authorization server that issued the token.

use grantscope_oauth::ExchangeId;

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshWrongServer;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(refresh) = &case.refresh else {
        return said::judge(case, CAUSE);
    };
    if let Some(issuance) = refresh.issuance.seen() {
        let issued_by = issuance.request().endpoint.as_str();
        return by_endpoint(case, issuance.exchange(), "was issued", issued_by);
    }
    if let Some(finding) = by_claim(case) {
        return finding;
    }
    match refresh.granted() {
        Some(granted) => {
            let granted_by = granted.request().endpoint.as_str();
            by_endpoint(case, granted.exchange(), "was accepted", granted_by)
        }
        None => said::judge(case, CAUSE),
    }
}

/// Compares the token endpoint that knows the token with the one that was called: by their issuers where metadata tell them.
fn by_endpoint(case: &Case<'_>, exchange: ExchangeId, done: &str, knowing: &str) -> Finding {
    let called = case.request().endpoint.as_str();
    let known = Evidence::of(exchange, "url", format!("{done} by {knowing}"));
    let is_called = case.is_called_server(knowing);
    if is_called == Some(true) {
        return Finding::ruled_out(CAUSE, known);
    }
    let finding = Finding::proven(CAUSE, known)
        .and(Evidence::of(
            case.exchange(),
            "url",
            format!("was presented to {called}"),
        ))
        .because(format!(
            "the refresh token {done} by {knowing} and presented to {called}"
        ))
        .comparing(Comparison::of_wholes(
            "token endpoint",
            (done, exchange, knowing.to_owned()),
            ("was presented to", case.exchange(), called.to_owned()),
        ));
    match is_called {
        Some(_) => finding,
        None => finding.at_most_likely("whether the two endpoints belong to one server"),
    }
}

/// A token that is a JWT may name its issuer.
fn by_claim(case: &Case<'_>) -> Option<Finding> {
    let issuer = case.refresh.as_ref()?.token.jwt.as_ref()?.iss.as_deref()?;
    let claimed = Evidence::of(
        case.exchange(),
        "form refresh_token",
        format!("names {issuer} in its claim iss"),
    );
    let Some(called) = case.server.issuer.as_deref() else {
        return by_place(case, issuer, claimed);
    };
    Some(if issuer == called {
        Finding::ruled_out(CAUSE, claimed)
    } else {
        Finding::likely(CAUSE, claimed, CAUSE.settled_by()).because(format!(
            "the refresh token names the issuer {issuer} and was presented to {called}"
        ))
    })
}

/// Without metadata: an issuer whose URL the token endpoint begins with is that of the endpoint. Nothing follows where
/// it does not, for a server may put the two anywhere.
fn by_place(case: &Case<'_>, issuer: &str, claimed: Evidence) -> Option<Finding> {
    let below = case
        .request()
        .endpoint
        .strip_prefix(issuer.trim_end_matches('/'))?;
    below
        .starts_with('/')
        .then(|| Finding::ruled_out(CAUSE, claimed))
}
