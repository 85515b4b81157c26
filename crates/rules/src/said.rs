//! Judgements that rest on what the server said.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};

/// The judgement where the traffic does not decide: what the server's words support, or `possible`.
pub(crate) fn judge(case: &Case<'_>, cause: Cause) -> Finding {
    judge_until(case, cause, cause.settled_by())
}

/// The same, where another observation would decide here than the usual one of the cause.
pub(crate) fn judge_until(case: &Case<'_>, cause: Cause, settles: &str) -> Finding {
    let Some(word) = case.word(cause) else {
        return Finding::possible(cause, settles);
    };
    let said = Evidence::of(
        case.exchange(),
        "response error",
        format!("the server says “{}”", word.text),
    );
    let finding = match word.verdict {
        Verdict::Proven => return Finding::proven(cause, said),
        Verdict::Likely => Finding::likely(cause, said, settles),
        Verdict::Possible | Verdict::RuledOut => Finding::possible(cause, settles).and(said),
    };
    match &word.told_by {
        Some(observation) => finding.first_settled_by(observation),
        None => finding,
    }
}
