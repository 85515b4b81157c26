//! Reads an HTTP exchange into OAuth messages, recognised by what they mean and not by their path.
//!
//! Malformed traffic is data: whatever comes, a reading is made of it, with notes on what is wrong.

mod address;
mod answer;
mod answers;
mod authorize;
mod body;
mod client;
mod endpoints;
mod form_post;
mod known;
mod location;
mod notes;
mod opaque;
mod params;
mod presented;
mod recognise;
mod refusal;
mod relevance;
mod scrub;
mod secrets;
mod silence;
mod token;

use std::cell::OnceCell;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use http::Method;

use crate::exchange::{Exchange, Request, RequestUrl, Response};
use crate::fingerprint::FingerprintKey;
use crate::message::{Reading, RequestMessage, ResponseMessage};
use crate::provider::Providers;
use answers::Answers;
use body::Members;
use known::Known;
use notes::Notes;
use params::{Params, Source};
use scrub::Scrub;

pub use body::{looks_encoded, trimmed};
pub use client::AUTHENTICATION_SCHEMES;
pub(crate) use form_post::character_reference;
pub use form_post::{HiddenForm, hidden_form};
pub use known::EndpointKind;
pub use opaque::{is_opaque, is_secret_segment, is_token_character};
pub use refusal::{ERROR_OBJECTS, is_error_member};
pub use relevance::Relevance;
pub use scrub::{may_be_name, scrub};
pub use secrets::{SECRET_PARAMETERS, secret_kind, spelled_like};

/// Reads exchanges, and learns from each what helps to recognise the next: endpoints and redirection URIs.
#[derive(Debug)]
pub struct Reader {
    key: FingerprintKey,
    providers: Arc<Providers>,
    /// What these providers say of URLs.
    answers: Answers,
    known: Arc<RwLock<Known>>,
}

/// A request with its parameters, and its response.
struct Asked<'a> {
    request: &'a Request,
    params: Params,
    response: Option<&'a Response>,
    /// The content of the response, read where it is asked for.
    answered: OnceCell<Answered>,
    key: &'a FingerprintKey,
}

/// The members of the content of a response, where it has some, and what is wrong with it.
type Answered = (Option<Members>, Notes);

impl Asked<'_> {
    /// The members of the response's content.
    fn members(&self) -> Option<&Members> {
        self.answered().0.as_ref()
    }

    fn answered(&self) -> &Answered {
        self.answered.get_or_init(|| {
            let mut notes = Notes::default();
            let read = |of: &Response| body::members(&of.headers, &of.body, &mut notes);
            (self.response.and_then(read), notes)
        })
    }

    fn is_post(&self) -> bool {
        self.request.method == Method::POST
    }

    fn is_form(&self) -> bool {
        self.params.iter().any(|param| param.source == Source::Form)
    }

    /// Takes the secrets of the request out of texts.
    fn scrub(&self) -> Scrub<'_> {
        Scrub::of(presented::in_request(self), self.key)
    }
}

impl Reader {
    /// A reader that knows these providers, and has learned nothing yet.
    pub fn new(key: FingerprintKey, providers: Arc<Providers>) -> Self {
        Self {
            key,
            providers,
            answers: Answers::default(),
            known: Arc::default(),
        }
    }

    /// A reader that knows other providers and shares with this one what either learns.
    #[must_use]
    pub fn with_providers(&self, providers: Arc<Providers>) -> Self {
        Self {
            key: self.key.clone(),
            providers,
            answers: Answers::default(),
            known: Arc::clone(&self.known),
        }
    }

    /// The key of the fingerprints in its readings.
    pub fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// The providers that it knows.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Tells it what an endpoint is, where neither metadata nor a provider does.
    pub fn know(&self, url: &RequestUrl, kind: EndpointKind) {
        self.learned().endpoint(url.endpoint(), kind);
    }

