//! The way of a request: it is looked at, sent on over a link, watched, and answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Version, header};
use hyper::body::{Body as _, Incoming};
use hyper::ext::on_informational;
use hyper::upgrade::OnUpgrade;

use super::{Session, Upgraded};
use crate::body::{Content, Outgoing, Passing};
use crate::connect::Reach;
use crate::disagreement;
use crate::glance::Watch;
use crate::headers::Marks;
use crate::limits::HEADER_BYTES_MAX;
use crate::link::{Link, SendError};
use crate::recording::{Arrival, Recording, Side};
use crate::request_head::RequestHead;
use crate::rescue::Problem;
use crate::tap::{NamedBy, Outcome};
use crate::target::{self, Target};
use crate::tls::Protocol;
use crate::upstream::{Connected, Origin};
use crate::upstream_error::UpstreamError;

impl Session {
    /// Answers a request, in whatever way. This is the service of the client's connection.
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Outgoing>, Infallible>> + Send {
        // Before the future is polled hyper looks whether the client is still there.
        self.line.begin(request.body().is_end_stream());
        self.work_on(request)
    }

    async fn work_on(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Outgoing>, Infallible> {
        self.mark_used();
        self.line.take_up();
        let answered = self.forward(request).await;
        let response = answered.unwrap_or_else(|problem| problem.response().map(Content::Own));
        Ok(response.map(|content| Outgoing::new(content, &self.line)))
    }

    async fn forward(&self, mut request: Request<Incoming>) -> Result<Response<Content>, Problem> {
        let is_http1 = self.protocol == Protocol::Http1;
        let marks = Marks::of(request.headers(), is_http1);
        check(request.method(), marks, false)?;
        self.note_personal(marks, request.headers());
        let origin = self.target.origin(&request)?;
        let upgrades = marks.is_upgrade(request.headers());
        let client_upgrade = upgrades.then(|| hyper::upgrade::on(&mut request));
        let (mut parts, content) = request.into_parts();
        let knows_interim = is_http1 && parts.version > Version::HTTP_10;
        self.compare_names(&parts);
        let mut watch = self.watch(&parts, !content.is_end_stream(), &origin);
        let names = self.target.names(&parts);
        target::rewrite(&mut parts, &self.target, is_http1);
        if let Some(names) = &names {
            names.tell_server(&mut parts.headers);
        }
        marks.strip(&mut parts.headers, is_http1);
        let content = Passing::new(content, watch.recording(), Side::Request);
        let content = content.on_line(Arc::clone(&self.line));
        let mut request = Request::from_parts(parts, content);
        // RFC 9110 §15.2: no interim response is sent "to an HTTP/1.0 client".
        if knows_interim {
            let line = Arc::clone(&self.line);
            on_informational(&mut request, move |interim| {
                line.pass_interim(interim.status(), interim.headers());
            });
        }
        let _abandoned = Abandoned(watch.recording());
        self.upgrading
            .store(client_upgrade.is_some(), Ordering::Relaxed);
        let sent = self.send(&origin, request, &mut watch).await;
        let response = sent.map_err(|error| self.failed(&error, &watch))?;
        let mut response = self.pass_on(response, client_upgrade, watch, &origin);
        if let Some(names) = &names {
            names.tell_client(response.status(), response.headers_mut());
            if names.asks_metadata() {
                // Rare, and large: the future of each request would have room for it.
                response = Box::pin(self.retell(response, names, &origin)).await;
            }
        }
        Ok(response)
    }

    fn note_personal(&self, marks: Marks, headers: &http::HeaderMap) {
        if marks.is_personal(headers) {
            self.personal.store(true, Ordering::Relaxed);
        }
    }

    /// Tells where a request is for another server than its tunnel.
    pub(super) fn compare_names(&self, parts: &Parts) {
        if let Target::Origin(origin) = &self.target
            && let Some(names) = disagreement::of_request(origin, parts)
        {
            self.shared
                .notice_names(self.client, names, NamedBy::Request);
        }
    }

    pub(super) fn watch(&self, parts: &Parts, has_content: bool, origin: &Origin) -> Watch {
        let shared = &self.shared;
        let arrival = || Arrival::now(shared.next_id(), self.client);
        let head = RequestHead::new(parts, &self.target, origin);
        shared.tap.wants(&head).watch(
            &shared.tap,
            shared.policy().body_bytes_max,
            arrival,
            &head,
            has_content,
        )
    }

    /// Sends a request over a kept connection, or over a new one where there is none.
    ///
    /// A request is sent again only where no byte of it was written: an authorization code must not be presented
    /// twice because of us.
    async fn send(
        &self,
        origin: &Arc<Origin>,
        mut request: Request<Passing>,
        watch: &mut Watch,
    ) -> Result<Response<Incoming>, UpstreamError> {
        loop {
            let (mut link, is_kept) = self.link(origin).await?;
            watch.dispatch(link.server, &mut link.phases);
            self.line.set_sent(true);
            match link.send(request).await {
                Ok(response) => {
                    self.undecided.store(false, Ordering::Relaxed);
                    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                        self.upgrading.store(false, Ordering::Relaxed);
                        self.links.give_back(origin, link);
                    }
                    return Ok(response);
                }
                Err(SendError::Unsent(unsent, source)) => {
                    watch.take_back();
                    self.line.set_sent(false);
                    if !is_kept {
                        return Err(lost(origin, &link, source));
                    }
                    self.links.forget(origin);
                    request = *unsent;
                }
                Err(SendError::Lost(source)) => return Err(lost(origin, &link, source)),
                Err(SendError::OtherVersion) => {
                    let host = origin.host_and_port();
                    return Err(UpstreamError::VersionChanged { host });
                }
            }
        }
    }

