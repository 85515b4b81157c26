//! `code-wrong-server`: the code was issued by another issuer than the one whose token endpoint is called.
//!
//! RFC 9207 §2: `iss` is "the identifier of the authorization server which the client can use to prevent mix-up attacks".

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::CodeWrongServer;
const SETTLES: &str =
    "the metadata of the server that issued the code, or `iss` in the authorization response";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(code) = &case.code else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let response = code
        .issuance
        .seen()
        .map(|it| (it.exchange, &it.response))
        .or_else(|| code.receipts.first().map(|it| (it.exchange, &it.response)));
    let Some((exchange, response)) = response else {
        return said::judge(case, CAUSE, SETTLES);
    };
    let issuer = response.iss.as_deref().zip(case.server.issuer.as_deref());
    if let Some((issued_by, called)) = issuer {
        return by_issuer(case, (exchange, issued_by), called);
    }
    by_origin(case).unwrap_or_else(|| said::judge(case, CAUSE, SETTLES))
}

fn by_issuer(
    case: &Case<'_>,
    (exchange, issued_by): (grantscope_oauth::ExchangeId, &str),
    called: &str,
) -> Finding {
    let issuing = Evidence::of(
        exchange,
        "authorization response iss",
        format!("issued the code as {issued_by}"),
    );
    if issued_by == called {
        return Finding::ruled_out(CAUSE, issuing);
    }
    Finding::proven(CAUSE, issuing)
        .and(Evidence::of(
            case.exchange(),
            "url",
            format!("presented it to {called}"),
        ))
        .because(format!(
            "the code was issued by {issued_by} and presented to {called}"
        ))
        .comparing(Comparison::of_wholes(
            "issuer",
            ("issuer of the code", exchange, issued_by.to_owned()),
            ("issuer that was called", case.exchange(), called.to_owned()),
        ))
}

/// Without metadata: a server whose two endpoints share their origin and the directory of their paths is one server.
fn by_origin(case: &Case<'_>) -> Option<Finding> {
    let authorization = case.authorization()?;
    let same = directory(&authorization.request.endpoint) == directory(&case.request().endpoint);
    let text = "the authorization endpoint stands beside the token endpoint that was called";
    same.then(|| Finding::ruled_out(CAUSE, Evidence::of(authorization.exchange, "url", text)))
}

fn directory(endpoint: &str) -> &str {
    endpoint
        .rsplit_once('/')
        .map_or(endpoint, |(directory, _)| directory)
}