    /// Reads an exchange, with or without its response.
    pub fn read(&self, exchange: &Exchange) -> Reading {
        let mut notes = Notes::default();
        let asked = self.asked(exchange, &mut notes);
        let url = &exchange.request.url;
        let mut reading = Reading::of_nothing(exchange, location::digest(url, &self.key));
        let agent = exchange.request.headers.first("user-agent");
        reading.agent = agent.map(|agent| self.key.read_digest(agent));
        reading.request = recognise::request(&asked, self.kind(url), &self.knowledge(), &mut notes);
        if !matches!(reading.request, RequestMessage::Other) {
            asked.params.note_departures(&mut notes);
        }
        self.learn_from_request(&reading);
        if let Some(response) = &exchange.response {
            reading.marks = self.providers.marks(&response.headers);
            let location = location::location(url, response);
            let to = location.as_ref();
            reading.location = to.map(|to| location::digest(to, &self.key));
            let known = &self.knowledge();
            let answer = answer::Answer {
                asked: &asked,
                message: &reading.request,
                response,
                known,
            };
            reading.response = Some(answer.read(to, &mut notes));
        }
        self.learn_from_response(&reading);
        if reading.is_oauth() {
            reading.malformations = notes.into_vec();
        }
        self.silenced(reading, &asked)
    }

    /// The reading without the secrets of its exchange. What is learned of it is learned before, from what was sent.
    fn silenced(&self, mut reading: Reading, asked: &Asked<'_>) -> Reading {
        let mut secrets = presented::in_request(asked);
        if let Some(response) = asked.response.filter(|_| reading.is_oauth()) {
            let location = location::location(&asked.request.url, response);
            secrets.extend(presented::in_response(asked, response, location.as_ref()));
        }
        Scrub::of(secrets, &self.key).silence(&mut reading);
        reading
    }

    /// Whether an exchange may be of OAuth, guessed cheaply from the head of its request. In doubt it may.
    ///
    /// `field` gives the first value of a header field by its name in lower case, and `url` the whole URL, which is asked for
    /// only where an endpoint may be known by it. This is asked of every request that goes by, so that nothing is copied for
    /// it.
    pub fn concerns<'a>(
        &self,
        method: &Method,
        path_and_query: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        url: impl FnOnce() -> RequestUrl,
    ) -> bool {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let params = Params::encoded(query, Source::Query, &mut Notes::default());
        recognise::concerns(method, &params, path, field)
            || self.may_have_endpoint(path) && self.kind(&url()).is_some()
    }

    /// Whether a URL of this path may be an endpoint that is known by its whole URL.
    fn may_have_endpoint(&self, path: &str) -> bool {
        self.knowledge().has_endpoints() || self.providers.may_have_endpoint(path)
    }

    fn asked<'a>(&'a self, exchange: &'a Exchange, notes: &mut Notes) -> Asked<'a> {
        let request = &exchange.request;
        let content = body::parameters(&request.headers, &request.body, notes);
        let query = request.url.query().unwrap_or_default();
        let query = Params::encoded(query, Source::Query, notes);
        Asked {
            request,
            params: content.and(query),
            response: exchange.response.as_ref(),
            answered: OnceCell::new(),
            key: &self.key,
        }
    }

    fn kind(&self, url: &RequestUrl) -> Option<EndpointKind> {
        let learned = self.knowledge().kind(url.endpoint());
        if learned.is_some() || !self.providers.may_have_endpoint(url.path()) {
            return learned;
        }
        let ask = || self.providers.endpoint(url);
        self.answers.recall(url.endpoint(), ask)
    }

    fn learn_from_request(&self, reading: &Reading) {
        match &reading.request {
            RequestMessage::Authorization(request)
            | RequestMessage::PushedAuthorization(request, _) => {
                if let Some(uri) = &request.redirect_uri {
                    self.learned().redirect_uri(uri.as_str());
                }
            }
            _ => {}
        }
    }

    fn learn_from_response(&self, reading: &Reading) {
        match &reading.response {
            Some(ResponseMessage::Metadata(metadata)) => self.learned().metadata(metadata),
            Some(ResponseMessage::Authorization(response)) => {
                self.learned().redirect_uri(response.redirect_uri.as_str());
            }
            _ => {}
        }
    }

    /// A lock that a panic poisoned guards plain data, which is whole.
    fn knowledge(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn learned(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}
