//! The ledger: every reading that matters, found again by the secrets that it mentions.
//!
//! It stores facts and draws no conclusions: what belongs together is worked out when it is asked for. So the history
//! does not depend on the order in which concurrent exchanges were observed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::{DashMap, DashSet};
use grantscope_oauth::{
    AuthorizationRequest, Digest, ExchangeId, Reading, RedirectUri, RequestMessage, ResponseMessage,
};
use jiff::Timestamp;

use crate::history::History;
use crate::index::{self, Mention};

/// What was observed of an exchange.
#[derive(Clone, Debug)]
pub enum Event {
    /// The request was sent, and the answer is awaited.
    RequestSent(Reading),
    /// The answer is complete, or will never come.
    Finished(Reading),
}

/// How much the ledger keeps.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of exchanges. About 3 KiB are kept of each.
    pub exchanges_max: usize,
    /// The number of exchanges that are found by one secret, the newest of which are kept.
    pub mentions_max: usize,
    /// The number of secrets that are remembered as forgotten.
    pub forgotten_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            exchanges_max: 100_000,
            mentions_max: 512,
            forgotten_max: 200_000,
        }
    }
}

/// Follows each authorization, code, token and client from exchange to exchange.
///
/// It is shared by reference between threads; no lock is held while a caller's code runs.
#[derive(Debug)]
pub struct Correlator {
    limits: Limits,
    exchanges: DashMap<ExchangeId, Observed>,
    mentions: DashMap<Digest, Vec<Mention>>,
    clients: DashMap<ClientKey, Vec<ExchangeId>>,
    authorizations: DashMap<String, Vec<ExchangeId>>,
    redirects: DashMap<RedirectUri, Vec<ExchangeId>>,
    metadata: DashMap<String, ExchangeId>,
    order: Mutex<VecDeque<ExchangeId>>,
    forgotten: DashSet<Digest>,
    forgotten_until: Mutex<Option<Timestamp>>,
}

/// An exchange as far as it was observed.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) reading: Arc<Reading>,
    pub(crate) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Sent,
    Finished,
}

/// A client at a server: the origin of the token endpoint and the `client_id`.
pub(crate) type ClientKey = (String, String);

