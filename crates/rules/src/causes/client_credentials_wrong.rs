//! `client-credentials-wrong`: the client authenticates with a wrong or missing secret, or by a method it is not registered for.
//!
//! RFC 6749 §5.2, `invalid_client`: "Client authentication failed (e.g., unknown client, no client authentication included, or
//! unsupported authentication method)."

use grantscope_correlation::Presentation;
use grantscope_oauth::{ClientAuthentication, Fingerprint, Grant};

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::client_not_allowed::refused_bare_though_allowed;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

mod unnamed;

const CAUSE: Cause = Cause::ClientCredentialsWrong;
const PLACE: &str = "client authentication";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(finding) = unnamed::judge(case) {
        return finding;
    }
    let own = &case.request().client.authentication;
    let earlier = case
        .client
        .accepted()
        .rev()
        .find(|it| it.exchange() != case.exchange());
    let earlier =
        earlier.filter(|it| is_shown(own) && is_shown(&it.request().client.authentication));
    if matches!(own, ClientAuthentication::Assertion(_)) && is_refused(case) {
        return by_assertion(earlier);
    }
    match earlier {
        Some(accepted) if is_same(&accepted.request().client.authentication, own) => {
            same_as_before(case, accepted)
        }
        Some(accepted) => differs(case, accepted),
        None => never_accepted(case),
    }
}

/// Whether the capture shows what the client authenticated by: what was taken out of it cannot be compared.
fn is_shown(authentication: &ClientAuthentication) -> bool {
    match authentication {
        ClientAuthentication::Several(methods) => methods.iter().all(is_shown),
        single => single.secret().is_none_or(Fingerprint::is_whole),
    }
}

/// An assertion has causes of its own: its times, its audience, its key. Beyond them the registration is left.
fn by_assertion(earlier: Option<&Presentation>) -> Finding {
    let accepted = earlier.map(|it| {
        let method = it.request().client.authentication.method();
        Evidence::of(
            it.exchange(),
            PLACE,
            format!("the server accepted {method}"),
        )
    });
    Finding::possible(
        CAUSE,
        "the method and the keys that the client is registered with",
    )
    .and_all(accepted)
}

/// Whether the server refused the client itself (RFC 6749 §5.2), in that word or in its own.
fn is_refused(case: &Case<'_>) -> bool {
    let own_word = case
        .word(CAUSE)
        .is_some_and(|word| word.verdict >= Verdict::Likely);
    (case.error().error == "invalid_client" || own_word) && !names_another_cause(case)
}

/// Some servers say `invalid_client` and mean the grant, which their other words tell.
fn names_another_cause(case: &Case<'_>) -> bool {
    let mut words = case.statements.all().iter();
    words.any(|word| word.verdict >= Verdict::Likely && !word.cause.is_of_the_client())
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
    if !is_refused(case) {
        return Finding::ruled_out(CAUSE, before);
    }
    let refused = Evidence::of(
        case.exchange(),
        "response error",
        format!("answered {}", case.error().error),
    );
    if accepted.sent_at() > case.sent_at() {
        return Finding::likely(CAUSE, refused, "what changed at the server in between")
            .and(before)
            .because("the server refused these client credentials and accepted them later: the registration was changed, or had not arrived everywhere");
    }
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
    let proof = Evidence::of(
        accepted.exchange(),
        PLACE,
        format!("the server accepted {}", described(good)),
    );
    let sent = Evidence::of(case.exchange(), PLACE, format!("sent {}", described(own)));
    if !is_refused(case) && !may_mean_the_client(case) {
        return said::judge_until(
            case,
            CAUSE,
            "the word invalid_client, by which servers refuse a client",
        )
        .and(proof)
        .and(sent);
    }
    let when = if accepted.sent_at() < case.sent_at() {
        "accepted before"
    } else {
        "accepted later"
    };
    let finding = Finding::proven(CAUSE, proof)
        .and(sent)
        .because(summary)
        .fix(fix)
        .comparing(Comparison::of_wholes(
            "client authentication",
            (when, accepted.exchange(), described(good)),
            ("refused", case.exchange(), described(own)),
        ));
    if is_refused(case) {
        finding
    } else {
        finding.at_most_likely("the word invalid_client, by which servers usually refuse a client")
    }
}

/// Other words for it, which have other meanings as well.
fn may_mean_the_client(case: &Case<'_>) -> bool {
    let error = case.error();
    let words = ["unauthorized_client", "invalid_request", "access_denied"];
    (error.status == 401
        || case.is_refused_without_reason()
        || words.contains(&error.error.as_str()))
        && !names_another_cause(case)
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
            "the client secret differs from the one that the server accepted from this client"
                .to_owned(),
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
    if names_another_cause(case) {
        return Finding::possible(CAUSE, CAUSE.settled_by());
    }
    let unnamed = case.is_unauthorized_without_reason();
    let allowed = refused_bare_though_allowed(case);
    if !is_refused(case) && !unnamed && allowed.is_none() {
        let finding = said::judge(case, CAUSE);
        // Of this grant the server looks at the client first, and at little else (RFC 6749 §4.4.2).
        let is_of_the_client = case.request().grant == Grant::ClientCredentials;
        return if is_of_the_client && case.is_refused_without_reason() {
            finding.favoured()
        } else {
            finding
        };
    }
    let own = &case.request().client.authentication;
    let (place, answer) = if unnamed {
        ("response status", "401")
    } else {
        ("response error", case.error().error.as_str())
    };
    let refused = Evidence::of(
        case.exchange(),
        place,
        format!("answered {answer} to {}", described(own)),
    );
    let unsupported = unsupported_method(case);
    let finding = Finding::likely(CAUSE, refused, CAUSE.settled_by())
        .and_all(allowed)
        .and_all(unsupported);
    match own {
        ClientAuthentication::None if case.client_id().is_none() => finding
            .because("the server refused the client, of which the capture shows neither a client_id nor credentials")
            .fix("Send the client's credentials. Where the app does send them in the header Authorization, capture the login again with it: exports of browsers leave it out."),
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