    /// A connection that is ready, and whether it was kept from an earlier request.
    pub(super) async fn link(&self, origin: &Arc<Origin>) -> Result<(Link, bool), UpstreamError> {
        if let Some(error) = self.links.take_error() {
            return Err(error);
        }
        let mut verdict = None;
        while let Some(mut link) = self.links.take(origin) {
            if link.ready().await {
                return Ok((link, true));
            }
            self.links.forget(origin);
            verdict = Some(link.verdict);
        }
        // Rare, and large: the future of each request would have room for it.
        let mut link = Box::pin(self.open_new(origin)).await?;
        if let Some(verdict) = verdict.filter(|verdict| verdict.open().is_some())
            && link.verdict.open().is_none()
        {
            // The TLS session is the one before, in which the server asked for a certificate: it does not ask again.
            link.verdict = verdict;
        }
        if let Some(shared) = link.shared() {
            self.links.put(origin, shared);
        }
        Ok((link, false))
    }

    async fn open_new(&self, origin: &Origin) -> Result<Link, UpstreamError> {
        let connected = self
            .shared
            .upstream()
            .connect(origin, Reach::of(self.client))
            .await?;
        self.open(origin, connected).await
    }

    pub(super) async fn open(
        &self,
        origin: &Origin,
        connected: Connected,
    ) -> Result<Link, UpstreamError> {
        let host = || origin.host_and_port();
        if self.protocol == Protocol::Http2
            && origin.tls.is_some()
            && connected.protocol() != Protocol::Http2
        {
            return Err(UpstreamError::VersionChanged { host: host() });
        }
        Link::open(connected, self.protocol, &self.spawner, &self.line)
            .await
            .map_err(|source| UpstreamError::Protocol {
                host: host(),
                source,
            })
    }

    pub(super) fn failed(&self, error: &UpstreamError, watch: &Watch) -> Problem {
        if self.protocol == Protocol::Http1 && self.line.is_broken() {
            watch.fail(Outcome::Abandoned);
            let problem = Problem::malformed_content();
            self.shared.notice_misspoke(self.client, &problem);
            return problem;
        }
        if self.line.is_half_closed() {
            // The server took the client for gone, and has answered nobody.
            watch.fail(Outcome::Abandoned);
        } else {
            watch.fail(Outcome::Unanswered);
            self.shared.notice_upstream(error);
        }
        Problem::from(error)
    }

    fn pass_on(
        &self,
        mut response: Response<Incoming>,
        client_upgrade: Option<OnUpgrade>,
        watch: Watch,
        origin: &Origin,
    ) -> Response<Content> {
        if let (Some(client), StatusCode::SWITCHING_PROTOCOLS) = (client_upgrade, response.status())
        {
            self.line.upgrade();
            let server = hyper::upgrade::on(&mut response);
            *self.upgraded.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Upgraded { client, server });
        }
        let is_http1 = self.protocol == Protocol::Http1;
        let marks = Marks::of(response.headers(), is_http1);
        self.note_personal(marks, response.headers());
        let (mut parts, content) = response.into_parts();
        let recording = watch.answer(&parts, |request| self.target.url(request, origin));
        marks.strip(&mut parts.headers, is_http1);
        // hyper gives the client's own version to the answer, but for HTTP/1.0 servers it would speak 1.0 on.
        parts.version = Version::default();
        let content = Passing::new(content, recording, Side::Response);
        if is_http1 && tells_length_alone(&parts) {
            return Response::from_parts(parts, Content::Told(content));
        }
        Response::from_parts(parts, Content::Passing(content))
    }
}

fn tells_length_alone(parts: &http::response::Parts) -> bool {
    let never = [StatusCode::NOT_MODIFIED, StatusCode::NO_CONTENT];
    never.contains(&parts.status) && parts.headers.contains_key(header::CONTENT_LENGTH)
}

/// Refuses what cannot be passed on. A CONNECT for something else than TCP can be (RFC 8441).
pub(super) fn check(method: &Method, marks: Marks, is_tunnel: bool) -> Result<(), Problem> {
    if marks.bytes > HEADER_BYTES_MAX {
        return Err(Problem::header_too_large(marks.bytes, HEADER_BYTES_MAX));
    }
    if *method == Method::CONNECT && !is_tunnel {
        return Err(Problem::nested_connect());
    }
    Ok(())
}

fn lost(origin: &Origin, link: &Link, source: hyper::Error) -> UpstreamError {
    let host = origin.host_and_port();
    let is_invalid = source.is_parse();
    let source = Box::new(source);
    match link.verdict.open() {
        Some(demand) => UpstreamError::of_demand(demand, host, source),
        None if is_invalid => UpstreamError::Protocol { host, source },
        None => UpstreamError::Closed { host, source },
    }
}

/// Ends the recording where the client goes away while the response is awaited, by which its request is dropped.
///
/// Once the response has begun, this says nothing.
pub(super) struct Abandoned(pub(super) Option<Arc<Recording>>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(recording) = &self.0 {
            recording.fail(Outcome::Abandoned);
        }
    }
}
