//! A warning in four lines: what, where, why it matters, what to do.

use grantscope_rules::{Evidence, Warning};

use super::printable;
use super::style::{FAINT, FIX, GUTTER, STRONG, WARNING};

/// The block of a warning.
pub(super) fn block(warning: &Warning) -> String {
    let concern = warning.concern;
    let headline = format!(
        "{WARNING}warning[{concern}]{WARNING:#}{STRONG} {}{STRONG:#}",
        printable(&warning.summary())
    );
    let why = format!("{STRONG}why{STRONG:#}: {}", concern.why());
    let reference = concern.references().next().unwrap_or_default();
    let fix = format!(
        "{FIX}fix{FIX:#}: {} {FAINT}({reference}){FAINT:#}",
        printable(warning.remedy())
    );
    format!(
        "{headline}\n  {GUTTER}-->{GUTTER:#} {}\n   {GUTTER}={GUTTER:#} {why}\n   {GUTTER}={GUTTER:#} {fix}\n\n",
        place(warning)
    )
}

fn place(warning: &Warning) -> String {
    let place = &warning.place;
    let client = place.client_id.as_ref();
    let facts = [
        Some(format!("{} {}", place.method, place.endpoint)),
        client.map(|client| format!("client {client}")),
        Some(shown(warning.evidence())),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .flatten()
        .map(|fact| printable(&fact))
        .collect();
    facts.join(" · ")
}

fn shown(evidence: &[Evidence]) -> String {
    let texts: Vec<_> = evidence
        .iter()
        .map(|evidence| format!("{} {}", evidence.exchange, evidence.text))
        .collect();
    texts.join("; ")
}
