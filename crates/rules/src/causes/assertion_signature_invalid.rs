//! `assertion-signature-invalid`: the assertion is signed with the wrong, rotated or unregistered key or algorithm.
//!
//! RFC 7523 §3: "The JWT MUST be digitally signed or have a Message Authentication Code (MAC) applied by the issuer."

use grantscope_oauth::JwtFacts;

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::assertion_time_invalid::{claims, place};
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::AssertionSignatureInvalid;
const SETTLES: &str = "the key that the server has registered for the issuer of the assertion";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(granted) = granted_unchanged(case) {
        return granted;
    }
    let Some(claims) = claims(case) else {
        return said::judge(case, CAUSE, SETTLES);
    };
    if claims.alg.as_deref() == Some("none") {
        let text = "is not signed: its alg is none";
        return Finding::proven(CAUSE, Evidence::of(case.exchange(), place(case), text))
            .because("the assertion is not signed")
            .fix("Sign the assertion with the private key whose public half is registered at the server.");
    }
    another_key(case, claims).unwrap_or_else(|| said::judge(case, CAUSE, SETTLES))
}

/// The very same assertion was granted, before or after: its signature was good.
fn granted_unchanged(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().grant.secret()?;
    let granted =
        case.client.requests.iter().find(|other| {
            other.tokens().is_some() && other.request().grant.secret() == Some(own)
        })?;
    let text = "was granted with the very same assertion";
    let evidence = Evidence::of(granted.exchange(), place(case), text);
    case.word(CAUSE)
        .is_none()
        .then(|| Finding::ruled_out(CAUSE, evidence))
}

/// An assertion of the same issuer was granted that names another key or algorithm.
fn another_key(case: &Case<'_>, claims: &JwtFacts) -> Option<Finding> {
    let accepted = case.client.accepted().rev().find_map(|other| {
        let theirs = other.request().grant.secret()?.jwt.as_deref()?;
        (theirs.iss.is_some() && theirs.iss == claims.iss).then_some((other.exchange(), theirs))
    });
    let (exchange, theirs) = accepted.filter(|(_, theirs)| key(theirs) != key(claims))?;
    let signed = |facts: &JwtFacts| format!("is signed with {}", key(facts));
    let unseen = "the keys that the server has registered for this issuer";
    let finding = Finding::likely(
        CAUSE,
        Evidence::of(case.exchange(), place(case), signed(claims)),
        unseen,
    )
    .and(Evidence::of(
        exchange,
        place(case),
        format!("was granted, and {}", signed(theirs)),
    ))
    .because("the assertion is signed with another key or algorithm than the one that was accepted before")
    .comparing(Comparison::of_wholes(
        "signing key",
        ("accepted before", exchange, key(theirs)),
        ("presented", case.exchange(), key(claims)),
    ));
    Some(finding)
}

fn key(facts: &JwtFacts) -> String {
    let alg = facts.alg.as_deref().unwrap_or("no alg");
    match &facts.kid {
        Some(kid) => format!("{alg}, kid {kid}"),
        None => format!("{alg}, no kid"),
    }
}
