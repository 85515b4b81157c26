//! The read-only view on the ledger: what belongs together, worked out from the facts.

use std::sync::Arc;

use grantscope_oauth::{
    AuthorizationServerMetadata, Digest, ExchangeId, Fingerprint, Reading, RedirectUri,
    ResponseMessage,
};
use jiff::Timestamp;

use crate::authorization::{Authorization, only, only_unanswered};
use crate::client::ClientHistory;
use crate::code::{CodeHistory, Issuance, issuance, known_since};
use crate::coverage::Coverage;
use crate::index::{Mention, Role};
use crate::key::{Key, origin_of};
use crate::ledger::{Correlator, Observed};
use crate::logout::Logout;
use crate::presentation::Presentation;
use crate::refresh::RefreshTokenHistory;
use crate::seen::Unseen;
use crate::touched;

/// All that was observed.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    ledger: &'a Correlator,
}

/// The authorization server that a request was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its issuer identifier (RFC 8414 §2), where its metadata were seen.
    pub issuer: Option<String>,
    /// Scheme and authority of its token endpoint.
    pub origin: String,
    /// The token endpoint.
    pub token_endpoint: String,
}

impl<'a> History<'a> {
    pub(crate) fn new(ledger: &'a Correlator) -> Self {
        Self { ledger }
    }

    /// An exchange, read.
    pub fn reading(self, id: ExchangeId) -> Option<Arc<Reading>> {
        self.observed(id).map(|observed| observed.reading)
    }

    /// A token request.
    pub fn presentation(self, id: ExchangeId) -> Option<Presentation> {
        Presentation::of(&self.observed(id)?)
    }

    /// What happened to a code, seen from one presentation of it.
    pub fn code(self, code: &Fingerprint) -> CodeHistory {
        CodeHistory::of(self, code)
    }

    /// When a code came into being: the part of its history that takes no linking.
    pub fn code_known_since(self, code: &Fingerprint) -> Option<Timestamp> {
        known_since(self, code.digest)
    }

    /// What happened to a refresh token.
    pub fn refresh_token(self, token: &Fingerprint) -> RefreshTokenHistory {
        RefreshTokenHistory::of(self, token)
    }

    /// What a client did at the token endpoint of a server.
    pub fn client(self, server: &Server, client_id: &str) -> ClientHistory {
        ClientHistory::of(self, server, client_id)
    }

    /// How much of the traffic the capture holds.
    pub fn coverage(self, client_id: Option<&str>) -> Coverage {
        Coverage::of(self, client_id)
    }

    /// The server that a token request was sent to.
    pub fn server(self, token_endpoint: &str) -> Server {
        let metadata = self.metadata(token_endpoint);
        Server {
            issuer: metadata.map(|metadata| metadata.issuer),
            origin: origin_of(token_endpoint).to_owned(),
            token_endpoint: token_endpoint.to_owned(),
        }
    }

    /// The latest metadata that name this token endpoint.
    pub fn metadata(self, token_endpoint: &str) -> Option<AuthorizationServerMetadata> {
        let readings = self.found_by(&Key::TokenEndpoint(token_endpoint.to_owned()));
        match &readings.last()?.response {
            Some(ResponseMessage::Metadata(metadata)) => Some(metadata.clone()),
            _ => None,
        }
    }

    /// The codes that were issued to a redirection URI, in the order of time.
    pub fn issuances_to(self, redirect_uri: &RedirectUri) -> Vec<Issuance> {
        self.issuances_between(redirect_uri, Timestamp::MIN, Timestamp::MAX)
    }

    /// The codes that were issued to a redirection URI after one time and before another, in the order of time.
    pub fn issuances_between(
        self,
        redirect_uri: &RedirectUri,
        after: Timestamp,
        before: Timestamp,
    ) -> Vec<Issuance> {
        let key = Key::Redirect(redirect_uri.clone());
        let readings = self
            .ledger
            .found_by(&key)
            .into_iter()
            .filter_map(|id| self.reading(id));
        let is_within = |reading: &Arc<Reading>| {
            let until = reading.answered_at.unwrap_or(reading.sent_at);
            until > after && reading.started_at < before
        };
        let mut issuances: Vec<_> = readings
            .filter(is_within)
            .filter_map(|reading| issuance(&reading))
            .filter(|it| it.response.code.is_some() && it.at > after && it.at < before)
            .collect();
        issuances.sort_by_key(|issuance| (issuance.at, issuance.exchange));
        issuances
    }

