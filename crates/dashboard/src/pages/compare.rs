//! In what a bad login differs from a good one.

use std::sync::Arc;

use axum::extract::{Query, State};
use grantscope_capture::diff::{Choice, Difference, Kind, Login, Side, differences};
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_capture::store::{SessionKey, Store};
use grantscope_oauth::{Exchange, ExchangeId, Reader};
use maud::{Markup, html};
use serde::Deserialize;

use super::export::EXCHANGES_MAX;
use super::number;
use super::verdict::badge;
use crate::fault::Fault;
use crate::layout::{Frame, Tab};
use crate::links::Links;
use crate::routes::App;
use crate::text::{text, value};

/// Two logins, each by its session (`sessions/NAME`), and what names it in there; empty for the usual one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    good: String,
    good_login: String,
    bad: String,
    bad_login: String,
}

/// A login, and where its exchanges are looked at.
struct Found {
    login: Login,
    links: Links,
    session: String,
}

/// Shows what differs.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Fault> {
    let bad = find(&app, &asked.bad, &asked.bad_login, Choice::Refused).await?;
    let alike = Choice::Granted(Some(bad.login.grant_type.clone()));
    let good = find(&app, &asked.good, &asked.good_login, alike).await?;
    // What is on a shelf was redacted by our key.
    let found = differences(&good.login, &bad.login, true);
    let main = html! {
        p.up { a href="/sessions" rel="up" { "Sessions" } }
        h1 {
            @match found.len() {
                0 => "The logins do not differ in meaning",
                1 => "The logins differ in one thing",
                several => { "The logins differ in " (several) " things" }
            }
        }
        dl.facts { (told("Good", &good)) (told("Bad", &bad)) }
        @for (at, difference) in found.iter().enumerate() { (section(at, difference, &good.links, &bad.links)) }
    };
    let frame = Frame {
        title: "Comparison",
        tab: Tab::Sessions,
        links: &Links::default(),
        session: None,
        is_live: app.is_live,
        version: app.version,
    };
    Ok(frame.page(main))
}

async fn find(app: &Arc<App>, asked: &str, login: &str, usual: Choice) -> Result<Found, Fault> {
    let (shelf_name, session) = asked
        .split_once('/')
        .ok_or_else(|| Fault::Unusable("choose two sessions to compare".to_owned()))?;
    let (shelf, links) = match shelf_name {
        "opened" => (&app.opened, Links::of_session("opened", session)),
        _ => (&app.sessions, Links::of_session("sessions", session)),
    };
    let (session, wanted) = (session.to_owned(), login.trim().to_owned());
    let (name, app) = (session.clone(), Arc::clone(app));
    let login = shelf
        .with(move |store| {
            let key = store.key(&name)?;
            let choice = choice(store, key, &wanted, usual)?;
            let mut exchanges = store.exchanges_below(key, None, EXCHANGES_MAX)?;
            exchanges.sort_by_key(|it| it.started_at);
            choose(&app, &exchanges, &choice)
        })
        .await?;
    Ok(Found {
        login,
        links,
        session,
    })
}

/// What names a login: a grant, the number of an exchange, or a finding; the usual one where nothing does.
fn choice(store: &Store, key: SessionKey, wanted: &str, usual: Choice) -> Result<Choice, Fault> {
    if wanted.is_empty() {
        return Ok(usual);
    }
    if wanted.contains('#') {
        return Ok(Choice::Grant(wanted.to_owned()));
    }
    if let Ok(number) = wanted.parse() {
        return Ok(Choice::Exchange(ExchangeId(number)));
    }
    let finding = store.finding(key, wanted)?;
    let exchange = finding.as_ref().and_then(|it| it.exchange());
    let exchange = exchange.ok_or(Fault::Nothing("login of this name"))?;
    Ok(Choice::Exchange(ExchangeId(exchange.id)))
}

fn choose(app: &App, exchanges: &[Exchange], choice: &Choice) -> Result<Login, Fault> {
    let redactor = Redactor::new(app.key.clone());
    let reader = Reader::new(app.key.clone(), app.providers.clone());
    let redacted: Vec<Redacted<Exchange>> =
        exchanges.iter().map(|it| redactor.redact(it)).collect();
    Login::choose(&redacted, &reader, choice)
        .ok_or_else(|| Fault::Unusable("no grant was presented in one of the sessions".to_owned()))
}

fn told(label: &str, of: &Found) -> Markup {
    let login = &of.login;
    html! {
        div {
            dt { (label) }
            dd {
                a href=(of.links.log()) { (text(&of.session)) } " "
                (text(&login.grant_type)) " "
                @if let Some(grant) = &login.grant { a.secret href=(of.links.grant(grant)) { (text(grant)) } " " }
                @if login.outcome == "granted" { (badge("granted")) } @else { (login.outcome) }
                " in " (number(&of.links, login.presented_in.0))
            }
        }
    }
}

fn section(at: usize, difference: &Difference, good: &Links, bad: &Links) -> Markup {
    let place = match difference.place.as_str() {
        "" => difference.step.clone(),
        place => format!("{place} of the {}", difference.step),
    };
    html! {
        section.comparison {
            h2 { @if at == 0 { "First: " } @else { "Then: " } (text(&place)) " " (word(difference.kind)) }
            dl.sides { (side("good", good, &difference.good)) (side("bad", bad, &difference.bad)) }
        }
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "is missing",
        Kind::Added => "is there in the bad login only",
        Kind::Value => "differs",
        Kind::Relation => "is equal to something else",
        Kind::Timing => "is much higher",
    }
}

fn side(label: &str, links: &Links, side: &Side) -> Markup {
    html! {
        div.side {
            dt { (label) @if let Some(exchange) = side.exchange { " " (number(links, exchange)) } }
            dd {
                @match &side.value {
                    Some(of) => code { (marked(links, of, side)) },
                    None => span.empty { "not there" },
                }
            }
        }
    }
}

/// The value with its differing part marked. Values that differ as wholes need no mark.
fn marked(links: &Links, of: &str, side: &Side) -> Markup {
    let (start, end) = (side.differs.start, side.differs.end);
    let parts = (of.get(..start).zip(of.get(start..end))).zip(of.get(end..));
    let parts =
        parts.filter(|((_, differing), _)| !differing.is_empty() && differing.len() < of.len());
    html! {
        @if let Some(((before, differing), after)) = parts {
            (value(links, before)) mark { (value(links, differing)) } (value(links, after))
        } @else { (value(links, of)) }
    }
}
