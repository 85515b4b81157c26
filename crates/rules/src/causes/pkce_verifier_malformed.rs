//! `pkce-verifier-malformed`: the verifier is not 43–128 characters of the unreserved set.
//!
//! RFC 7636 §4.1: "`code_verifier = 43*128unreserved`".

use grantscope_oauth::{Alphabet, Fingerprint};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::granted_despite;
use crate::finding::{Evidence, Finding, Verdict};
use crate::said;
use crate::soundness::{CodeParameters, parameters};

const CAUSE: Cause = Cause::PkceVerifierMalformed;
const PLACE: &str = "form code_verifier";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(verifier) = parameters(case).code_verifier else {
        return match absence::of(case, PLACE, "code_verifier") {
            Some(absent) => Finding::ruled_out(CAUSE, absent),
            None => said::judge(case, CAUSE),
        };
    };
    if !verifier.is_whole() {
        let settles = "the code_verifier as it was sent: the capture does not hold it whole";
        return said::judge_until(case, CAUSE, settles);
    }
    let Some(fault) = fault(verifier) else {
        return well_formed(case, verifier);
    };
    if let Some(granted) = granted_despite(case, |_, sent| is_malformed(sent)) {
        let text = "the server granted a code with a malformed verifier";
        return Finding::ruled_out(CAUSE, Evidence::of(granted, PLACE, text));
    }
    let malformed = Evidence::of(case.exchange(), PLACE, fault.clone());
    let said = said::judge(case, CAUSE);
    let finding = if said.verdict() == Verdict::Proven {
        said.and(malformed)
    } else {
        Finding::likely(CAUSE, malformed, CAUSE.settled_by())
    };
    finding.because(format!("the code_verifier {fault}"))
}

/// Some servers take letters, digits, - and _ alone, so that their word counts where the verifier holds more.
fn well_formed(case: &Case<'_>, verifier: &Fingerprint) -> Finding {
    if verifier.alphabet == Alphabet::Unreserved && case.word(CAUSE).is_some() {
        let text = "holds . or ~, which RFC 7636 allows and not every server does";
        return said::judge_until(
            case,
            CAUSE,
            "whether this server accepts . and ~ in a verifier",
        )
        .and(Evidence::of(case.exchange(), PLACE, text))
        .fix("Draw the verifier from letters, digits, - and _ alone.");
    }
    let text = format!("has {} characters, all of them unreserved", verifier.length);
    Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), PLACE, text))
}

fn is_malformed(sent: CodeParameters<'_>) -> bool {
    sent.code_verifier
        .is_some_and(|verifier| fault(verifier).is_some())
}

fn fault(verifier: &Fingerprint) -> Option<String> {
    let unreserved = matches!(
        verifier.alphabet,
        Alphabet::Digits | Alphabet::Hex | Alphabet::Base64Url | Alphabet::Unreserved
    );
    if verifier.length == 0 {
        Some("is empty".to_owned())
    } else if !(43..=128).contains(&verifier.length) {
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
