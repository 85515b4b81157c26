//! A finished exchange with all that is known around it: what the rules of warnings look at.

use std::cell::OnceCell;
use std::sync::Arc;

use grantscope_correlation::{ClientHistory, History, Presentation, Server};
use grantscope_oauth::{
    ClientAuthentication, Exchange, ExchangeId, Provider, Reader, Reading, RequestUrl, Sighting,
    TokenRequest,
};

use super::warning::Place;

/// An exchange and its surroundings.
pub(super) struct Sight<'a> {
    pub(super) history: History<'a>,
    pub(super) reader: &'a Reader,
    pub(super) exchange: &'a Exchange,
    /// The exchange, read; `None` where it has nothing to do with OAuth.
    pub(super) reading: Option<Arc<Reading>>,
    /// The token request that it is.
    pub(super) presented: Option<Presented<'a>>,
}

/// A token request and its client.
///
/// What takes a search of the history is worked out when a rule asks for it: of a healthy exchange no rule does.
pub(super) struct Presented<'a> {
    pub(super) presentation: Presentation,
    history: History<'a>,
    reader: &'a Reader,
    server: OnceCell<Server>,
    provider: OnceCell<Option<&'a Provider>>,
    client: OnceCell<ClientHistory>,
}

impl<'a> Sight<'a> {
    pub(super) fn of(history: History<'a>, reader: &'a Reader, exchange: &'a Exchange) -> Self {
        Self {
            history,
            reader,
            exchange,
            reading: history.reading(exchange.id),
            presented: Presented::of(history, reader, exchange.id),
        }
    }

    /// The place of an exchange with a server that is known by its URL alone.
    pub(super) fn place(&self, reading: &Reading, client_id: Option<String>) -> Place {
        place(self.reader, reading, client_id)
    }
}

impl<'a> Presented<'a> {
    fn of(history: History<'a>, reader: &'a Reader, id: ExchangeId) -> Option<Self> {
        Some(Self {
            presentation: history.presentation(id)?,
            history,
            reader,
            server: OnceCell::new(),
            provider: OnceCell::new(),
            client: OnceCell::new(),
        })
    }

    /// The server that it was sent to.
    fn server(&self) -> &Server {
        let find = || self.history.server(&self.request().endpoint);
        self.server.get_or_init(find)
    }

    /// The product that the server is of, where it is known.
    pub(super) fn provider(&self) -> Option<&'a Provider> {
        let find = || provider(self.reader, &self.request().endpoint, self.server());
        *self.provider.get_or_init(find)
    }

    /// What its client did at that server.
    pub(super) fn client(&self) -> &ClientHistory {
        let client_id = self.request().client.id.as_deref().unwrap_or_default();
        let find = || self.history.client(self.server(), client_id);
        self.client.get_or_init(find)
    }

    pub(super) fn request(&self) -> &TokenRequest {
        self.presentation.request()
    }

    /// The tokens were granted to a client that was never seen to authenticate.
    ///
    /// A client that names itself by nothing may be known by its connection, and so may one that has a TLS certificate
    /// (RFC 8705 §2); a proxy stands in the way of the latter, so that it does not get tokens.
    pub(super) fn is_of_a_public_client(&self) -> bool {
        let is_public =
            |request: &TokenRequest| request.client.authentication == ClientAuthentication::None;
        let requests = || self.client().requests.iter().map(Presentation::request);
        let request = self.request();
        request.client.id.is_some() && is_public(request) && requests().all(is_public)
    }

    pub(super) fn place(&self) -> Place {
        Place::of(
            self.presentation.reading(),
            self.server().clone(),
            self.provider().map(|provider| provider.id.0.clone()),
            self.request().client.id.clone(),
        )
    }
}

/// The place of an exchange with a server that is known by its URL alone.
pub(super) fn place(reader: &Reader, reading: &Reading, client_id: Option<String>) -> Place {
    let server = Server {
        issuer: None,
        origin: RequestUrl::new(reading.endpoint.as_str())
            .origin()
            .to_owned(),
        token_endpoint: String::new(),
    };
    let provider = provider(reader, &reading.endpoint, &server);
    let provider = provider.map(|provider| provider.id.0.clone());
    Place::of(reading, server, provider, client_id)
}

fn provider<'a>(reader: &'a Reader, endpoint: &str, server: &Server) -> Option<&'a Provider> {
    let sighting = Sighting {
        endpoint,
        issuer: server.issuer.as_deref(),
        ..Sighting::default()
    };
    reader.providers().recognise(&sighting).one()
}
