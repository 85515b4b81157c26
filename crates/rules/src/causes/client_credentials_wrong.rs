//! `client-credentials-wrong`: the client authenticates with a wrong or missing secret, or by a method it is not registered for.
//!
//! RFC 6749 §5.2, `invalid_client`: "Client authentication failed (e.g., unknown client, no client authentication included, or
//! unsupported authentication method)."

use grantscope_correlation::Presentation;
use grantscope_oauth::ClientAuthentication;

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::ClientCredentialsWrong;
const PLACE: &str = "client authentication";
const SETTLES: &str = "a request of this client that the server accepted, to compare the two";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let own = &case.request().client.authentication;
    let earlier = case
        .client
        .accepted()
        .rev()
        .find(|it| it.exchange() != case.exchange());
    match earlier {
        Some(accepted) if is_same(&accepted.request().client.authentication, own) => {
            same_as_before(case, accepted)
        }
        Some(accepted) => differs(case, accepted),
        None => never_accepted(case),
    }
}

/// Whether the server refused the client itself (RFC 6749 §5.2).
fn is_refused(case: &Case<'_>) -> bool {
    case.error().error == "invalid_client"
}

/// Two assertions are never the same text, so that the method alone is compared.
fn is_same(accepted: &ClientAuthentication, own: &ClientAuthentication) -> bool {
    match (accepted, own) {
        (ClientAuthentication::Assertion(_), ClientAuthentication::Assertion(_)) => true,
        _ => accepted == own,
    }
}

fn same_as_before(case: &Case<'_>, accepted: &Presentation) -> Finding {
    let before = Evidence::of(
        accepted.exchange(),
        PLACE,
        "the server accepted the same credentials",
    );
    if accepted.sent_at() > case.sent_at() || !is_refused(case) {
        return Finding::ruled_out(CAUSE, before);
    }
    let refused = Evidence::of(case.exchange(), "response error", "answered invalid_client");
    Finding::likely(CAUSE, refused, "what changed at the server: the secret was rotated, or the client was disabled")
        .and(before)
        .because("the server accepted these client credentials before and refuses them now")
        .fix("Look at the client's registration: its secret was renewed, has expired, or the client was disabled.")
}

fn differs(case: &Case<'_>, accepted: &Presentation) -> Finding {
    let (good, own) = (
        &accepted.request().client.authentication,
        &case.request().client.authentication,
    );
    let (summary, fix) = explanation(good, own);
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(
            accepted.exchange(),
            PLACE,
            format!("the server accepted {}", described(good)),
        ),
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        format!("sent {}", described(own)),
    ))
    .because(summary)
    .fix(fix)
    .comparing(Comparison::of_wholes(
        "client authentication",
        ("accepted before", accepted.exchange(), described(good)),
        ("refused now", case.exchange(), described(own)),
    ));
    if is_refused(case) {
        finding
    } else {
        finding.at_most_likely("the word invalid_client, by which servers usually refuse a client")
    }
}

fn explanation(good: &ClientAuthentication, own: &ClientAuthentication) -> (String, &'static str) {
    let altered = good
        .secret()
        .zip(own.secret())
        .and_then(|(good, own)| good.alteration_into(own));
    if let Some(alteration) = altered {
        let summary = format!("the client secret was {alteration}");
        return (
            summary,
            "Send the secret as it was issued; in HTTP Basic, form-encode it once (RFC 6749 §2.3.1).",
        );
    }
    match (good.secret(), own.secret()) {
        (Some(good_secret), Some(own_secret)) if good_secret == own_secret => (
            format!(
                "the client secret is right and was sent by {} instead of {}",
                own.method(),
                good.method()
            ),
            "Use the authentication method that the client is registered for (token_endpoint_auth_method).",
        ),
        (Some(_), Some(_)) => (
            "the client secret differs from the one that the server accepted before".to_owned(),
            "Take the current secret from the client's registration: this one is another client's, an old one, or mistyped.",
        ),
        (Some(_), None) if *own == ClientAuthentication::None => (
            "the client secret is missing".to_owned(),
            "Send the client's credentials: a confidential client authenticates at the token endpoint (RFC 6749 §3.2.1).",
        ),
        _ => (
            format!(
                "the client authenticates by {}, and the server accepted {}",
                own.method(),
                good.method()
            ),
            "Use the authentication method that the client is registered for (token_endpoint_auth_method).",
        ),
    }
}

fn described(authentication: &ClientAuthentication) -> String {
    match authentication.secret() {
        Some(secret) => format!("{} by {}", secret.named("secret"), authentication.method()),
        None if *authentication == ClientAuthentication::None => {
            "no client authentication".to_owned()
        }
        None => authentication.method().to_owned(),
    }
}

fn never_accepted(case: &Case<'_>) -> Finding {
    if !is_refused(case) {
        return said::judge(case, CAUSE, SETTLES);
    }
    let own = &case.request().client.authentication;
    let refused = Evidence::of(
        case.exchange(),
        "response error",
        format!("answered invalid_client to {}", described(own)),
    );
    let unsupported = unsupported_method(case);
    let finding = Finding::likely(CAUSE, refused, SETTLES).and_all(unsupported);
    match own {
        ClientAuthentication::None => finding
            .because("the server refused the client, which sent no credentials")
            .fix("Send the client's credentials, or register the client as a public one."),
        _ => finding.because(format!(
            "the server refused the client, which sent {}",
            described(own)
        )),
    }
}

fn unsupported_method(case: &Case<'_>) -> Option<Evidence> {
    let methods = case
        .history
        .metadata(&case.server.token_endpoint)?
        .token_endpoint_auth_methods;
    let own = case.request().client.authentication.method();
    let unsupported = !methods.is_empty() && methods.iter().all(|method| method != own);
    let text = format!(
        "the server's metadata list {}, and not {own}",
        methods.join(", ")
    );
    unsupported.then(|| Evidence::of(case.exchange(), PLACE, text))
}