impl Correlator {
    /// An empty ledger.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            exchanges: DashMap::new(),
            mentions: DashMap::new(),
            clients: DashMap::new(),
            authorizations: DashMap::new(),
            redirects: DashMap::new(),
            metadata: DashMap::new(),
            order: Mutex::new(VecDeque::new()),
            forgotten: DashSet::new(),
            forgotten_until: Mutex::new(None),
        }
    }

    /// Takes note of an event. The same event may come twice, and the two events of an exchange in either order.
    pub fn observe(&self, event: Event) {
        let (reading, phase) = match event {
            Event::RequestSent(reading) => (reading, Phase::Sent),
            Event::Finished(reading) => (reading, Phase::Finished),
        };
        if !reading.is_oauth() && reading.location.is_none() {
            return;
        }
        let observed = Observed {
            reading: Arc::new(reading),
            phase,
        };
        if self.store(&observed) {
            self.index(&observed.reading);
            self.evict();
        }
    }

    /// The view on all that was observed.
    pub fn history(&self) -> History<'_> {
        History::new(self)
    }

    /// Keeps the later phase of an exchange; `false` where it was there already.
    fn store(&self, observed: &Observed) -> bool {
        let id = observed.reading.exchange;
        let mut is_new = false;
        let mut stored = self.exchanges.entry(id).or_insert_with(|| {
            is_new = true;
            observed.clone()
        });
        if !is_new && stored.phase >= observed.phase {
            return false;
        }
        *stored = observed.clone();
        drop(stored);
        if is_new {
            self.order
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_back(id);
        }
        true
    }

    fn index(&self, reading: &Reading) {
        let id = reading.exchange;
        index::mentions(reading, |digest, role| {
            insert(
                &mut self.mentions.entry(digest).or_default(),
                Mention { exchange: id, role },
                self.limits,
            );
        });
        if let Some(client) = client_of(reading) {
            insert(
                &mut self.clients.entry(client).or_default(),
                id,
                self.limits,
            );
        }
        if let Some(client_id) = authorizing_client_of(reading) {
            insert(
                &mut self.authorizations.entry(client_id).or_default(),
                id,
                self.limits,
            );
        }
        for uri in redirect_uris_of(reading) {
            insert(
                &mut self.redirects.entry(uri.clone()).or_default(),
                id,
                self.limits,
            );
        }
        if let Some(endpoint) = described_endpoint_of(reading) {
            self.metadata.insert(endpoint.clone(), id);
        }
    }

    fn evict(&self) {
        loop {
            let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            if order.len() <= self.limits.exchanges_max {
                return;
            }
            let Some(oldest) = order.pop_front() else {
                return;
            };
            drop(order);
            if let Some((_, observed)) = self.exchanges.remove(&oldest) {
                self.forget(&observed.reading);
            }
        }
    }

    fn forget(&self, reading: &Reading) {
        let id = reading.exchange;
        if self.forgotten.len() >= self.limits.forgotten_max {
            self.forgotten.clear();
        }
        index::mentions(reading, |digest, _| {
            self.forgotten.insert(digest);
            self.mentions.remove_if_mut(&digest, |_, mentions| {
                mentions.retain(|mention| mention.exchange != id);
                mentions.is_empty()
            });
        });
        if let Some(client) = client_of(reading) {
            remove(&self.clients, &client, id);
        }
        if let Some(client_id) = authorizing_client_of(reading) {
            remove(&self.authorizations, &client_id, id);
        }
        for uri in redirect_uris_of(reading) {
            remove(&self.redirects, uri, id);
        }
        if let Some(endpoint) = described_endpoint_of(reading) {
            self.metadata
                .remove_if(endpoint, |_, described_in| *described_in == id);
        }
        let mut until = self
            .forgotten_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Some(reading.started_at));
    }

    pub(crate) fn exchange(&self, id: ExchangeId) -> Option<Observed> {
        self.exchanges.get(&id).map(|observed| observed.clone())
    }

    pub(crate) fn mentions(&self, digest: Digest) -> Vec<Mention> {
        self.mentions
            .get(&digest)
            .map(|mentions| mentions.clone())
            .unwrap_or_default()
    }

    pub(crate) fn requests_of_client(&self, origin: &str, client_id: &str) -> Vec<ExchangeId> {
        let key = (origin.to_owned(), client_id.to_owned());
        self.clients
            .get(&key)
            .map(|ids| ids.clone())
            .unwrap_or_default()
    }

    pub(crate) fn authorizations_of_client(&self, client_id: &str) -> Vec<ExchangeId> {
        self.authorizations
            .get(client_id)
            .map(|ids| ids.clone())
            .unwrap_or_default()
    }

    /// The authorization requests for a redirection URI, and the responses to it.
    pub(crate) fn authorizations_to(&self, redirect_uri: &RedirectUri) -> Vec<ExchangeId> {
        self.redirects
            .get(redirect_uri)
            .map(|ids| ids.clone())
            .unwrap_or_default()
    }

    pub(crate) fn metadata_of(&self, token_endpoint: &str) -> Option<ExchangeId> {
        self.metadata.get(token_endpoint).map(|id| *id)
    }

    pub(crate) fn has_forgotten(&self, digest: Digest) -> bool {
        self.forgotten.contains(&digest)
    }

    pub(crate) fn forgotten_until(&self) -> Option<Timestamp> {
        *self
            .forgotten_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Correlator {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// The client that calls the token endpoint.
fn client_of(reading: &Reading) -> Option<ClientKey> {
    let RequestMessage::Token(request) = &reading.request else {
        return None;
    };
    let client_id = request.client.id.clone().unwrap_or_default();
    Some((origin_of(&request.endpoint).to_owned(), client_id))
}

/// The client that asks for an authorization.
fn authorizing_client_of(reading: &Reading) -> Option<String> {
    Some(
        authorization_of(reading)?
            .client_id
            .clone()
            .unwrap_or_default(),
    )
}

fn authorization_of(reading: &Reading) -> Option<&AuthorizationRequest> {
    match &reading.request {
        RequestMessage::Authorization(request)
        | RequestMessage::PushedAuthorization(request, _) => Some(request),
        _ => None,
    }
}

/// The redirection URIs that are asked for, and those that are answered to.
fn redirect_uris_of(reading: &Reading) -> impl Iterator<Item = &RedirectUri> {
    let asked = authorization_of(reading).and_then(|request| request.redirect_uri.as_ref());
    let answered = match &reading.response {
        Some(ResponseMessage::Authorization(response)) => Some(&response.redirect_uri),
        _ => None,
    };
    asked.into_iter().chain(answered)
}

/// The token endpoint that the metadata in a response name.
fn described_endpoint_of(reading: &Reading) -> Option<&String> {
    match &reading.response {
        Some(ResponseMessage::Metadata(metadata)) => metadata.token_endpoint.as_ref(),
        _ => None,
    }
}

/// Keeps the list sorted and without doubles, and the newest of it where it grows too long.
fn insert<T: Ord>(list: &mut Vec<T>, item: T, limits: Limits) {
    if let Err(at) = list.binary_search(&item) {
        list.insert(at, item);
        if list.len() > limits.mentions_max {
            list.remove(0);
        }
    }
}

fn remove<K: Eq + std::hash::Hash>(map: &DashMap<K, Vec<ExchangeId>>, key: &K, id: ExchangeId) {
    map.remove_if_mut(key, |_, ids| {
        ids.retain(|other| *other != id);
        ids.is_empty()
    });
}

/// Scheme and authority of an endpoint.
pub(crate) fn origin_of(endpoint: &str) -> &str {
    let start = endpoint.find("://").map_or(0, |at| at + 3);
    endpoint[start..]
        .find('/')
        .map_or(endpoint, |end| &endpoint[..start + end])
}
