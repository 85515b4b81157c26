//! The drawings of a grant: its messages, the life of the code, the family of tokens, and how long it all took.

use std::sync::Arc;

use grantscope_capture::export::Traffic;
use grantscope_capture::grant::Followed;
use grantscope_capture::grant::family::Family;
use grantscope_capture::grant::life::Life;
use grantscope_capture::grant::sequence::{Kind, Sequence};
use grantscope_capture::redact::Redactor;
use grantscope_capture::store::{SessionKey, Store};
use grantscope_oauth::{Exchange, ExchangeId, Reader};
use maud::{Markup, html};

use super::{digits, related};
use crate::draw::{family, life, sequence, waterfall};
use crate::fault::Fault;
use crate::links::Links;
use crate::routes::App;

/// So many presentations of a code are drawn with its life: the first ones, and the last.
const LIVES_MAX: usize = 3;

/// A finding shows the life of the code at so many presentations: the refused one, and the one before it.
const LIVES_OF_REFUSAL_MAX: usize = 2;

/// A grant, followed through the exchanges that belong to it.
pub(in crate::pages) struct Drawn {
    grant: Followed,
    exchanges: Vec<Exchange>,
}

impl Drawn {
    /// Follows the grant of a name. `None` where the name is that of another secret, or nothing of it is stored.
    pub(in crate::pages) fn follow(
        app: &App,
        store: &Store,
        session: SessionKey,
        name: &str,
    ) -> Result<Option<Self>, Fault> {
        let Some(digits) = digits(name) else {
            return Ok(None);
        };
        let reader = Reader::new(app.key.clone(), Arc::clone(&app.providers));
        let exchanges = related::exchanges(store, session, &reader, digits)?;
        // What was stored with its secrets, because the user asked for that, is drawn without them all the same.
        let redactor = Redactor::new(app.key.clone());
        let redacted = exchanges.iter().map(|exchange| redactor.redact(exchange));
        let traffic = Traffic::read(redacted, &reader);
        let followed = Followed::of(&traffic, name, &app.providers);
        Ok(followed.map(|grant| Self { grant, exchanges }))
    }

    /// All drawings, each in a section of its own.
    pub(super) fn whole(&self, links: &Links) -> Markup {
        let grant = &self.grant;
        html! {
            section aria-labelledby="heading-messages" {
                h2 id="heading-messages" { "Who sent what to whom" }
                (sequence::draw(links, &grant.sequence, "sequence"))
            }
            (how_old(links, lives(&grant.lives), &html! {}))
            (self.family(links, &html! {}))
            section aria-labelledby="heading-waterfall" {
                h2 id="heading-waterfall" { "How long it took" }
                (waterfall::of_grant(links, &rows(&grant.sequence, &self.exchanges), "waterfall"))
            }
        }
    }

    /// The life of the code until it was refused in an exchange, with what leads on. Empty where its beginning was not seen.
    pub(in crate::pages) fn life_until(
        &self,
        links: &Links,
        refused: ExchangeId,
        more: &Markup,
    ) -> Markup {
        let lives = &self.grant.lives;
        let Some(last) = lives.iter().position(|it| it.presented == refused) else {
            return html! {};
        };
        let first = (last + 1).saturating_sub(LIVES_OF_REFUSAL_MAX);
        how_old(links, lives[first..=last].iter(), more)
    }

    /// The family of refresh tokens, with what leads on. Empty where there is nothing to see in it.
    pub(in crate::pages) fn family(&self, links: &Links, more: &Markup) -> Markup {
        let family = self.grant.family.as_ref();
        html! {
            @if let Some(of) = family.filter(|it| is_worth_drawing(it)) {
                section aria-labelledby="heading-family" {
                    h2 id="heading-family" { "The refresh tokens that belong together" }
                    (more)
                    (family::draw(links, of, "family"))
                }
            }
        }
    }
}

fn how_old<'a>(links: &Links, lives: impl Iterator<Item = &'a Life>, more: &Markup) -> Markup {
    let mut lives = lives.peekable();
    html! {
        @if lives.peek().is_some() {
            section aria-labelledby="heading-life" {
                h2 id="heading-life" { "How old the code was" }
                (more)
                @for (at, one) in lives.enumerate() { (life::draw(links, one, &format!("life-{at}"))) }
            }
        }
    }
}

/// One token that was used once is no picture.
fn is_worth_drawing(family: &Family) -> bool {
    family.tokens.len() > 1 || family.presentations().count() > 1 || !family.ends.is_empty()
}

fn lives(all: &[Life]) -> impl Iterator<Item = &Life> {
    let (first, last) = match all.len().checked_sub(LIVES_MAX) {
        Some(left_out) if left_out > 0 => (&all[..LIVES_MAX - 1], all.last()),
        _ => (all, None),
    };
    first.iter().chain(last)
}

/// The exchanges of the messages.
fn rows(sequence: &Sequence, exchanges: &[Exchange]) -> Vec<waterfall::Row> {
    let requests = sequence.arrows.iter().filter(|it| it.kind == Kind::Request);
    let row = |arrow: &grantscope_capture::grant::sequence::Arrow| {
        let exchange = exchanges.iter().find(|it| it.id == arrow.exchange)?;
        Some(waterfall::Row {
            exchange: exchange.id,
            label: arrow.label.clone(),
            started_at: exchange.started_at,
            timings: exchange.timings,
        })
    };
    requests.filter_map(row).collect()
}
