//! The log: refusals first, then warnings, then what was not seen; what went well in one line. What repeats is one row.

use axum::extract::Query;
use grantscope_capture::is_hidden;
use grantscope_capture::store::{Facet, Facets, Filter, Granted, Group, Grouping, Span, Tally};
use maud::{Markup, html};
use serde::Deserialize;

use super::verdict::{badge, of_finding};
use super::{empty, moment, number};
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::links::{Links, encoded};
use crate::scope::Scope;
use crate::text::{brief, count, counted, text};

/// So many rows are on a page.
const ROWS_MAX: usize = 100;

/// So many of the grants that went well are named.
const GRANTED_MAX: usize = 5;

/// What is asked for. Empty fields of a form choose nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    kind: String,
    verdict: String,
    cause: String,
    server: String,
    client: String,
    grant: String,
    group: String,
    page: usize,
}

/// What the log is made of.
struct Log {
    groups: Vec<Group>,
    has_more: bool,
    tally: Tally,
    facets: Facets,
    granted: Vec<Granted>,
}

/// Shows the log of a session.
pub(crate) async fn show(scope: Scope, asked: Query<Asked>) -> Result<Markup, Fault> {
    let Query(asked) = asked;
    let (filter, grouping, span) = (asked.filter(), asked.grouping(), asked.span());
    let log = scope
        .read(move |store, key| {
            let mut groups = store.groups(key, &filter, grouping, span)?;
            let has_more = groups.len() > ROWS_MAX;
            groups.truncate(ROWS_MAX);
            Ok(Log {
                groups,
                has_more,
                tally: store.tally(key)?,
                facets: store.facets(key)?,
                granted: store.granted(key, GRANTED_MAX)?,
            })
        })
        .await?;
    let title = title(&log.tally);
    let page = html! {
        div.log-head {
            h1 { (title) }
            (tally(&log.tally))
        }
        p.visually-hidden id="announcement" aria-live="polite" {}
        (asked.form(&scope.links, &log.facets))
        div id="log" {
            @if log.tally.exchanges == 0 && log.groups.is_empty() && !asked.chooses() {
                (empty::nothing_yet(&scope))
            } @else {
                (rows(&scope.links, &log, &asked))
            }
            (well(&scope.links, &log))
        }
    };
    Ok(Frame::of(&scope, Tab::Log, &title).page(page))
}

fn title(tally: &Tally) -> String {
    match (tally.refused, tally.warned) {
        (0, 0) => "No grant was refused".to_owned(),
        (0, warned) => counted(warned, "warning", "warnings"),
        (refused, _) => counted(refused, "refused grant", "refused grants"),
    }
}

fn tally(tally: &Tally) -> Markup {
    let one = |verdict: &str, number: u64, one: &str, many: &str| {
        html! { @if number > 0 { li { (badge(verdict)) " " (counted(number, one, many)) } } }
    };
    html! {
        ul.tally id="tally" aria-label="What the session holds" {
            (one("warning", tally.warned, "warning", "warnings"))
            (one("coverage", tally.unseen, "gap", "gaps"))
            (one("granted", tally.granted, "grant issued", "grants issued"))
            li { span id="exchanges" { (count(tally.exchanges)) } " exchanges of OAuth" }
        }
    }
}

fn rows(links: &Links, log: &Log, asked: &Asked) -> Markup {
    html! {
        @for (kind, heading) in KINDS {
            @let of_kind = log.groups.iter().filter(|it| it.newest.kind == kind);
            @if of_kind.clone().next().is_some() {
                section.(kind) aria-labelledby=(format!("heading-{kind}")) {
                    h2 id=(format!("heading-{kind}")) { (heading) }
                    ol.findings { @for group in of_kind { (row(links, group, asked)) } }
                }
            }
        }
        @if log.groups.is_empty() && asked.chooses() {
            p.nothing { "Nothing that was found is like this. " a href=(links.log()) { "Show everything" } }
        }
        (pager(links, log.has_more, asked))
    }
}

const KINDS: [(&str, &str); 3] = [
    ("diagnosis", "Refused"),
    ("warning", "Warnings"),
    ("coverage", "Not seen"),
];

fn row(links: &Links, group: &Group, asked: &Asked) -> Markup {
    let newest = &group.newest;
    html! {
        li.finding {
            a.finding-link href=(links.finding(&newest.id)) {
                (badge(of_finding(&newest.kind, newest.verdict.as_deref())))
                strong.about { (text(&newest.about)) }
                span.summary { (brief(&newest.summary)) }
            }
            p.facts {
                @if let Some(exchange) = newest.exchange { (number(links, exchange)) }
                @if let Some(client) = &newest.client { span.client title="client" { (brief(client)) } }
                @if let Some(server) = &newest.server { span.server title="server" { (brief(server)) } }
                @if let Some(grant) = &newest.grant { a.secret href=(links.grant(grant)) { (brief(grant)) } }
                (moment(newest.found_at))
                @if group.times > 1 {
                    a.times href=(asked.within(links, group)) title="show each of them" {
                        "× " (count(group.times))
                    }
                }
            }
        }
    }
}

fn pager(links: &Links, has_more: bool, asked: &Asked) -> Markup {
    html! {
        @if asked.page > 0 || has_more {
            nav.pager aria-label="Parts of the list" {
                @if asked.page > 0 { a rel="prev" href=(asked.at(links, asked.page - 1)) { "Newer" } }
                @if has_more { a rel="next" href=(asked.at(links, asked.page + 1)) { "Older" } }
            }
        }
    }
}

