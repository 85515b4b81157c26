//! A finding: what is wrong in one sentence, what shows it, what to do, and what was ruled out.

mod in_time;

use grantscope_capture::report::{
    CauseV1, CoverageV1, FindingV1, GrantV1, ReportV1, ServerV1, WarningV1, Word,
};
use maud::{Markup, html};

use super::verdict::badge;
use super::{causes, comparison, day_and_moment, evidence, markdown, moment, notes, number};
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::links::Links;
use crate::scope::Scope;
use crate::text::{sentence, text, value};

/// Shows a finding.
pub(crate) async fn show(scope: Scope) -> Result<Markup, Fault> {
    let id = scope.parameter("id").to_owned();
    let found = scope
        .read(move |store, key| Ok(store.finding(key, &id)?))
        .await?;
    let finding = found.ok_or(Fault::Nothing("finding of this id"))?;
    let main = match &finding {
        FindingV1::Diagnosis(report) => {
            diagnosis(&scope, report, &in_time::drawing(&scope, report).await?)
        }
        FindingV1::Warning(report) => warning(&scope.links, report),
        FindingV1::Coverage(report) => gap(&scope.links, report),
    };
    let title = format!("{}: {}", finding.about(), finding.summary());
    Ok(Frame::of(&scope, Tab::Log, &title).page(main))
}

fn diagnosis(scope: &Scope, report: &ReportV1, in_time: &Markup) -> Markup {
    let links = &scope.links;
    let top = top(report);
    let provider = report.server.provider.as_deref();
    html! {
        article.diagnosis data-finding=(report.id) data-revision=(report.revision) {
            (heading(links, top.map_or("undecided", |it| &it.verdict), report.cause.as_deref(), &report.summary))
            (copies(links, &report.id))
            (facts(links, report))
            @if let Some(cause) = top {
                @if let Some(of) = &cause.comparison { (comparison::show(links, of)) }
                section.fix aria-labelledby="heading-fix" {
                    h2 id="heading-fix" { "Fix" }
                    p { (markdown::line(&cause.fix)) }
                    (notes::notes(&cause.id, provider, &scope.app.providers))
                }
                @if !cause.evidence.is_empty() {
                    section aria-labelledby="heading-evidence" {
                        h2 id="heading-evidence" { "Evidence" }
                        (evidence::table(links, &cause.evidence))
                    }
                }
            }
            (in_time)
            (settles(links, report, top))
            (story(links, &report.grant, !in_time.0.is_empty()))
            (causes::table(links, report))
            @if let Some(cause) = top { (references(&cause.docs)) }
        }
    }
}

/// The cause that stands out.
fn top(report: &ReportV1) -> Option<&CauseV1> {
    let cause = report.cause.as_deref()?;
    report.causes.iter().find(|it| it.id == cause)
}

fn heading(links: &Links, verdict: &str, about: Option<&str>, summary: &str) -> Markup {
    html! {
        p.up { a href=(links.log()) rel="up" { "Log" } }
        p.kicker {
            (badge(verdict)) " "
            strong { @if let Some(about) = about { (text(about)) } @else { "no cause stands out" } }
        }
        h1 { (sentence(summary)) }
    }
}

/// The forms that are made to be pasted: links to the texts, of which a script makes buttons.
fn copies(links: &Links, id: &str) -> Markup {
    html! {
        ul.copies aria-label="Copy this finding" {
            @for (form, name) in [("markdown", "Markdown"), ("curl", "curl"), ("json", "JSON")] {
                li { a href=(links.finding_as(id, form)) data-copy-from=(links.finding_as(id, form)) { (name) } }
            }
        }
    }
}

fn facts(links: &Links, report: &ReportV1) -> Markup {
    let (exchange, error) = (&report.exchange, &report.error);
    html! {
        dl.facts {
            div { dt { "Request" } dd { (number(links, exchange.id)) " " code { (text(&exchange.method)) " " (value(links, &exchange.url)) } } }
            div { dt { "Answer" } dd { code { @if let Some(status) = exchange.status { (status) " " } (text(&error.code)) } @for code in &error.raw.codes { " " code { (text(code)) } } } }
            @if let Some(said) = &error.description { div { dt { "The server says" } dd { q { (value(links, said)) } } } }
            (server(&report.server))
            @if let Some(client) = &report.client_id { div { dt { "Client" } dd { (text(client)) } } }
            div { dt { "Grant" } dd { (text(&report.grant_type)) @if let Some(name) = &report.grant.fingerprint { " " a.secret href=(links.grant(name)) { (text(name)) } } } }
            div { dt { "Time" } dd { (day_and_moment(report.time)) } }
            (id(&report.id, report.revision))
        }
    }
}

