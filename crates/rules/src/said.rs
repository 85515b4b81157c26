//! Judgements that rest on what the server said.

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};

/// The judgement where the traffic does not decide: what the server's words support, or `possible`.
///
/// `settles` names the observation that would decide.
pub(crate) fn judge(case: &Case<'_>, cause: Cause, settles: &str) -> Finding {
    let Some(word) = case.word(cause) else {
        return Finding::possible(cause, settles);
    };
    let said = Evidence::of(
        case.exchange(),
        "response error",
        format!("the server says “{}”", word.text),
    );
    match word.verdict {
        Verdict::Proven => Finding::proven(cause, said),
        Verdict::Likely => Finding::likely(cause, said, settles),
        Verdict::Possible | Verdict::RuledOut => Finding::possible(cause, settles).and(said),
    }
}
