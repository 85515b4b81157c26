//! `code-wrong-client`: the code was issued to another client than the one that presents it.
//!
//! RFC 6749 §4.1.3: the server must "ensure that the authorization code was issued to the authenticated confidential client,
//! or if the client is public, ensure that the code was issued to `client_id` in the request".

use crate::case::Case;
use crate::causes::Cause;
use crate::causes::redirect_uri_missing::place;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::CodeWrongClient;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some((authorization, asked)) = case
        .authorization()
        .and_then(|it| Some((it, it.request.client_id.as_deref()?)))
    else {
        return said::judge(case, CAUSE);
    };
    let (exchange, place) = place(authorization, "query client_id", "client_id");
    let asking = Evidence::of(
        exchange,
        place,
        format!("asked for the code as client {asked}"),
    );
    match case.client_id() {
        Some(presenting) if presenting == asked => Finding::ruled_out(CAUSE, asking),
        Some(presenting) => Finding::proven(CAUSE, asking)
            .and(Evidence::of(
                case.exchange(),
                "client_id",
                format!("presented it as client {presenting}"),
            ))
            .because(format!(
                "the code was issued to client {asked} and presented by client {presenting}"
            ))
            .comparing(Comparison::of_wholes(
                "client_id",
                ("authorize client_id", exchange, asked.to_owned()),
                ("token client_id", case.exchange(), presenting.to_owned()),
            )),
        None => said::judge(case, CAUSE).at_most_possible("the client that presents the code"),
    }
}