/// What went well, without taking room from what did not.
fn well(links: &Links, log: &Log) -> Markup {
    html! {
        @if log.tally.granted > 0 {
            section.granted aria-labelledby="heading-granted" {
                h2 id="heading-granted" { "Granted" }
                ul {
                    @for granted in &log.granted {
                        li {
                            (number(links, granted.exchange)) " "
                            (badge("granted")) " "
                            (brief(&granted.grant_type)) " "
                            @if let Some(client) = &granted.client { (brief(client)) " " }
                            (brief(&granted.server)) " " (moment(granted.granted_at))
                        }
                    }
                }
                @let more = log.tally.granted.saturating_sub(log.granted.len() as u64);
                @if more > 0 { p { "and " (counted(more, "earlier one", "earlier ones")) } }
            }
        }
    }
}

impl Asked {
    fn filter(&self) -> Filter {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Filter {
            kind: some(&self.kind),
            about: some(&self.cause),
            verdict: some(&self.verdict),
            server: some(&self.server),
            client: some(&self.client),
            grant: some(&self.grant),
            text: some(&self.q),
        }
    }

    fn chooses(&self) -> bool {
        self.filter() != Filter::default() || self.page > 0
    }

    fn grouping(&self) -> Grouping {
        match self.group.as_str() {
            "grant" => Grouping::Grant,
            "each" => Grouping::Each,
            _ => Grouping::Cause,
        }
    }

    /// One row more than is shown tells whether there are more.
    fn span(&self) -> Span {
        Span {
            after: self.page.saturating_mul(ROWS_MAX),
            length: ROWS_MAX + 1,
        }
    }

    /// The same list from another row on.
    fn at(&self, links: &Links, page: usize) -> String {
        let fields = [
            ("q", &self.q),
            ("kind", &self.kind),
            ("verdict", &self.verdict),
            ("cause", &self.cause),
            ("server", &self.server),
            ("client", &self.client),
            ("grant", &self.grant),
            ("group", &self.group),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let mut address = format!("{}?page={page}", links.log());
        for (name, value) in fields {
            address.push('&');
            address.push_str(name);
            address.push('=');
            address.push_str(&encoded(value));
        }
        address
    }

    /// The findings that are one row here, each as a row.
    fn within(&self, links: &Links, group: &Group) -> String {
        let newest = &group.newest;
        let grant = match (self.grouping(), &newest.grant) {
            (Grouping::Grant, Some(grant)) => grant.clone(),
            _ => self.grant.clone(),
        };
        let each = Self {
            q: self.q.clone(),
            grant,
            kind: newest.kind.clone(),
            cause: match self.grouping() {
                Grouping::Grant if newest.grant.is_some() => String::new(),
                _ => newest.about.clone(),
            },
            server: newest.server.clone().unwrap_or_default(),
            client: newest.client.clone().unwrap_or_default(),
            group: "each".to_owned(),
            ..Self::default()
        };
        each.at(links, 0)
    }

    fn form(&self, links: &Links, facets: &Facets) -> Markup {
        html! {
            search {
                form.filter method="get" action=(links.log()) {
                    label.wide { span { "Text" } input type="search" name="q" value=(self.q) maxlength="200" autocomplete="off" placeholder="sentence, grant, client …"; }
                    (choice("Kind", "kind", &self.kind, &fixed(&["diagnosis", "warning", "coverage"])))
                    (choice("Verdict", "verdict", &self.verdict, &fixed(&["proven", "likely", "possible"])))
                    (choice("Cause", "cause", &self.cause, &facets.abouts))
                    (choice("Server", "server", &self.server, &facets.servers))
                    (choice("Client", "client", &self.client, &facets.clients))
                    label { span { "Grant" } input name="grant" value=(self.grant) maxlength="200" size="14" autocomplete="off" placeholder="code#7f3a9c"; }
                    label { span { "Together" }
                        select name="group" {
                            @for (value, name) in [("", "by cause"), ("grant", "by grant"), ("each", "each alone")] {
                                option value=(value) selected[self.group == value] { (name) }
                            }
                        }
                    }
                    button { "Filter" }
                    @if self.chooses() { a.clear href=(links.log()) { "Clear" } }
                }
            }
        }
    }
}

fn fixed(values: &[&str]) -> Vec<Facet> {
    values.iter().map(|it| ((*it).to_owned(), 0)).collect()
}

/// A field of the form with what can be chosen. What is chosen stays, even where nothing is like that any more.
fn choice(label: &str, name: &str, chosen: &str, of: &[Facet]) -> Markup {
    let is_known = chosen.is_empty() || of.iter().any(|(value, _)| value == chosen);
    html! {
        label { span { (label) }
            select name=(name) {
                option value="" { "any" }
                @for (value, times) in of.iter().filter(|(value, _)| is_offered(value)) {
                    option value=(value) selected[value == chosen] {
                        (brief_text(value)) @if *times > 0 { " (" (count(*times)) ")" }
                    }
                }
                @if !is_known { option value=(chosen) selected { (brief_text(chosen)) } }
            }
        }
    }
}

/// What hides or turns other characters cannot be shown within an option; the text of the form finds it.
fn is_offered(value: &str) -> bool {
    value.len() <= OPTION_BYTES_MAX && !value.contains(is_hidden)
}

const OPTION_BYTES_MAX: usize = 300;

/// An option holds no markup.
fn brief_text(text: &str) -> String {
    crate::text::plain(text)
}
