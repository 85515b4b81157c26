//! The exchanges that belong to a grant, found from token to token.

use std::collections::{BTreeMap, BTreeSet};

use grantscope_capture::store::{SessionKey, Store};
use grantscope_oauth::{Exchange, Fingerprint, Reader, Reading, RequestMessage, ResponseMessage};

use crate::fault::Fault;

/// So many exchanges are looked at.
const EXCHANGES_MAX: usize = 600;

/// So many of them for one secret.
const MENTIONS_MAX: usize = 400;

/// The exchanges that mention a secret, or one that it led to or came from: the tokens of its family, and the request that
/// was pushed for it. In the order of their numbers.
pub(super) fn exchanges(
    store: &Store,
    session: SessionKey,
    reader: &Reader,
    digits: u32,
) -> Result<Vec<Exchange>, Fault> {
    let mut found = BTreeMap::new();
    let mut asked = BTreeSet::from([digits]);
    let mut next = vec![digits];
    while let Some(digits) = next.pop() {
        let numbers = store.mentions(session, digits, MENTIONS_MAX)?;
        let new: Vec<_> = numbers
            .into_iter()
            .filter(|number| !found.contains_key(number))
            .take(EXCHANGES_MAX - found.len())
            .collect();
        for exchange in store.some_exchanges(session, &new)? {
            let led_to = leads_to(&reader.read(&exchange));
            next.extend(led_to.into_iter().filter(|it| asked.insert(*it)));
            found.insert(exchange.id.0, exchange);
        }
        if found.len() == EXCHANGES_MAX {
            break;
        }
    }
    Ok(found.into_values().collect())
}

/// The digits of the secrets by which an exchange belongs to others.
fn leads_to(reading: &Reading) -> Vec<u32> {
    let asked = match &reading.request {
        RequestMessage::Token(request) => request.grant.secret(),
        RequestMessage::Authorization(request) => request.request_uri.as_ref(),
        _ => None,
    };
    let answered = match &reading.response {
        Some(ResponseMessage::Token(tokens)) => tokens.refresh_token.as_ref(),
        _ => None,
    };
    asked
        .into_iter()
        .chain(answered)
        .filter_map(digits)
        .collect()
}

/// The six digits that people see.
fn digits(of: &Fingerprint) -> Option<u32> {
    u32::from_str_radix(&of.digest.to_string(), 16).ok()
}
