//! `sender-key-mismatch`: the `DPoP` key or client certificate is not the one that the grant is bound to.
//!
//! RFC 9449 §5: "the authorization server MUST bind the refresh token to the respective public key" of a public client.

use std::time::Duration;

use grantscope_oauth::ClientAuthentication;

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::SenderKeyMismatch;
const PLACE: &str = "header DPoP";

/// RFC 9449 §11.1: a proof is to be accepted "for a limited time window", of seconds or minutes.
const WINDOW: Duration = Duration::from_mins(5);

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    another_key(case)
        .or_else(|| without_proof(case))
        .or_else(|| used_proof(case))
        .or_else(|| stale_proof(case))
        .or_else(|| addressed_proof(case))
        .or_else(|| said_to_be_stale(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

/// The key of the proof is another than the one that the code or the refresh token was asked for with (RFC 9449 §5, §10).
fn another_key(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().dpop.as_ref()?.jkt.as_deref()?;
    let of_code = case.code.as_ref().and_then(|code| {
        let authorization = code.authorization.seen()?;
        Some((
            authorization.exchange,
            "query dpop_jkt",
            authorization.request.dpop_jkt.as_deref()?,
        ))
    });
    let of_refresh = case.refresh.as_ref().and_then(|refresh| {
        let issuance = refresh.issuance.seen()?;
        Some((
            issuance.exchange(),
            PLACE,
            issuance.request().dpop.as_ref()?.jkt.as_deref()?,
        ))
    });
    let (exchange, place, bound) = of_code.or(of_refresh)?;
    if bound == own {
        return None;
    }
    let finding = Finding::proven(
        CAUSE,
        Evidence::of(exchange, place, format!("names the key {bound}")),
    )
    .and(Evidence::of(
        case.exchange(),
        PLACE,
        format!("is signed with the key {own}"),
    ))
    .because("the DPoP proof is signed with another key than the one that the grant is bound to")
    .fix("Keep the DPoP key with the grant, and sign every proof of it with that key.")
    .comparing(Comparison::of_wholes(
        "key thumbprint",
        ("bound to", exchange, bound.to_owned()),
        ("presented with", case.exchange(), own.to_owned()),
    ));
    let is_confidential = case.request().client.authentication != ClientAuthentication::None;
    // RFC 9449 §5 binds the refresh tokens of public clients alone.
    Some(if case.refresh.is_some() && is_confidential {
        finding.at_most_likely("whether this server binds the refresh token to the key")
    } else {
        finding
    })
}

/// A token that was issued against a proof is presented without one.
fn without_proof(case: &Case<'_>) -> Option<Finding> {
    let issuance = case.refresh.as_ref()?.issuance.seen()?;
    issuance.request().dpop.as_ref()?;
    if case.request().dpop.is_some() {
        return None;
    }
    let issued = "issued the refresh token to a request with a DPoP proof";
    let finding = Finding::proven(CAUSE, Evidence::of(issuance.exchange(), PLACE, issued))
        .and(Evidence::of(case.exchange(), PLACE, "carries no DPoP proof"))
        .because("the refresh token was obtained with a DPoP proof and presented without one")
        .fix("Send a DPoP proof with each token request, the refresh included, signed with the key of the first.");
    let token_type = issuance.response().token_type.as_deref();
    let is_bound = token_type.is_some_and(|it| it.eq_ignore_ascii_case("dpop"))
        && case.request().client.authentication == ClientAuthentication::None;
    Some(if is_bound {
        finding
    } else {
        // RFC 9449 §5 binds the refresh tokens of public clients alone.
        finding.at_most_likely("whether this server binds the refresh token to the key")
    })
}

fn used_proof(case: &Case<'_>) -> Option<Finding> {
    let jti = case.request().dpop.as_ref()?.jti?;
    let earlier = case.client.requests.iter().find(|other| {
        other.exchange() != case.exchange()
            && other.sent_at() <= case.sent_at()
            && other.request().dpop.as_ref().and_then(|it| it.jti) == Some(jti)
    })?;
    let used = Evidence::of(earlier.exchange(), PLACE, "carried the same DPoP proof");
    Some(
        Finding::likely(
            CAUSE,
            used,
            "whether this server keeps the jti values of proofs",
        )
        .and(Evidence::of(case.exchange(), PLACE, "carries it again"))
        .because("the DPoP proof was used before")
        .fix("Make a new DPoP proof, with a new jti, for each request and each retry."),
    )
}

/// A proof is for one URL (RFC 9449 §4.3), and the client calls the server at an address that stands for it.
fn addressed_proof(case: &Case<'_>) -> Option<Finding> {
    case.request().dpop.as_ref()?;
    let address = case.request().called_as.as_deref()?;
    if case.error().error != "invalid_dpop_proof" {
        return None;
    }
    let called = format!("calls the server {address}, where something stands for it");
    Some(
        Finding::likely(
            CAUSE,
            Evidence::of(case.exchange(), "header Host", called),
            "the htu of the proof, for which the server expects its own URL",
        )
        .because(format!(
            "the DPoP proof is made by a client that calls the server {address}, and is for the URL there if the client follows RFC 9449"
        ))
        .fix(
            "Behind `--reverse`, let grantscope take the server's place, so that client and server have one URL for the endpoint; \
             or let the client sign the server's own URL as `htu`.",
        ),
    )
}

fn stale_proof(case: &Case<'_>) -> Option<Finding> {
    let iat = case.request().dpop.as_ref()?.iat?;
    let now = case.error().server_time?.as_second();
    let apart = Duration::from_secs(now.abs_diff(iat));
    if apart <= WINDOW {
        return None;
    }
    let side = if iat < now { "before" } else { "after" };
    let text = format!("was made {} {side} the server's clock", readable(apart));
    Some(
        Finding::likely(
            CAUSE,
            Evidence::of(case.exchange(), PLACE, &text),
            "the time window in which this server accepts a proof",
        )
        .because(format!("the DPoP proof {text}"))
        .fix("Set the clock by NTP, and make the proof when the request is sent."),
    )
}

/// Words by which servers say that the time of a proof is the matter (RFC 9449 §4.3).
const OF_TIME: [&str; 6] = ["iat", "timestamp", "clock", "expired", "too old", "future"];

fn said_to_be_stale(case: &Case<'_>) -> Option<Finding> {
    let error = case.error();
    let text = error.description.as_ref()?.to_lowercase();
    let is_of_time = OF_TIME.iter().any(|word| text.contains(word));
    if error.error != "invalid_dpop_proof" || !is_of_time {
        return None;
    }
    let finding = said::judge_until(
        case,
        CAUSE,
        "the claim `iat` of the proof, and the server's clock",
    );
    Some(
        finding
            .because("the server does not accept the time of the DPoP proof")
            .fix("Set the clock by NTP, and make the proof when the request is sent."),
    )
}
