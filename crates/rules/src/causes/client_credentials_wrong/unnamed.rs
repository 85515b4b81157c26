//! A request in which the server finds no client.

use grantscope_oauth::ClientAuthentication;

use super::{CAUSE, PLACE, is_refused, names_another_cause};
use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::statement::Word;

/// The server found no client in the request: it names none (RFC 6749 §3.2.1), or in a header alone, which this server does not
/// read.
pub(super) fn judge(case: &Case<'_>) -> Option<Finding> {
    let client = &case.request().client;
    let is_asked_for = absence::is_told_of(case, &["client_id", "client id", "clientid"]);
    let is_unauthorized =
        case.is_refused_without_reason() || case.error().error == "unauthorized_client";
    let (sent, fix) = match client.authentication {
        ClientAuthentication::None if client.id.is_none() => (
            "names no client",
            "Send `client_id` in the body of the token request, and the secret of a confidential client by the method that it is registered for.",
        ),
        ClientAuthentication::SecretBasic(_) if is_asked_for && !names_another_cause(case) => (
            "names the client in the header Authorization alone",
            "Send `client_id` and `client_secret` in the body of the token request: this server does not read them from the header.",
        ),
        _ => return None,
    };
    if names_a_fault_of_the_grant(case) || !(is_asked_for || is_refused(case) || is_unauthorized) {
        return None;
    }
    let settles = "whether this server reads the client from another place";
    let finding = Finding::likely(CAUSE, Evidence::of(case.exchange(), PLACE, sent), settles);
    Some(
        finding
            .because(format!("the token request {sent}"))
            .fix(fix),
    )
}

/// Whether the server's words are about the grant. That it is not the client's own is said of every grant where none is named.
fn names_a_fault_of_the_grant(case: &Case<'_>) -> bool {
    let of_the_owner = |cause| matches!(cause, Cause::CodeWrongClient | Cause::RefreshWrongClient);
    let is_named = |word: &Word| word.verdict >= Verdict::Likely && !word.cause.is_of_the_client();
    let mut words = case.statements.all().iter();
    words.any(|word| is_named(word) && !of_the_owner(word.cause))
}
