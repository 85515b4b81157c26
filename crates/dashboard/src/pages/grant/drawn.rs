//! The drawings of a grant: its messages, the life of the code, the family of tokens, and how long it all took.

use std::sync::Arc;

use grantscope_capture::export::Traffic;
use grantscope_capture::grant::Followed;
use grantscope_capture::grant::family::Family;
use grantscope_capture::grant::life::Life;
use grantscope_capture::grant::sequence::{Kind, Sequence};
use grantscope_capture::redact::Redactor;
use grantscope_oauth::{Exchange, Reader};
use maud::{Markup, html};

use crate::draw::{family, life, sequence, waterfall};
use crate::links::Links;
use crate::routes::App;

/// So many presentations of a code are drawn with its life: the first ones, and the last.
const LIVES_MAX: usize = 3;

/// Follows a grant through the exchanges that belong to it.
pub(super) fn follow(app: &App, exchanges: &[Exchange], name: &str) -> Option<Followed> {
    // What was stored with its secrets, because the user asked for that, is drawn without them all the same.
    let redactor = Redactor::new(app.key.clone());
    let redacted = exchanges.iter().map(|exchange| redactor.redact(exchange));
    let reader = Reader::new(app.key.clone(), Arc::clone(&app.providers));
    let traffic = Traffic::read(redacted, &reader);
    Followed::of(&traffic, name, &app.providers)
}

/// The drawings, each in a section of its own.
pub(super) fn drawings(links: &Links, grant: &Followed, exchanges: &[Exchange]) -> Markup {
    html! {
        section aria-labelledby="heading-messages" {
            h2 id="heading-messages" { "Who sent what to whom" }
            (sequence::draw(links, &grant.sequence, "sequence"))
        }
        @if !grant.lives.is_empty() {
            section aria-labelledby="heading-life" {
                h2 id="heading-life" { "How old the code was" }
                @for (at, one) in lives(&grant.lives).enumerate() { (life::draw(links, one, &format!("life-{at}"))) }
            }
        }
        @if let Some(of) = grant.family.as_ref().filter(|it| is_worth_drawing(it)) {
            section aria-labelledby="heading-family" {
                h2 id="heading-family" { "The refresh tokens that belong together" }
                (family::draw(links, of, "family"))
            }
        }
        section aria-labelledby="heading-waterfall" {
            h2 id="heading-waterfall" { "How long it took" }
            (waterfall::of_grant(links, &rows(&grant.sequence, exchanges), "waterfall"))
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