    /// The logouts that a server did not refuse, sent within this span of time (both ends included), in the order of time.
    ///
    /// They tell nothing of whose session ended where no token is named: a server may also answer with a page that asks
    /// the user first (OpenID Connect RP-Initiated Logout §2).
    pub fn logouts(self, server_origin: &str, from: Timestamp, until: Timestamp) -> Vec<Logout> {
        let readings = self.found_by(&Key::Logout(server_origin.to_owned()));
        let within = readings
            .iter()
            .filter(|reading| reading.sent_at >= from && reading.sent_at <= until);
        within.filter_map(|reading| Logout::of(reading)).collect()
    }

    /// The authorization request of a client to which no response was seen, where it is the only request of that client
    /// before this time.
    pub fn only_authorization(
        self,
        client_id: Option<&str>,
        before: Timestamp,
    ) -> Option<Authorization> {
        only_unanswered(self, client_id, before)
    }

    /// The only authorization request of a client before this time, whether or not a response to it was seen.
    pub fn sole_authorization(
        self,
        client_id: Option<&str>,
        before: Timestamp,
    ) -> Option<Authorization> {
        only(self, client_id, before)
    }

    /// Where else a secret occurs, in the order of the exchanges.
    pub fn mentions(self, digest: Digest) -> Vec<Mention> {
        self.ledger.mentions(digest)
    }

    /// The exchanges in which a secret has this role, in the order in which they were sent.
    pub fn mentioned_as(self, digest: Digest, role: Role) -> Vec<Arc<Reading>> {
        let of_role = self
            .mentions(digest)
            .into_iter()
            .filter(|mention| mention.role == role);
        in_order(of_role.filter_map(|mention| self.reading(mention.exchange)))
    }

    /// The refusals whose diagnosis an exchange may change: those of the grants that it mentions, and those of a whole family
    /// of tokens where it may end one. In the order in which they were sent.
    pub fn refusals_touched_by(self, id: ExchangeId) -> Vec<ExchangeId> {
        touched::refusals(self, id)
    }

    /// The token requests that present this grant, in the order in which they were sent.
    pub fn presentations(self, grant: Digest) -> Vec<Presentation> {
        let mut found: Vec<_> = self
            .mentions(grant)
            .into_iter()
            .filter(|mention| {
                matches!(
                    mention.role,
                    Role::PresentedCode | Role::PresentedRefreshToken | Role::PresentedGrant
                )
            })
            .filter_map(|mention| self.presentation(mention.exchange))
            .collect();
        found.sort_by_key(|presentation| (presentation.sent_at(), presentation.exchange()));
        found
    }

    /// Why nothing is known of a secret.
    pub(crate) fn absence(self, digest: Digest) -> Unseen {
        if self.ledger.may_have_forgotten(digest) {
            Unseen::Evicted
        } else {
            Unseen::NotCaptured
        }
    }

    pub(crate) fn ledger(self) -> &'a Correlator {
        self.ledger
    }

    /// The exchanges that share a key, in the order in which they were sent.
    pub(crate) fn found_by(self, key: &Key) -> Vec<Arc<Reading>> {
        let ids = self.ledger.found_by(key);
        in_order(ids.into_iter().filter_map(|id| self.reading(id)))
    }

    fn observed(self, id: ExchangeId) -> Option<Observed> {
        self.ledger.exchange(id)
    }
}

/// Sorts by the time of sending, and by the id where that is equal.
fn in_order(readings: impl Iterator<Item = Arc<Reading>>) -> Vec<Arc<Reading>> {
    let mut readings: Vec<_> = readings.collect();
    readings.sort_by_key(|reading| (reading.sent_at, reading.exchange));
    readings
}
