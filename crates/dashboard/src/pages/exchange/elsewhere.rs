//! Where else the secrets of an exchange occur: each place in another exchange, by the name that evidence gives it.

use std::collections::BTreeMap;

use grantscope_capture::message::Message;
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_capture::store::{SessionKey, Store};
use grantscope_oauth::{Digest, Exchange, ExchangeId, placeholder};
use maud::{Markup, html};

use crate::fault::Fault;
use crate::links::Links;
use crate::pages::fields::{Half, content_of, place_of};
use crate::text::text;

/// So many secrets of an exchange are followed. No message of OAuth comes near it.
const SECRETS_MAX: usize = 20;

/// So many other exchanges are named for a secret. That of a client is in every one of its requests.
const EXCHANGES_MAX: usize = 6;

/// A secret of an exchange, and where else it is.
pub(super) struct Elsewhere {
    /// As people see it where it was found first: `code#7f3a9c`.
    name: String,
    digest: Digest,
    /// The other places, in the order of the exchanges.
    places: Vec<(ExchangeId, String)>,
    /// Whether more exchanges mention it.
    has_more: bool,
}

/// A secret in a message: how people see it, its digest, and the place.
struct Mention {
    name: String,
    digest: Digest,
    place: String,
}

/// The secrets of an exchange that occur in others as well.
pub(super) fn secrets(
    store: &Store,
    session: SessionKey,
    redactor: &Redactor,
    exchange: &Redacted<Exchange>,
) -> Result<Vec<Elsewhere>, Fault> {
    let mut secrets: Vec<Elsewhere> = Vec::new();
    let mut others: BTreeMap<u64, Vec<Mention>> = BTreeMap::new();
    for mention in mentions(exchange) {
        let is_known = secrets.iter().any(|it| it.digest == mention.digest);
        if is_known || secrets.len() == SECRETS_MAX {
            continue;
        }
        let mut numbers = numbers(store, session, mention.digest)?;
        numbers.retain(|it| *it != exchange.id.0);
        let has_more = numbers.len() > EXCHANGES_MAX;
        numbers.truncate(EXCHANGES_MAX);
        let missing: Vec<_> = (numbers.iter().copied())
            .filter(|it| !others.contains_key(it))
            .collect();
        for other in store.some_exchanges(session, &missing)? {
            others.insert(other.id.0, mentions(&redactor.redact(&other)));
        }
        secrets.push(Elsewhere {
            places: places(&others, &numbers, mention.digest),
            name: mention.name,
            digest: mention.digest,
            has_more,
        });
    }
    secrets.retain(|it| !it.places.is_empty());
    Ok(secrets)
}

/// The exchanges that mention a secret: its own, those that are named, and one that tells of more.
fn numbers(store: &Store, session: SessionKey, digest: Digest) -> Result<Vec<u64>, Fault> {
    let Ok(digits) = u32::from_str_radix(&digest.to_string(), 16) else {
        return Ok(Vec::new());
    };
    Ok(store.mentions(session, digits, EXCHANGES_MAX + 2)?)
}

fn places(
    others: &BTreeMap<u64, Vec<Mention>>,
    numbers: &[u64],
    digest: Digest,
) -> Vec<(ExchangeId, String)> {
    let mut places = Vec::new();
    for number in numbers {
        let mentions = others.get(number).into_iter().flatten();
        for mention in mentions.filter(|it| it.digest == digest) {
            let place = (ExchangeId(*number), mention.place.clone());
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}

/// The secrets of an exchange, in the order of the page.
fn mentions(exchange: &Redacted<Exchange>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let request = &exchange.request;
    let content = request.body.text();
    of_message(
        &mut mentions,
        Half::Request,
        &Message::of_request(request),
        &content,
    );
    if let Some(response) = &exchange.response {
        let content = response.body.text();
        of_message(
            &mut mentions,
            Half::Response,
            &Message::of_response(response),
            &content,
        );
    }
    mentions
}

fn of_message(to: &mut Vec<Mention>, half: Half, message: &Message, content: &str) {
    for part in &message.parts {
        add(to, &part.value, || place_of(half, part));
    }
    // What is not taken apart into parts.
    if !message.content.is_empty() {
        add(to, content, || content_of(half).to_owned());
    }
}

fn add(to: &mut Vec<Mention>, text: &str, place: impl Fn() -> String) {
    let mut rest = text;
    while let Some(range) = placeholder::find(rest) {
        let found = placeholder::parse(&rest[range.clone()]);
        to.extend(found.map(|it| Mention {
            name: it.fingerprint.named(it.kind),
            digest: it.fingerprint.digest,
            place: place(),
        }));
        rest = &rest[range.end..];
    }
}

/// The places, each of which leads there and points the secret out.
pub(super) fn section(links: &Links, secrets: &[Elsewhere]) -> Markup {
    html! {
        @if !secrets.is_empty() {
            section.elsewhere aria-labelledby="heading-elsewhere" {
                h2 id="heading-elsewhere" { "Where else its secrets are" }
                table.parts {
                    thead { tr { th scope="col" { "Secret" } th scope="col" { "Also in" } } }
                    tbody { @for secret in secrets { (row(links, secret)) } }
                }
            }
        }
    }
}

fn row(links: &Links, secret: &Elsewhere) -> Markup {
    let digits = secret.digest.to_string();
    html! {
        tr {
            th scope="row" { a.secret href=(links.grant(&secret.name)) data-secret=(digits) { (secret.name) } }
            td {
                ul.places {
                    @for (exchange, place) in &secret.places {
                        li { a href=(links.secret_at(exchange.0, &digits, place)) { (exchange) " " code { (text(place)) } } }
                    }
                    @if secret.has_more { li { a href=(links.grant(&secret.name)) { "and more" } } }
                }
            }
        }
    }
}
