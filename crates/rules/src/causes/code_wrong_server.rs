//! `code-wrong-server`: the code was issued by another issuer than the one whose token endpoint is called.
//!
//! RFC 9207 §2: `iss` is "the identifier of the authorization server which the client can use to prevent mix-up attacks".

use std::net::IpAddr;

use grantscope_correlation::Presentation;
use grantscope_oauth::{ExchangeId, RequestUrl};

use crate::case::Case;
use crate::causes::Cause;
use crate::comparison::Comparison;
use crate::finding::{Evidence, Finding};
use crate::said;

const CAUSE: Cause = Cause::CodeWrongServer;

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    let Some(code) = &case.code else {
        return said::judge(case, CAUSE);
    };
    let response = code
        .issuance
        .seen()
        .map(|it| (it.exchange, &it.response))
        .or_else(|| code.receipts.first().map(|it| (it.exchange, &it.response)));
    let issuer = response
        .and_then(|(exchange, response)| Some((exchange, response.iss.as_deref()?)))
        .zip(case.server.issuer.as_deref().filter(|it| !it.contains('{')));
    if let Some((issued_by, called)) = issuer {
        return by_issuer(case, issued_by, called);
    }
    by_endpoints(case)
        .or_else(|| by_redemption(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

/// A server that redeemed the code is the one that issued it (RFC 6749 §4.1.3).
fn by_redemption(case: &Case<'_>) -> Option<Finding> {
    let granted = case.code.as_ref()?.granted()?;
    let (own, called) = (&granted.request().endpoint, &case.request().endpoint);
    let redeemed = Evidence::of(
        granted.exchange(),
        "url",
        format!("redeemed the same code at {own}"),
    );
    let is_called = case.is_called_server(own);
    if is_called == Some(true) {
        return Some(Finding::ruled_out(CAUSE, redeemed));
    }
    let finding = Finding::proven(CAUSE, redeemed)
        .and(Evidence::of(
            case.exchange(),
            "url",
            format!("presented it to {called}"),
        ))
        .because(format!(
            "the code was redeemed at {own} and presented to {called}"
        ));
    Some(match is_called {
        Some(_) => finding,
        None => finding.at_most_likely("whether the two endpoints belong to one server"),
    })
}

fn by_issuer(case: &Case<'_>, issued_by: (ExchangeId, &str), called: &str) -> Finding {
    let (exchange, issuer) = issued_by;
    let issuing = Evidence::of(
        exchange,
        "authorization response iss",
        format!("issued the code as {issuer}"),
    );
    if issuer.trim_end_matches('/') == called.trim_end_matches('/') {
        return Finding::ruled_out(CAUSE, issuing);
    }
    let called_here = Evidence::of(case.exchange(), "url", format!("presented it to {called}"));
    if may_be_one_server(issuer, called) {
        let settles =
            "whether both issuers are names of one server, seen from inside and from outside";
        return said::judge_until(case, CAUSE, settles)
            .and(issuing)
            .and(called_here);
    }
    Finding::proven(CAUSE, issuing)
        .and(called_here)
        .because(format!(
            "the code was issued by {issuer} and presented to {called}"
        ))
        .comparing(Comparison::of_wholes(
            "issuer",
            ("issuer of the code", exchange, issuer.to_owned()),
            ("issuer that was called", case.exchange(), called.to_owned()),
        ))
}

/// A server that takes its issuer from the host of the request has another one for each of its names.
fn may_be_one_server(issuer: &str, other: &str) -> bool {
    let (issuer, other) = (RequestUrl::new(issuer), RequestUrl::new(other));
    let is_inner = |url: &RequestUrl| {
        let host = url.host();
        !host.contains('.') || host.parse::<IpAddr>().is_ok() || host.ends_with(".internal")
    };
    issuer.path().trim_end_matches('/') == other.path().trim_end_matches('/')
        && (issuer.host() == other.host() || is_inner(&issuer) || is_inner(&other))
}

/// Without issuers: what the metadata name, and where the two endpoints stand.
fn by_endpoints(case: &Case<'_>) -> Option<Finding> {
    let authorization = case.authorization()?;
    let (asked, called) = (&authorization.request.endpoint, &case.request().endpoint);
    let named = case
        .history
        .metadata(called)
        .and_then(|metadata| metadata.authorization_endpoint);
    let ruled_out =
        |text| Finding::ruled_out(CAUSE, Evidence::of(authorization.exchange, "url", text));
    if named.as_ref() == Some(asked) {
        return Some(ruled_out(
            "is the authorization endpoint that the called server's metadata name",
        ));
    }
    if directory(asked) == directory(called) {
        return Some(ruled_out(
            "the authorization endpoint stands beside the token endpoint that was called",
        ));
    }
    if let Some(elsewhere) = redeemed_elsewhere(case, asked) {
        return Some(elsewhere);
    }
    let (of_asked, of_called) = differing_segment(asked, called)?;
    let place = Evidence::of(
        authorization.exchange,
        "url",
        format!("asked for the code at {asked}"),
    );
    let finding = Finding::likely(CAUSE, place, CAUSE.settled_by())
        .and(Evidence::of(case.exchange(), "url", format!("presented it to {called}")))
        .because(format!(
            "the code was asked for under {of_asked} and presented under {of_called}: these look like two tenants or realms"
        ));
    Some(finding)
}

/// The server that issued the code has a token endpoint of its own, at which this client redeemed codes.
fn redeemed_elsewhere(case: &Case<'_>, asked: &str) -> Option<Finding> {
    let issuer = case.history.server(asked);
    if issuer.origin == case.server.origin {
        return None;
    }
    let at_issuer = case.history.client(&issuer, case.client_id()?);
    let is_code = |it: &&Presentation| it.request().grant.grant_type() == "authorization_code";
    let redeemed = at_issuer.accepted().find(is_code)?;
    let own = &redeemed.request().endpoint;
    let called = &case.request().endpoint;
    let evidence = Evidence::of(
        redeemed.exchange(),
        "url",
        format!("redeemed a code at {own}"),
    );
    let finding = Finding::likely(CAUSE, evidence, CAUSE.settled_by())
        .and(Evidence::of(
            case.exchange(),
            "url",
            format!("presented the code to {called}"),
        ))
        .because(format!(
            "the code was issued by {} and presented to {}",
            issuer.origin, case.server.origin
        ));
    Some(finding)
}

fn directory(endpoint: &str) -> &str {
    endpoint
        .trim_end_matches('/')
        .rsplit_once('/')
        .map_or(endpoint, |(directory, _)| directory)
}

/// The one part, in front of the endpoints' own names, in which the paths differ: a tenant, a realm, a policy.
fn differing_segment<'a>(asked: &'a str, called: &'a str) -> Option<(&'a str, &'a str)> {
    let (asked, called): (Vec<_>, Vec<_>) = (
        directory(asked).split('/').collect(),
        directory(called).split('/').collect(),
    );
    if asked.len() != called.len() {
        return None;
    }
    let mut differing = asked
        .into_iter()
        .zip(called)
        .enumerate()
        .filter(|(_, (asked, called))| asked != called);
    let (index, only) = differing.next()?;
    let is_only = index > AUTHORITY && differing.next().is_none();
    (is_only && !is_by_design(only.0, only.1)).then_some(only)
}

/// Names by which a server calls all of its tenants at once.
const OF_ALL_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// Words in the endpoints' own names, and not in those of tenants.
const OF_ENDPOINTS: [&str; 6] = ["auth", "token", "login", "dialog", "connect", "api"];

/// Parts that differ at one server as well: the endpoints' own names, versions, a name for all tenants.
fn is_by_design(asked: &str, called: &str) -> bool {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let is_name = |part: &str| OF_ENDPOINTS.iter().any(|name| part.contains(name));
    is_name(asked)
        || is_name(called)
        || (is_version(asked) && is_version(called))
        || OF_ALL_TENANTS.contains(&asked)
        || OF_ALL_TENANTS.contains(&called)
}

/// Where the authority stands between the slashes of a URL.
const AUTHORITY: usize = 2;
