//! `pkce-verifier-mismatch`: the verifier does not hash to the challenge of the authorization request.
//!
//! RFC 7636 §4.6: the server calculates the challenge "from the received `code_verifier`" and compares it.

use grantscope_correlation::{Authorization, Role};
use grantscope_oauth::{Alphabet, CodeChallenge, CodeChallengeMethod, Fingerprint, Form};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::{granted_despite, place};
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::soundness::{CodeParameters, fits, parameters};

const CAUSE: Cause = Cause::PkceVerifierMismatch;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(verifier) = parameters(case).code_verifier else {
        return match absence::of(case, PLACE, "code_verifier") {
            Some(absent) => Finding::ruled_out(CAUSE, absent),
            None => said::judge(case, CAUSE),
        };
    };
    let Some(authorization) = case.authorization() else {
        return said::judge(case, CAUSE);
    };
    let Some(challenge) = &authorization.request.code_challenge else {
        let text = "sent no code_challenge that the verifier could differ from";
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(authorization.exchange, "query code_challenge", text),
        );
    };
    match fits(challenge, verifier) {
        Some(true) => Finding::ruled_out(
            CAUSE,
            Evidence::of(
                authorization.exchange,
                "query code_challenge",
                "is the challenge of the presented verifier",
            ),
        ),
        Some(false) => match granted_despite(case, does_not_fit) {
            Some(granted) => Finding::ruled_out(
                CAUSE,
                Evidence::of(
                    granted,
                    PLACE,
                    "the server granted a code whose verifier did not fit either",
                ),
            ),
            None => mismatch(case, authorization, challenge, verifier),
        },
        None => said::judge_until(case, CAUSE, settled_by(challenge)),
    }
}

/// Why a verifier and a challenge cannot be compared.
fn settled_by(challenge: &CodeChallenge) -> &'static str {
    match challenge.method {
        CodeChallengeMethod::Other(_) => "what the server makes of this code_challenge_method",
        _ => {
            "code_challenge and code_verifier as they were sent: the capture does not hold both whole"
        }
    }
}

fn does_not_fit(authorization: &Authorization, sent: CodeParameters<'_>) -> bool {
    let challenge = authorization.request.code_challenge.as_ref();
    challenge
        .zip(sent.code_verifier)
        .is_some_and(|(challenge, verifier)| fits(challenge, verifier) == Some(false))
}

fn mismatch(
    case: &Case<'_>,
    authorization: &Authorization,
    challenge: &CodeChallenge,
    verifier: &Fingerprint,
) -> Finding {
    let (exchange, place) = place(authorization, "query code_challenge", "form code_challenge");
    let sent = format!(
        "sent {} ({})",
        challenge.value.named("challenge"),
        challenge.method
    );
    let (label, due) = due(challenge, verifier);
    let presented = format!("presented {}; {label} is {due}", verifier.named("verifier"));
    let reason = other_attempt(case, authorization, verifier)
        .or_else(|| by_transformation(challenge, verifier))
        .or_else(|| another_value(case, authorization, verifier));
    let finding = Finding::proven(CAUSE, Evidence::of(exchange, place, sent))
        .and(Evidence::of(case.exchange(), PLACE, presented))
        .comparing(Comparison::of_wholes(
            "code_challenge",
            (
                "authorize code_challenge",
                exchange,
                challenge.value.named("challenge"),
            ),
            (label, case.exchange(), due),
        ));
    match reason {
        Some(reason) => finding
            .and_all(reason.evidence)
            .because(reason.summary)
            .fix(reason.fix),
        None => finding,
    }
}

/// The challenge that would fit the verifier, by the method of the request, and what to call it.
fn due(challenge: &CodeChallenge, verifier: &Fingerprint) -> (&'static str, String) {
    match (&challenge.method, verifier.form(Form::S256)) {
        (CodeChallengeMethod::S256, Some(digest)) => {
            ("its S256 challenge", format!("challenge#{digest}"))
        }
        _ => ("its plain challenge", verifier.named("challenge")),
    }
}

/// Why a verifier does not fit.
struct Reason {
    summary: String,
    fix: &'static str,
    evidence: Option<Evidence>,
}

