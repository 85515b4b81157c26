//! What the stage at which a server refused says of the causes: a server that refuses the client itself, or fails, has in most
//! cases not looked at the grant (RFC 6749 §5.2).

use crate::assertion;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};

/// Whether the server can find a cause before it looks at the grant.
pub(crate) fn is_of_the_client(case: &Case<'_>, cause: Cause) -> bool {
    let by_assertion = assertion::of_client(case.request()).is_some();
    cause.is_of_the_client() || (by_assertion && cause.is_of_an_assertion())
}

/// Gives each finding the verdict that the stage leaves it.
pub(crate) fn weigh(case: &Case<'_>, findings: Vec<Finding>) -> Vec<Finding> {
    let is_at_fault = findings.iter().any(|it| is_shown(case, it));
    let is_of_another = findings.iter().any(is_of_another_client);
    let findings = findings.into_iter();
    findings
        .map(|finding| at_its_stage(case, finding))
        .map(|finding| beside_a_fault(case, finding, is_at_fault))
        .map(|finding| beside_the_owner(case, finding, is_of_another))
        .collect()
}

/// Whether the traffic by itself shows a fault of the grant that was presented.
fn is_shown(case: &Case<'_>, finding: &Finding) -> bool {
    let cause = finding.cause();
    let is_said = |word: &crate::statement::Word| word.verdict == Verdict::Proven;
    finding.verdict() == Verdict::Proven
        && !is_of_the_client(case, cause)
        && !case.word(cause).is_some_and(is_said)
}

/// Whether the traffic shows that the grant is another client's.
fn is_of_another_client(finding: &Finding) -> bool {
    let is_owner = matches!(
        finding.cause(),
        Cause::CodeWrongClient | Cause::RefreshWrongClient
    );
    is_owner && finding.comparison().is_some()
}

fn at_its_stage(case: &Case<'_>, finding: Finding) -> Finding {
    let (cause, error) = (finding.cause(), case.error());
    if is_of_the_client(case, cause) || case.word(cause).is_some() {
        return finding;
    }
    let of_the_owner = matches!(cause, Cause::CodeWrongClient | Cause::RefreshWrongClient);
    let accepted = "what the server says of the grant once it accepts the client";
    let works = "what the server says of the grant once it works";
    match error.error.as_str() {
        // That another client presents the grant tells no more than that the client is a wrong one.
        _ if case.is_unauthorized_without_reason() && of_the_owner => {
            finding.at_most_possible(accepted)
        }
        _ if case.is_unauthorized_without_reason() => finding.at_most_likely(accepted),
        _ if error.status == FAILED && finding.verdict() == Verdict::Proven => {
            finding.at_most_likely(works)
        }
        _ if error.status == 429 || error.status >= 500 => finding.at_most_possible(works),
        "invalid_client" if finding.verdict() < Verdict::Proven => {
            let text =
                "answered invalid_client: it refused the client before it looked at the grant";
            Finding::ruled_out(cause, Evidence::of(case.exchange(), "response error", text))
        }
        "invalid_client" | "unauthorized_client" | "unsupported_grant_type" => {
            finding.at_most_likely(accepted)
        }
        _ => finding,
    }
}

/// What many programs answer to a grant that they did not expect (RFC 9110 §15.6.1). The other statuses of failure are given by
/// what stands in front of a server, or by one that is busy.
const FAILED: u16 = 500;

/// Where the traffic shows a fault of the grant, that the server failed as well, or that the client is a wrong one besides, would
/// be a coincidence: some servers give these answers for what they refuse.
fn beside_a_fault(case: &Case<'_>, finding: Finding, is_at_fault: bool) -> Finding {
    let status = case.error().status;
    match finding.cause() {
        Cause::ServerFault if is_at_fault && status == FAILED => {
            finding.unless_proven("what the server answers to a grant without that fault")
        }
        Cause::ClientCredentialsWrong | Cause::ClientNotAllowed
            if is_at_fault && status != UNAUTHENTICATED && !names_the_client(case) =>
        {
            finding.unless_proven("the answer to this client where it presents a sound grant")
        }
        _ => finding,
    }
}

/// The status of a failed authentication (RFC 6749 §5.2).
const UNAUTHENTICATED: u16 = 401;

/// Whether the server's words are about the client, and not its error code alone, which is all that some servers have.
fn names_the_client(case: &Case<'_>) -> bool {
    let error = case.error();
    let is_code_alone = |cause| {
        case.word(cause)
            .is_none_or(|word| word.meanings > 1 || error.description.is_none())
    };
    match error.error.as_str() {
        "invalid_client" => !is_code_alone(Cause::ClientCredentialsWrong),
        "unauthorized_client" => !is_code_alone(Cause::ClientNotAllowed),
        _ => true,
    }
}

/// Some servers refuse the client because the grant is not the client's own. Where the traffic shows that it is another's, that
/// something is wrong with the client besides is a guess, unless the status is that of a failed authentication.
fn beside_the_owner(case: &Case<'_>, finding: Finding, is_of_another: bool) -> Finding {
    let is_guess = matches!(
        finding.cause(),
        Cause::ClientCredentialsWrong | Cause::ClientNotAllowed
    );
    if is_guess && is_of_another && case.error().status != UNAUTHENTICATED {
        finding.unless_proven("the answer to this client where it presents a grant of its own")
    } else {
        finding
    }
}
