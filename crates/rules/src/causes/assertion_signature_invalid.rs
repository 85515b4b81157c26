//! `assertion-signature-invalid`: the assertion is signed with the wrong, rotated or unregistered key or algorithm.
//!
//! RFC 7523 §3: "The JWT MUST be digitally signed or have a Message Authentication Code (MAC) applied by the issuer."

use grantscope_oauth::JwtFacts;

use crate::assertion;
use crate::case::Case;
use crate::causes::{
    Cause, assertion_audience_mismatch, assertion_replayed, assertion_time_invalid,
};
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;

const CAUSE: Cause = Cause::AssertionSignatureInvalid;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Some(granted) = granted_unchanged(case) {
        return granted;
    }
    let Some(claims) = assertion::claims(case.request()) else {
        return said::judge(case, CAUSE);
    };
    if claims.alg.as_deref() == Some("none") {
        let text = "is not signed: its alg is none";
        return Finding::proven(CAUSE, Evidence::of(case.exchange(), assertion::place(case.request()), text))
            .because("the assertion is not signed")
            .fix("Sign the assertion with the private key whose public half is registered at the server.");
    }
    another_key(case, claims)
        .or_else(|| by_elimination(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

/// The server refused a client whose assertion has claims that are in order: what is left is its key.
fn by_elimination(case: &Case<'_>) -> Option<Finding> {
    assertion::of_client(case.request())?;
    let others = [
        assertion_time_invalid::judge(case),
        assertion_audience_mismatch::judge(case),
        assertion_replayed::judge(case),
    ];
    let in_order = others
        .iter()
        .all(|other| other.verdict() <= Verdict::Possible);
    (in_order && case.error().error == "invalid_client").then(|| {
        let text = "answered invalid_client to an assertion whose claims are in order";
        let refused = Evidence::of(case.exchange(), "response error", text);
        Finding::likely(CAUSE, refused, CAUSE.settled_by())
            .because("the server does not accept the signature of the client's assertion, whose claims are in order")
    })
}

/// The very same assertion was granted, before or after: its signature was good.
fn granted_unchanged(case: &Case<'_>) -> Option<Finding> {
    let own = assertion::of(case.request()).filter(|assertion| !assertion.is_masked())?;
    let granted = case
        .client
        .requests
        .iter()
        .find(|other| other.is_granted() && assertion::of(other.request()) == Some(own))?;
    let text = "was granted with the very same assertion";
    let evidence = Evidence::of(granted.exchange(), assertion::place(case.request()), text);
    case.word(CAUSE)
        .is_none()
        .then(|| Finding::ruled_out(CAUSE, evidence))
}

/// An assertion of the same issuer was granted that names another key or algorithm.
fn another_key(case: &Case<'_>, claims: &JwtFacts) -> Option<Finding> {
    let accepted = case.client.accepted().rev().find_map(|other| {
        let theirs = assertion::of(other.request())?.jwt.as_deref()?;
        (theirs.iss.is_some() && theirs.iss == claims.iss).then_some((other.exchange(), theirs))
    });
    let (exchange, theirs) = accepted.filter(|(_, theirs)| key(theirs) != key(claims))?;
    let signed = |facts: &JwtFacts| format!("is signed with {}", key(facts));
    let unseen = "the keys that the server has registered for this issuer";
    let finding = Finding::likely(
        CAUSE,
        Evidence::of(case.exchange(), assertion::place(case.request()), signed(claims)),
        unseen,
    )
    .and(Evidence::of(
        exchange,
        assertion::place(case.request()),
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
