//! `redirect-uri-mismatch`: the `redirect_uri` of the token request is not the one of the authorization request.
//!
//! RFC 6749 §4.1.3: "REQUIRED, if the `redirect_uri` parameter was included in the authorization request … and their values
//! MUST be identical."

use grantscope_correlation::Authorization;
use grantscope_oauth::{ExchangeId, RedirectUri};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::{granted_despite, place};
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::{CodeParameters, parameters};

const CAUSE: Cause = Cause::RedirectUriMismatch;
const PLACE: &str = "form redirect_uri";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(presented) = parameters(case).redirect_uri else {
        return match absence::of(case, PLACE, "redirect_uri") {
            Some(absent) => Finding::ruled_out(CAUSE, absent),
            None => by_words(case),
        };
    };
    if let Some(authorization) = case.authorization() {
        return match &authorization.request.redirect_uri {
            Some(asked) => compare(
                case,
                ("authorize redirect_uri", asked_in(authorization), asked),
                presented,
            ),
            None => said::judge_until(
                case,
                CAUSE,
                "the redirect URI that is registered for the client",
            ),
        };
    }
    match destination(case) {
        Some((exchange, uri)) if is_lengthened(presented, &uri) => {
            let text = "was called with parameters beyond that, which the server may have added";
            said::judge(case, CAUSE).and(Evidence::of(exchange, "authorization response", text))
        }
        Some((exchange, uri)) => {
            let sent_to = (
                "code was sent to",
                (exchange, "authorization response"),
                &uri,
            );
            compare(case, sent_to, presented).at_most_likely(CAUSE.settled_by())
        }
        None => by_words(case),
    }
}

/// Words by which servers say with what they compared the redirect URI, which is not the authorization request.
const OF_REGISTRATION: [&str; 5] = [
    "registered",
    "configured",
    "registration",
    "whitelist",
    "allowlist",
];

/// The judgement where nothing was seen that the redirect URI could be compared with.
fn by_words(case: &Case<'_>) -> Finding {
    let is_of_registration = case.word(CAUSE).is_some_and(|word| {
        let text = word.text.to_lowercase();
        OF_REGISTRATION.iter().any(|it| text.contains(it))
    });
    if !is_of_registration {
        return said::judge(case, CAUSE);
    }
    said::judge_until(case, CAUSE, "the redirect URIs that are registered for the client")
        .because("the redirect_uri of the token request is not one that is registered for the client")
        .fix("Register the redirect_uri that both requests send, or send one that is registered, character for character.")
}

fn asked_in(authorization: &Authorization) -> (ExchangeId, &'static str) {
    place(authorization, "query redirect_uri", PLACE)
}

/// Where the code was sent, which is the `redirect_uri` of an authorization request that was not seen.
fn destination(case: &Case<'_>) -> Option<(ExchangeId, RedirectUri)> {
    let code = case.code.as_ref()?;
    let issued = code
        .issuance
        .seen()
        .map(|it| (it.exchange, it.response.redirect_uri.clone()));
    issued.or_else(|| {
        code.receipts
            .first()
            .map(|it| (it.exchange, it.response.redirect_uri.clone()))
    })
}

/// Whether a callback's address is the presented one with further parameters behind it. The authorization response has some
/// of its own (RFC 6749 §4.1.2), and servers add others.
fn is_lengthened(presented: &RedirectUri, called: &RedirectUri) -> bool {
    let rest = called.as_str().strip_prefix(presented.as_str());
    rest.is_some_and(|rest| rest.starts_with(['?', '&']))
}

fn compare(
    case: &Case<'_>,
    asked: (&str, (ExchangeId, &'static str), &RedirectUri),
    presented: &RedirectUri,
) -> Finding {
    let (label, (exchange, place), uri) = asked;
    if uri.is_masked() || presented.is_masked() {
        let settles = "both redirect URIs as they were sent: the capture was cleaned of one";
        return said::judge_until(case, CAUSE, settles);
    }
    if uri == presented {
        let text = format!("names {uri}, as the token request does");
        return despite_being_equal(case, Evidence::of(exchange, place, text));
    }
    let amiss = |authorization: &Authorization, sent: CodeParameters<'_>| {
        authorization.request.redirect_uri.as_ref() == Some(uri)
            && sent.redirect_uri == Some(presented)
    };
    if let Some(granted) = granted_despite(case, amiss) {
        let text = "the server granted a code with the same two redirect URIs";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    let comparison = Comparison::of_redirect_uris(
        (label, exchange, uri),
        ("token redirect_uri", case.exchange(), presented),
    );
    let difference = comparison.difference.clone();
    Finding::proven(CAUSE, Evidence::of(exchange, place, format!("names {uri}")))
        .and(Evidence::of(
            case.exchange(),
            PLACE,
            format!("names {presented}"),
        ))
        .because(format!(
            "the redirect_uri of the token request differs from that of the authorization request: {difference}"
        ))
        .fix(fix(&difference))
        .comparing(comparison)
}

/// Both requests name the same URI. A server that refuses it all the same compares it with the registered one, or in a form
/// that it gave it.
fn despite_being_equal(case: &Case<'_>, equal: Evidence) -> Finding {
    let Some(word) = case
        .word(CAUSE)
        .filter(|word| word.verdict >= Verdict::Likely)
    else {
        return Finding::ruled_out(CAUSE, equal);
    };
    let said = Evidence::of(
        case.exchange(),
        "response error",
        format!("the server says “{}”", word.text),
    );
    Finding::likely(CAUSE, said, "the redirect URI that is registered for the client")
        .and(equal)
        .because("the server refuses the redirect_uri though both requests name the same: it compares it with the registered one, or in a form of its own")
        .fix("Register the redirect_uri as both requests name it; where it is a bare origin, write it with the slash at its end in all three places.")
}

fn fix(difference: &str) -> &'static str {
    match difference {
        "scheme" => {
            "Name the callback by its public address in both requests: behind a proxy that terminates TLS, forward \
             X-Forwarded-Proto and let the app trust it."
        }
        "percent-encoding" => "Encode the redirect_uri once: give the form encoder the plain URI.",
        "query" => {
            "Send the redirect_uri as it was asked for, and not the address that the callback was called with; carry what \
             the app needs in `state`."
        }
        _ => CAUSE.fix(),
    }
}
