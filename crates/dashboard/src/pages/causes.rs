//! The table of all causes: the verdict on each, and what it rests on.

use grantscope_capture::report::{CauseV1, ReportV1};
use maud::{Markup, html};

use super::evidence;
use super::verdict::badge;
use crate::links::Links;
use crate::text::{sentence, text, value};

/// All causes that apply, the strongest first.
pub(super) fn table(links: &Links, report: &ReportV1) -> Markup {
    let out = report.causes.iter().filter(|it| it.verdict == "ruled-out");
    let (all, out) = (report.causes.len(), out.count());
    html! {
        section.causes aria-labelledby="heading-causes" {
            h2 id="heading-causes" { "All causes" }
            p { (all - out) " open, " (out) " ruled out" }
            table {
                thead { tr { th scope="col" { "Verdict" } th scope="col" { "Cause" } th scope="col" { "What it rests on" } } }
                tbody { @for cause in &report.causes { (row(links, cause, report.cause.as_deref())) } }
            }
        }
    }
}

fn row(links: &Links, cause: &CauseV1, top: Option<&str>) -> Markup {
    html! {
        tr.(cause.verdict) .stands-out[Some(&*cause.id) == top] id=(format!("cause-{}", crate::links::anchor(&cause.id))) {
            td { (badge(&cause.verdict)) }
            th scope="row" { span.about { (text(&cause.id)) } }
            td {
                p { (sentence(&cause.summary)) }
                @if !cause.evidence.is_empty() { (evidence::list(links, &cause.evidence)) }
                @if !cause.unseen.is_empty() && cause.verdict != "ruled-out" {
                    p.unseen { strong { "Would be settled by: " }
                        @for (at, one) in cause.unseen.iter().enumerate() { @if at > 0 { "; " } (value(links, one)) }
                    }
                }
            }
        }
    }
}
