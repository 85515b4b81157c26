//! `pkce-verifier-malformed`: the verifier is not 43–128 characters of the unreserved set.
//!
//! RFC 7636 §4.1: "`code_verifier = 43*128unreserved`".

use grantscope_oauth::{Alphabet, Fingerprint};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::soundness::{is_sound, parameters};

const CAUSE: Cause = Cause::PkceVerifierMalformed;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(verifier) = parameters(case).code_verifier else {
        return Finding::ruled_out(
            CAUSE,
            Evidence::of(case.exchange(), PLACE, "carries no code_verifier"),
        );
    };
    let Some(fault) = fault(verifier) else {
        let text = format!("has {} characters, all of them unreserved", verifier.length);
        return Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text));
    };
    let finding = Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, fault.clone()))
        .because(format!("the code_verifier {fault}"));
    if is_sound(case) {
        finding
    } else {
        finding.at_most_likely("whether this server checks the form of a verifier")
    }
}

fn fault(verifier: &Fingerprint) -> Option<String> {
    let unreserved = matches!(
        verifier.alphabet,
        Alphabet::Digits | Alphabet::Hex | Alphabet::Base64Url | Alphabet::Unreserved
    );
    if !(43..=128).contains(&verifier.length) {
        Some(format!(
            "has {} characters, and must have 43 to 128",
            verifier.length
        ))
    } else if unreserved {
        None
    } else {
        Some("holds characters other than letters, digits and -._~".to_owned())
    }
}