/// The verifier fits the challenge of another authorization request.
fn other_attempt(
    case: &Case<'_>,
    authorization: &Authorization,
    verifier: &Fingerprint,
) -> Option<Reason> {
    let challenges = verifier
        .form(Form::S256)
        .into_iter()
        .chain([verifier.digest]);
    let others = challenges.flat_map(|digest| case.history.mentioned_as(digest, Role::Challenge));
    let own = [Some(authorization.exchange), authorization.pushed_in];
    let other = others
        .into_iter()
        .find(|other| !own.contains(&Some(other.exchange)))?;
    Some(Reason {
        summary: format!(
            "the verifier belongs to another login attempt: it fits the authorization request {}, and the code came from {}",
            other.exchange, authorization.exchange
        ),
        fix: "Keep the verifier under the `state` of its own attempt, and take it from there in the callback: two logins at \
              once overwrite a verifier that is kept once per browser or session.",
        evidence: Some(Evidence::of(
            other.exchange,
            "query code_challenge",
            "sent the challenge of the presented verifier",
        )),
    })
}

/// The challenge was made of this very verifier, and in a wrong way; or there is no verifier at all.
fn by_transformation(challenge: &CodeChallenge, verifier: &Fingerprint) -> Option<Reason> {
    let is = |form| verifier.form(form) == Some(challenge.value.digest);
    let plain = challenge.method == CodeChallengeMethod::Plain;
    let (what, fix) = if verifier.alphabet == Alphabet::Empty {
        (
            "the code_verifier is empty",
            "Find where the verifier is lost between the two requests, and stop with an error where it is gone.",
        )
    } else if challenge.value == *verifier {
        (
            "code_challenge and code_verifier are the same text, though the method is S256: the challenge was not hashed, or \
             was sent in place of the verifier",
            "Send BASE64URL(SHA256(verifier)) as code_challenge, and the verifier itself as code_verifier.",
        )
    } else if plain && is(Form::S256) {
        (
            "the challenge is the S256 of the verifier, and the request declares it as plain",
            "Send code_challenge_method=S256: where it is left out, the server takes the challenge for a plain one.",
        )
    } else if is(Form::S256Hex) || is(Form::S256HexBase64) {
        (
            "the challenge was made of the hexadecimal digest",
            "Encode the 32 bytes of the SHA-256 digest, not their hexadecimal text.",
        )
    } else if is(Form::S256Padded) || is(Form::S256Base64) {
        (
            "the challenge is in padded or standard base64",
            "Use base64url without padding (RFC 7636 appendix A): replace + by -, / by _ and cut off =.",
        )
    } else if is(Form::S256Twice) {
        (
            "the challenge is the hash of the verifier's hash",
            "Hash the verifier once: code_challenge is BASE64URL(SHA256(verifier)).",
        )
    } else if is(Form::S256OfTrimmed) {
        (
            "white space or quotes were attached to the verifier after the challenge was made of it",
            "Send the verifier as it was hashed: look for a line feed or quotes that came with its storage.",
        )
    } else if is(Form::S256OfPercentDecoded) {
        (
            "the verifier was percent-encoded once more after the challenge was made of it",
            "Form-encode the verifier once.",
        )
    } else {
        return None;
    };
    Some(Reason {
        summary: what.to_owned(),
        fix,
        evidence: None,
    })
}

/// Something else was sent as the verifier.
fn another_value(
    case: &Case<'_>,
    authorization: &Authorization,
    verifier: &Fingerprint,
) -> Option<Reason> {
    let (request, asked) = (&authorization.request, authorization.exchange);
    let code = case.request().grant.secret();
    let (name, exchange, place) = [
        ("state", request.state.as_ref(), asked, "query state"),
        ("nonce", request.nonce.as_ref(), asked, "query nonce"),
        ("code", code, case.exchange(), "form code"),
    ]
    .into_iter()
    .find_map(|(name, value, exchange, place)| {
        (value == Some(verifier)).then_some((name, exchange, place))
    })?;
    Some(Reason {
        summary: format!("the {name} was sent in place of the verifier"),
        fix: "Send the verifier that the challenge was made of.",
        evidence: Some(Evidence::of(
            exchange,
            place,
            format!("{} is the {name} there", verifier.named("verifier")),
        )),
    })
}
