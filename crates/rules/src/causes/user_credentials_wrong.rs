//! `user-credentials-wrong`: the user name, password or security token of a password grant is wrong.
//!
//! RFC 6749 §4.3.2 and §5.2, `invalid_grant`: "resource owner credentials" that are invalid.

use grantscope_correlation::Presentation;
use grantscope_oauth::{Alphabet, Alteration, Fingerprint, Form, Grant};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::UserCredentialsWrong;
const PLACE: &str = "form password";

/// A user name and its password.
pub(super) type Credentials<'a> = (&'a Fingerprint, &'a Fingerprint);

/// The credentials that a request presents, where it presents both.
pub(super) fn credentials(request: &Presentation) -> Option<Credentials<'_>> {
    match &request.request().grant {
        Grant::Password {
            username: Some(username),
            password: Some(password),
        } if has_value(username) && has_value(password) => Some((username, password)),
        _ => None,
    }
}

/// RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted".
fn has_value(parameter: &Fingerprint) -> bool {
    parameter.alphabet != Alphabet::Empty
}

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(own) = credentials(&case.refused) else {
        return incomplete(case);
    };
    let granted: Vec<_> = case
        .client
        .accepted()
        .filter_map(|other| Some((other, credentials(other)?)))
        .filter(|(_, theirs)| theirs.0 == own.0 && is_shown(own) && is_shown(*theirs))
        .collect();
    let same = granted.iter().find(|(_, theirs)| theirs.1 == own.1);
    match (same, granted.last()) {
        (Some((other, _)), _) => unchanged(case, other),
        (None, Some((other, theirs))) => another_password(case, other, (theirs.1, own.1)),
        (None, None) => by_shape(case, own.1),
    }
}

/// Whether the capture holds both as they were sent, so that they can be compared.
pub(super) fn is_shown((username, password): Credentials<'_>) -> bool {
    username.is_whole() && password.is_whole()
}

fn incomplete(case: &Case<'_>) -> Finding {
    let Grant::Password { username, password } = &case.request().grant else {
        return said::judge(case, CAUSE);
    };
    let (name, value) = match username {
        Some(name) if has_value(name) => ("password", password),
        _ => ("username", username),
    };
    absence::lacking(case, CAUSE, name, value.is_some())
}

/// The same credentials were granted: later, so that they were right; or before, so that they may have been changed since.
fn unchanged(case: &Case<'_>, granted: &Presentation) -> Finding {
    let text = "was granted with the same name and password";
    let evidence = Evidence::of(granted.exchange(), PLACE, text);
    if granted.sent_at() > case.sent_at() {
        return Finding::ruled_out(CAUSE, evidence);
    }
    said::judge_until(case, CAUSE, "whether the password was changed since then").and(evidence)
}

fn another_password(
    case: &Case<'_>,
    granted: &Presentation,
    (right, presented): (&Fingerprint, &Fingerprint),
) -> Finding {
    let text = "was granted to the same user name with another password";
    let evidence = Evidence::of(granted.exchange(), PLACE, text);
    // Two passwords may well begin alike, and none be a part of the other.
    let alteration = right
        .alteration_into(presented)
        .filter(|it| !matches!(it, Alteration::Truncated | Alteration::Lengthened));
    if let Some(alteration) = alteration {
        let text = format!("presented the accepted password {alteration}");
        return Finding::proven(CAUSE, Evidence::of(case.exchange(), PLACE, text))
            .and(evidence)
            .because(format!("the password was {alteration}"))
            .fix("Form-encode the password exactly once, and do not trim it or change its case.");
    }
    Finding::likely(
        CAUSE,
        evidence,
        "whether the password was changed between the two requests",
    )
    .because("the password is another than the one that the server accepted for this user")
}

fn by_shape(case: &Case<'_>, password: &Fingerprint) -> Finding {
    let attached = password.form(Form::Trimmed).map(|_| {
        let text = "the password has white space or quotes around it";
        Evidence::of(case.exchange(), PLACE, text)
    });
    let finding = said::judge(case, CAUSE).and_all(attached);
    // RFC 6749 §5.2 has this one word for credentials of the resource owner that are invalid, and some servers say none.
    if case.is_refused_without_reason() || case.error().error == "invalid_grant" {
        finding.favoured()
    } else {
        finding
    }
}
