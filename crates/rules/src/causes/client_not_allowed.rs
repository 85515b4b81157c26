//! `client-not-allowed`: the client is disabled, not approved, of the wrong type or not allowed this grant or user.
//!
//! RFC 6749 §5.2, `unauthorized_client`: "The authenticated client is not authorized to use this authorization grant type."

use grantscope_correlation::Presentation;
use grantscope_oauth::ClientAuthentication;

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::ClientNotAllowed;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let client = &case.request().client;
    if client.id.is_none() && client.authentication == ClientAuthentication::None {
        return Finding::possible(CAUSE, "which client asks: the request names none");
    }
    if let Some(allowed) = refused_bare_though_allowed(case) {
        return Finding::possible(CAUSE, CAUSE.settled_by()).and(allowed);
    }
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
        _ if refused && case.statements.all().is_empty() => {
            let text = format!("answered unauthorized_client to {grant_type}");
            Finding::likely(
                CAUSE,
                Evidence::of(case.exchange(), "response error", text),
                CAUSE.settled_by(),
            )
        }
        _ if case.word(CAUSE).is_some()
            && (refused || case.error().error == "unsupported_grant_type") =>
        {
            let client = case.client_id().unwrap_or("the client");
            said::judge(case, CAUSE)
                .because(format!("the server does not let {client} use {grant_type}"))
        }
        _ => by_parameter(case).unwrap_or_else(|| said::judge(case, CAUSE)),
    }
}

/// That the server lets this client use the grant, where it answers `unauthorized_client` without a text: some servers have this word
/// for a client that does not prove who it is.
pub(super) fn refused_bare_though_allowed(case: &Case<'_>) -> Option<Evidence> {
    let (error, request) = (case.error(), case.request());
    if error.error != "unauthorized_client" || error.description.is_some() {
        return None;
    }
    // RFC 6749 §5.2 has status 400 for what is said of the grant type.
    let code = case
        .code
        .as_ref()
        .filter(|_| matches!(error.status, 401 | 403));
    let issued = code.and_then(|code| {
        let authorization = code.authorization.seen()?;
        let is_own = authorization.request.client_id == request.client.id;
        let issuance = code.issuance.seen().filter(|_| is_own)?;
        let text = "issued the code to this client";
        Some(Evidence::of(
            issuance.exchange,
            "authorization response code",
            text,
        ))
    });
    issued.or_else(|| {
        let is_like = |it: &&Presentation| {
            it.request().grant.grant_type() == request.grant.grant_type()
                && it.request().client.authentication != request.client.authentication
        };
        let granted = case.client.accepted().find(is_like)?;
        let text = "granted this client the same with other credentials";
        Some(Evidence::of(granted.exchange(), "form grant_type", text))
    })
}

/// The server finds the value of `grant_type` wrong, in a word that RFC 6749 §5.2 has for malformed requests, or in a text alone.
fn by_parameter(case: &Case<'_>) -> Option<Finding> {
    let names = ["grant_type", "grant type"];
    let error = case.error();
    let text = error.description.as_deref()?.to_lowercase();
    let is_about_it = matches!(error.error.as_str(), "" | "invalid_request")
        && names.iter().any(|name| text.contains(name))
        && !absence::is_told_of(case, &names);
    let grant_type = case.request().grant.grant_type();
    let evidence = Evidence::of(
        case.exchange(),
        "response error",
        format!("finds fault with the grant_type, which is {grant_type}"),
    );
    (is_about_it && case.word(CAUSE).is_none())
        .then(|| Finding::likely(CAUSE, evidence, CAUSE.settled_by()))
}
