//! `refresh-wrong-client`: the refresh token was issued to another client.
//!
//! RFC 6749 §6: "the refresh token is bound to the client to which it was issued".

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::refresh_altered::resembling;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::RefreshWrongClient;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let (Some(refresh), Some(presenting)) = (&case.refresh, case.client_id()) else {
        return said::judge(case, CAUSE);
    };
    let issuance = refresh
        .issuance
        .seen()
        .or(resembling(refresh).map(|(issuance, _)| issuance));
    let owner = issuance.and_then(|it| Some((it.exchange(), it.request().client.id.as_deref()?)));
    let Some((exchange, owner)) = owner else {
        return by_claim(case, presenting);
    };
    let issued = Evidence::of(
        exchange,
        "client_id",
        format!("was issued to client {owner}"),
    );
    if owner == presenting {
        return Finding::ruled_out(CAUSE, issued);
    }
    Finding::proven(CAUSE, issued)
        .and(Evidence::of(
            case.exchange(),
            "client_id",
            format!("was presented by client {presenting}"),
        ))
        .because(format!(
            "the refresh token was issued to client {owner} and presented by client {presenting}"
        ))
        .comparing(Comparison::of_wholes(
            "client_id",
            ("issued to client_id", exchange, owner.to_owned()),
            (
                "presented by client_id",
                case.exchange(),
                presenting.to_owned(),
            ),
        ))
}

/// A token that is a JWT may name the client that it was issued to.
fn by_claim(case: &Case<'_>, presenting: &str) -> Finding {
    let claim = case
        .refresh
        .as_ref()
        .and_then(|refresh| refresh.token.jwt.as_ref()?.azp.as_deref());
    let Some(owner) = claim else {
        return said::judge(case, CAUSE);
    };
    let claimed = Evidence::of(
        case.exchange(),
        "form refresh_token",
        format!("names client {owner} in its claim azp"),
    );
    if owner == presenting {
        Finding::ruled_out(CAUSE, claimed)
    } else {
        Finding::likely(CAUSE, claimed, CAUSE.settled_by()).because(format!(
            "the refresh token names client {owner} and was presented by client {presenting}"
        ))
    }
}
