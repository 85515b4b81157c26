//! `assertion-audience-mismatch`: the assertion names another audience or issuer than the server expects.
//!
//! RFC 7523 §3: "The JWT MUST contain an `aud` (audience) claim containing a value that identifies the authorization server as
//! an intended audience."

use grantscope_oauth::{JwtFacts, RequestUrl};

use crate::assertion;
use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

const CAUSE: Cause = Cause::AssertionAudienceMismatch;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let claims = assertion::claims(case.request());
    let Some(claims) = claims.filter(|_| assertion::is_for_the_server(case.request())) else {
        return said::judge(case, CAUSE);
    };
    if claims.aud.is_empty() {
        return without_audience(case);
    }
    let names = claims.aud.join(", ");
    let named = |text: &str| {
        Evidence::of(
            case.exchange(),
            assertion::place(case.request()),
            format!("{text} {names}"),
        )
    };
    match fit(case, claims) {
        Fit::Named => Finding::ruled_out(CAUSE, named("names the server that was called:")),
        Fit::Maybe => said::judge(case, CAUSE).and(named("names the audience")),
        Fit::Other => match client_address(case, claims) {
            Some(address) => addressed(case, named("names the audience"), &names, address),
            None => another(case, named("names the audience"), &names),
        },
    }
}

/// Whether the audience is the server that was called.
enum Fit {
    Named,
    /// It is on the same host or the host itself, or it is the client itself, to which a token of another client was issued.
    Maybe,
    Other,
}

fn fit(case: &Case<'_>, claims: &JwtFacts) -> Fit {
    let trimmed = |text: &str| text.trim_end_matches('/').to_owned();
    let called = &case.server.token_endpoint;
    let identifiers = [Some(called), case.server.issuer.as_ref()];
    let any = |test: &dyn Fn(&String) -> bool| claims.aud.iter().any(test);
    if any(&|aud| {
        identifiers
            .into_iter()
            .flatten()
            .any(|it| trimmed(it) == trimmed(aud))
    }) {
        return Fit::Named;
    }
    let host = RequestUrl::new(called.as_str());
    let is_near = |aud: &String| {
        let near = RequestUrl::new(aud.as_str());
        aud == host.host() || (case.server.issuer.is_none() && near.host() == host.host())
    };
    let is_client = |aud: &String| case.client_id().is_some_and(|id| aud.ends_with(id));
    if any(&is_near) || any(&is_client) {
        Fit::Maybe
    } else {
        Fit::Other
    }
}

/// The name that the client has for the server and the server does not, where the audience is at it.
fn client_address<'a>(case: &'a Case<'_>, claims: &JwtFacts) -> Option<&'a str> {
    let address = case.request().called_as.as_deref()?;
    let is_there = |aud: &String| {
        RequestUrl::new(aud.as_str())
            .authority()
            .eq_ignore_ascii_case(address)
    };
    claims.aud.iter().any(is_there).then_some(address)
}

/// The client calls the server at an address that stands for it, and says so in the assertion.
fn addressed(case: &Case<'_>, named: Evidence, names: &str, address: &str) -> Finding {
    let called = &case.server.token_endpoint;
    let expected = case.server.issuer.as_ref().unwrap_or(called);
    let finding = Finding::proven(CAUSE, named)
        .and(Evidence::of(
            case.exchange(),
            "header Host",
            format!("calls the server {address}, where something stands for it"),
        ))
        .because(format!(
            "the assertion is meant for {names}, which is the address that the client has for the server and not the server's own name"
        ))
        .fix(format!(
            "Set `aud` to {expected}, whatever address the request goes to; or, behind `--reverse`, let grantscope take the \
             server's place, so that client and server have one name for it."
        ))
        .comparing(audiences(case, names, expected));
    by_words(case, finding)
}

fn audiences(case: &Case<'_>, names: &str, expected: &str) -> Comparison {
    Comparison::of_wholes(
        "audience",
        ("aud of the assertion", case.exchange(), names.to_owned()),
        (
            "server that was called",
            case.exchange(),
            expected.to_owned(),
        ),
    )
}

fn another(case: &Case<'_>, named: Evidence, names: &str) -> Finding {
    let called = &case.server.token_endpoint;
    let expected = case.server.issuer.as_ref().unwrap_or(called);
    let finding = Finding::proven(CAUSE, named)
        .because(format!(
            "the assertion is meant for {names} and was presented to {called}"
        ))
        .comparing(audiences(case, names, expected));
    by_words(case, finding)
}

fn without_audience(case: &Case<'_>) -> Finding {
    let text = "names no audience, which RFC 7523 §3 demands";
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(case.exchange(), assertion::place(case.request()), text),
    )
    .because("the assertion names no audience");
    by_words(case, finding)
}

/// A server may know other names of itself, so that it takes its word to prove the mismatch.
fn by_words(case: &Case<'_>, finding: Finding) -> Finding {
    let is_said = case
        .word(CAUSE)
        .is_some_and(|word| word.verdict >= Verdict::Likely);
    if is_said {
        finding
    } else {
        finding.at_most_likely(CAUSE.settled_by())
    }
}
