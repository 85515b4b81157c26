//! The pages of sessions that are made of scenarios, and who asks for them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{Granted, Store};
use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{
    Exchange, FingerprintKey, Providers, Reader, RequestMessage, ResponseMessage,
};
use grantscope_rules::{Case, diagnose, warn_at_end};
use grantscope_testkit::scenarios;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::feed::Feed;
use crate::gate::Gate;
use crate::pages::open::put;
use crate::routes::{App, router};
use crate::server::Diagnosed;
use crate::shelf::Shelf;

const ADDRESS: &str = "127.0.0.1:8642";
pub(super) const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

/// Pages, and the token that lets in.
pub(super) struct Site {
    router: Router,
    pub(super) feed: Feed,
    pub(super) token: String,
    pub(super) form_token: String,
    pub(super) directory: TempDir,
    _opened: TempDir,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Site {
    /// Pages of one session, `live`, that holds these exchanges.
    pub(super) fn of(exchanges: Vec<Exchange>) -> Self {
        let site = Self::new();
        site.store("live", exchanges);
        site
    }

    /// Pages of a store without a session but `live`, in which there is nothing.
    pub(super) fn new() -> Self {
        let (directory, opened) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sessions = Shelf::open(directory.path()).unwrap();
        let gate = Gate::new(ADDRESS.parse().unwrap(), [3; 32]);
        let url = gate.url();
        let (_, token) = url.rsplit_once('/').unwrap();
        let (feed, form_token) = (Feed::default(), gate.form_token().to_owned());
        let token = token.to_owned();
        let app = App {
            gate,
            feed: feed.clone(),
            home: sessions.clone(),
            sessions,
            opened: Shelf::open(opened.path()).unwrap(),
            home_session: "live".to_owned(),
            is_live: true,
            proxy: Some("127.0.0.1:9".parse().unwrap()),
            key: KEY,
            providers: Arc::new(Providers::embedded()),
            diagnose: Arc::new(diagnosed),
            now: || "2026-01-05T10:00:00Z".parse().unwrap(),
            version: "0.0.0",
        };
        let site = Self {
            router: router(Arc::new(app)),
            feed,
            token,
            form_token,
            directory,
            _opened: opened,
        };
        site.store("live", Vec::new());
        site
    }

    /// Stores a session.
    pub(super) fn store(&self, name: &str, exchanges: Vec<Exchange>) {
        let mut store = Store::open(self.directory.path()).unwrap();
        put(&mut store, name, &diagnosed(exchanges)).unwrap();
    }

    /// Gets a page as somebody who was let in.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(self.request(path).body(Body::empty()).unwrap())
            .await
    }

    /// A page that is there.
    pub(super) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    /// A request of somebody who was let in.
    pub(super) fn request(&self, path: &str) -> Builder {
        let cookie = format!("other=1; grantscope-8642={}", self.token);
        Request::builder()
            .uri(path)
            .header("host", ADDRESS)
            .header("cookie", cookie)
    }

    /// A request from one of our pages.
    pub(super) fn post(&self, path: &str) -> Builder {
        let origin = format!("http://{ADDRESS}");
        self.request(path).method("POST").header("origin", origin)
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Begins to follow the events.
    pub(super) async fn follow(&self, last: Option<u64>) -> Body {
        let mut request = self.request("/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let request = request.body(Body::empty()).unwrap();
        self.router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_body()
    }
}

/// The exchanges of a scenario.
pub(super) fn scenario(http: &str) -> Vec<Exchange> {
    let page = format!("### A scenario\n\n```http\n{http}\n```\n\n```verdicts\nnone\n```\n");
    scenarios("scenario", &page).unwrap().remove(0).exchanges
}

/// What is found in exchanges.
pub(super) fn diagnosed(exchanges: Vec<Exchange>) -> Diagnosed {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let ledger = Correlator::default();
    let redactor = Redactor::new(KEY);
    let exchanges = exchanges.into_iter().map(|it| redactor.redact(&it));
    let exchanges: Vec<_> = exchanges.collect();
    let readings: Vec<_> = exchanges.iter().map(|it| reader.read(it)).collect();
    for reading in &readings {
        ledger.observe(Event::Finished(reading.clone()));
    }
    let ids: Vec<_> = exchanges.iter().map(|it| it.id).collect();
    let cases = ids
        .iter()
        .filter_map(|id| Case::of(ledger.history(), &providers, *id));
    let refusals = cases.map(|case| FindingV1::of_diagnosis(&diagnose(&case), 1));
    let warnings = warn_at_end(ledger.history(), &reader, &ids);
    let warnings = warnings.iter().map(FindingV1::of_warning);
    let granted =
        readings
            .iter()
            .filter_map(|reading| match (&reading.request, &reading.response) {
                (RequestMessage::Token(request), Some(ResponseMessage::Token(_))) => {
                    Some(Granted {
                        exchange: reading.exchange.0,
                        granted_at: reading.answered_at.unwrap_or(Timestamp::UNIX_EPOCH),
                        grant_type: request.grant.grant_type().to_owned(),
                        server: "https://idp.test".to_owned(),
                        client: request.client.id.clone(),
                        grant: None,
                    })
                }
                _ => None,
            });
    Diagnosed {
        findings: refusals.chain(warnings).collect(),
        granted: granted.collect(),
        exchanges,
    }
}
