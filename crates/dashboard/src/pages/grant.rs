//! A grant, or any other secret: what was found of it, what happened to it as drawings, and every exchange in which it occurs.

pub(super) mod drawn;
mod related;

use std::sync::Arc;

use grantscope_capture::store::{Filter, Grouping, Span};
use maud::{Markup, html};

use self::drawn::Drawn;
use super::exchanges;
use super::verdict::{badge, of_finding};
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::scope::Scope;
use crate::text::{brief, counted, text};

/// So many exchanges are shown of one secret.
const EXCHANGES_MAX: usize = 200;

/// So many findings are shown of one secret.
const FINDINGS_MAX: usize = 20;

/// Shows a grant: `code#7f3a9c`.
pub(crate) async fn show(scope: Scope) -> Result<Markup, Fault> {
    let name = scope.parameter("name").to_owned();
    let digits = digits(&name).ok_or(Fault::Nothing("grant of this name"))?;
    let filter = Filter {
        grant: Some(name.clone()),
        ..Filter::default()
    };
    let app = Arc::clone(&scope.app);
    let wanted = name.clone();
    let (exchanges, drawn, findings) = scope
        .read(move |store, key| {
            let numbers = store.mentions(key, digits, EXCHANGES_MAX)?;
            let span = Span {
                after: 0,
                length: FINDINGS_MAX,
            };
            let findings = store.groups(key, &filter, Grouping::Each, span)?;
            let drawn = Drawn::follow(&app, store, key, &wanted)?;
            Ok((store.some_exchanges(key, &numbers)?, drawn, findings))
        })
        .await?;
    let exchanges = scope.redacted(&exchanges);
    let links = &scope.links;
    // A client secret, a state or a verifier is granted by nobody, and leads to where it occurs all the same.
    let what = if drawn.is_some() { "Grant" } else { "Secret" };
    let main = html! {
        p.up { a href=(links.log()) rel="up" { "Log" } }
        h1 { (what) " " span.secret { (text(&name)) } }
        @if !findings.is_empty() {
            section aria-labelledby="heading-findings" {
                h2 id="heading-findings" { "Found" }
                p.drawn { a href=(links.log_of(&name)) { "In the log" } }
                ol.findings {
                    @for found in &findings {
                        @let newest = &found.newest;
                        li.finding { a.finding-link href=(links.finding(&newest.id)) {
                            (badge(of_finding(&newest.kind, newest.verdict.as_deref())))
                            strong.about { (text(&newest.about)) }
                            span.summary { (brief(&newest.summary)) }
                        } }
                    }
                }
            }
        }
        @if let Some(drawn) = &drawn { (drawn.whole(links)) }
        section aria-labelledby="heading-occurs" {
            h2 id="heading-occurs" { "Where it occurs" }
            @if exchanges.is_empty() { p.nothing { "No exchange of this session mentions it." } }
            @else {
                p { @if exchanges.len() == EXCHANGES_MAX { "The first " } (counted(exchanges.len() as u64, "exchange", "exchanges")) ", in the order of time" }
                table.exchanges {
                    thead { tr { th scope="col" { "No." } th scope="col" { "Time" } th scope="col" { "Request" } th scope="col" { "Answer" } th.amount scope="col" { "Took" } } }
                    tbody { @for exchange in &exchanges { (exchanges::row(links, exchange)) } }
                }
            }
        }
    };
    Ok(Frame::of(&scope, Tab::Log, &name).page(main))
}

/// The six digits of a name.
fn digits(name: &str) -> Option<u32> {
    let (_, digits) = name.rsplit_once('#')?;
    (digits.len() == 6)
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