fn server(server: &ServerV1) -> Markup {
    html! {
        div { dt { "Server" } dd { (text(&server.issuer)) @if let Some(provider) = &server.provider { " (" (text(provider)) ")" } } }
    }
}

fn id(id: &str, revision: u32) -> Markup {
    html! {
        div { dt { "Finding" } dd { code { (text(id)) } @if revision > 1 { " revision " (revision) } } }
    }
}

/// What was not seen and would decide: of the cause that stands out, or of all that are open where none does.
fn settles(links: &Links, report: &ReportV1, top: Option<&CauseV1>) -> Markup {
    let open = report.causes.iter().filter(|it| it.verdict != "ruled-out");
    let meant: Vec<_> = match top {
        Some(top) => vec![top],
        None => open.collect(),
    };
    let mut unseen: Vec<&str> = Vec::new();
    for one in meant.iter().flat_map(|it| &it.unseen) {
        if !unseen.contains(&one.as_str()) {
            unseen.push(one);
        }
    }
    html! {
        @if !unseen.is_empty() {
            section.settles aria-labelledby="heading-settles" {
                h2 id="heading-settles" { "What would settle it" }
                ul { @for one in unseen { li { (value(links, one)) } } }
            }
        }
    }
}

/// What happened to the grant, in the order of time. A drawing above leads to the whole grant as well.
fn story(links: &Links, grant: &GrantV1, is_drawn: bool) -> Markup {
    html! {
        @if let Some(first) = grant.timeline.first() {
            section.story aria-labelledby="heading-story" {
                h2 id="heading-story" { "What happened to the grant" }
                @if let Some(name) = grant.fingerprint.as_ref().filter(|_| !is_drawn) { p.drawn { a href=(links.grant(name)) { "Look at it drawn to scale" } } }
                table.timeline {
                    thead { tr { th scope="col" { "Time" } th.amount scope="col" { "After" } th scope="col" { "What" } th scope="col" { "Exchange" } } }
                    tbody {
                        @for one in &grant.timeline {
                            tr {
                                td { (moment(one.time)) }
                                td.amount { (format!("{:+.3} s", one.time.duration_since(first.time).as_secs_f64())) }
                                td { (text(&one.event.replace('-', " "))) }
                                td { (number(links, one.exchange)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn references(docs: &[Word]) -> Markup {
    html! {
        @if !docs.is_empty() {
            section.references aria-labelledby="heading-references" {
                h2 id="heading-references" { "References" }
                ul { @for link in docs.iter().filter(|it| it.starts_with("https://")) { li { a href=(link) rel="noreferrer" { (link) } } } }
            }
        }
    }
}

fn warning(links: &Links, report: &WarningV1) -> Markup {
    let exchange = &report.exchange;
    html! {
        article.warning data-finding=(report.id) data-revision=(report.revision) {
            (heading(links, "warning", Some(&report.warning), &report.summary))
            (copies(links, &report.id))
            dl.facts {
                div { dt { "Request" } dd { (number(links, exchange.id)) " " code { (text(&exchange.method)) " " (value(links, &exchange.url)) } } }
                (server(&report.server))
                @if let Some(client) = &report.client_id { div { dt { "Client" } dd { (text(client)) } } }
                div { dt { "Time" } dd { (day_and_moment(report.time)) } }
                (id(&report.id, report.revision))
            }
            section.fix aria-labelledby="heading-fix" {
                h2 id="heading-fix" { "Fix" }
                p { (markdown::line(&report.fix)) }
                p.why { strong { "Why: " } (markdown::line(&report.why)) }
            }
            @if !report.evidence.is_empty() {
                section aria-labelledby="heading-evidence" {
                    h2 id="heading-evidence" { "Evidence" }
                    (evidence::table(links, &report.evidence))
                }
            }
            (references(&report.docs))
        }
    }
}

fn gap(links: &Links, report: &CoverageV1) -> Markup {
    html! {
        article.coverage data-finding=(report.id) data-revision=(report.revision) {
            (heading(links, "coverage", Some(&report.coverage), &report.summary))
            (copies(links, &report.id))
            dl.facts {
                @if let Some(host) = &report.host { div { dt { "Host" } dd { (text(host)) } } }
                div { dt { "Time" } dd { (day_and_moment(report.time)) } }
                (id(&report.id, report.revision))
            }
            section.fix aria-labelledby="heading-fix" {
                h2 id="heading-fix" { "What to do" }
                p { (markdown::line(&report.fix)) }
            }
        }
    }
}
