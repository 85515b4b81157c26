//! `client-not-allowed`: the client is disabled, not approved, of the wrong type or not allowed this grant or user.
//!
//! RFC 6749 §5.2, `unauthorized_client`: "The authenticated client is not authorized to use this authorization grant type."

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::ClientNotAllowed;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let grant_type = case.request().grant.grant_type();
    let refused = case.error().error == "unauthorized_client";
    let granted = case
        .client
        .accepted()
        .find(|it| it.request().grant.grant_type() == grant_type);
    match granted {
        Some(granted) if !refused && case.word(CAUSE).is_none() => {
            let text = format!("the server granted {grant_type} to this client");
            Finding::ruled_out(
                CAUSE,
                Evidence::of(granted.exchange(), "form grant_type", text),
            )
        }
        _ if refused && case.word(CAUSE).is_none() => {
            let text = format!("answered unauthorized_client to {grant_type}");
            Finding::likely(
                CAUSE,
                Evidence::of(case.exchange(), "response error", text),
                CAUSE.settled_by(),
            )
        }
        _ if refused || case.error().error == "unsupported_grant_type" => {
            let client = case.client_id().unwrap_or("the client");
            said::judge(case, CAUSE)
                .because(format!("the server does not let {client} use {grant_type}"))
        }
        _ => said::judge(case, CAUSE),
    }
}
