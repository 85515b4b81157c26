//! The requests of one client connection: each is sent on, watched, and answered.
//!
//! A client connection has connections to servers of its own, so that a server sees of a client what it would see
//! without the proxy. One that is complete when the client leaves may go on for another client (`idle`).

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use hyper::ext::on_informational;
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use crate::body::{Content, Outgoing, Passing};
use crate::glance::Watch;
use crate::headers::Marks;
use crate::idle::Idle;
use crate::limits::HEADER_BYTES_MAX;
use crate::line::Line;
use crate::link::{Link, SendError};
use crate::links::Links;
use crate::recording::{Arrival, Recording, Side};
use crate::rescue::Problem;
use crate::shared::Shared;
use crate::tap::Outcome;
use crate::target::{self, Target};
use crate::tasks::{Spawner, Tasks};
use crate::tls::Protocol;
use crate::upstream::{Connected, Origin};
use crate::upstream_error::UpstreamError;

/// How long connections to servers may take to end after the client's has.
const LEAVING_MAX: Duration = Duration::from_secs(10);

/// What the requests of one client connection have in common.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    client: SocketAddr,
    target: Target,
    /// What is spoken on both sides.
    protocol: Protocol,
    links: Links,
    /// Where connections to servers are handed in to be run.
    pub(crate) spawner: Spawner,
    /// What the connection of the client and that to the server know of each other.
    pub(crate) line: Arc<Line>,
    /// What was offered to the server, under which its connection may be kept for other clients.
    offered: Option<Origin>,
    /// Whether a connection to a server stands for who the client is.
    personal: AtomicBool,
    used: AtomicBool,
    /// Whether an upgrade was asked for and not declined.
    upgrading: AtomicBool,
    upgraded: Mutex<Option<Upgraded>>,
}

/// A connection that both sides agreed to use for something else (RFC 9110 §7.8).
pub(crate) struct Upgraded {
    pub(crate) client: OnUpgrade,
    pub(crate) server: OnUpgrade,
}

/// A way to a server that was opened before the first request.
pub(crate) enum Opened {
    /// A new connection.
    New(Connected),
    /// One that another client left.
    Kept(Link),
}

impl Opened {
    /// What the server chose by ALPN, if it did.
    pub(crate) fn chosen(&self) -> Option<&[u8]> {
        match self {
            Self::New(connected) => connected.chosen.as_deref(),
            Self::Kept(link) => link.chosen.as_deref(),
        }
    }
}

impl Session {
    pub(crate) fn new(
        shared: Arc<Shared>,
        client: SocketAddr,
        target: Target,
        protocol: Protocol,
        tasks: &Tasks,
    ) -> Self {
        Self {
            shared,
            client,
            target,
            protocol,
            links: Links::default(),
            spawner: tasks.spawner(),
            line: Arc::default(),
            offered: None,
            personal: AtomicBool::new(false),
            used: AtomicBool::new(false),
            upgrading: AtomicBool::new(false),
            upgraded: Mutex::default(),
        }
    }

    /// The connection to the server may go on for other clients, for which the same is offered.
    pub(crate) fn kept_as(mut self, offered: Origin) -> Self {
        self.offered = Some(offered);
        self
    }

    /// Goes on with what a kept connection to the server knows.
    pub(crate) fn on_line(mut self, line: Arc<Line>) -> Self {
        self.line = line;
        self
    }

    /// Gives the session the outcome of connecting to its origin, which was done ahead of the first request.
    pub(crate) async fn begin_with(
        &self,
        origin: &Arc<Origin>,
        opened: Result<Opened, UpstreamError>,
    ) {
        let link = match opened {
            Ok(Opened::New(connected)) => self.open(origin, connected).await,
            Ok(Opened::Kept(link)) => Ok(link),
            Err(error) => Err(error),
        };
        match link {
            Ok(link) => self.links.put(origin, link),
            Err(error) => self.links.put_error(error),
        }
    }

    pub(crate) fn client(&self) -> SocketAddr {
        self.client
    }

    /// Whether the client asked for nothing until the end of its connection, and ended it itself.
    pub(crate) fn is_unused(&self) -> bool {
        !self.used.load(Ordering::Relaxed)
    }

    /// The connection is used, or is ended by somebody else than the client.
    pub(crate) fn mark_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Whether the client's connection ends with the server's, as it would without the proxy.
    pub(crate) fn ends_with_server(&self) -> bool {
        matches!(self.target, Target::Origin(_)) && !self.upgrading.load(Ordering::Relaxed)
    }

    /// The client is gone: what goes on to servers ends in its own time, so that they are told.
    pub(crate) async fn leave(&self, mut tasks: Tasks) {
        let ended = poll_fn(|cx| Poll::Ready(tasks.poll(cx).is_ready())).await;
        let idle = self.links.only().filter(Link::is_ready);
        if let (Some(offered), Some(link), false) = (&self.offered, idle, ended)
            && !self.personal.load(Ordering::Relaxed)
            && !self.line.is_half_closed()
            && tasks.len() == 1
        {
            return self.shared.idle.keep(offered, Idle { link, tasks });
        }
        self.links.clear();
        if tasks.len() > 0 {
            tokio::spawn(timeout(LEAVING_MAX, tasks.run()));
        }
    }

    pub(crate) fn take_upgraded(&self) -> Option<Upgraded> {
        self.upgraded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

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
        check(&request, marks)?;
        self.note_personal(marks, request.headers());
        let origin = self.target.origin(&request)?;
        let upgrades = marks.is_upgrade(request.headers());
        let client_upgrade = upgrades.then(|| hyper::upgrade::on(&mut request));
        let (mut parts, content) = request.into_parts();
        let mut watch = self.watch(&parts, !content.is_end_stream(), &origin);
        target::rewrite(&mut parts, &self.target, is_http1);
        marks.strip(&mut parts.headers, is_http1);
        let content = Passing::new(content, watch.recording(), Side::Request);
        let content = content.on_line(Arc::clone(&self.line));
        let mut request = Request::from_parts(parts, content);
        if is_http1 {
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
        Ok(self.pass_on(response, client_upgrade, watch, &origin))
    }

    fn note_personal(&self, marks: Marks, headers: &http::HeaderMap) {
        if marks.is_personal(headers) {
            self.personal.store(true, Ordering::Relaxed);
        }
    }

    fn watch(&self, parts: &Parts, has_content: bool, origin: &Origin) -> Watch {
        let shared = &self.shared;
        let arrival = || Arrival::now(shared.next_id(), self.client);
        shared.tap.wants(parts).watch(
            &shared.tap,
            shared.body_bytes_max,
            arrival,
            (parts, has_content),
            |parts| self.target.url(parts, origin),
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
                        return Err(lost(origin, source));
                    }
                    self.links.forget(origin);
                    request = *unsent;
                }
                Err(SendError::Lost(source)) => return Err(lost(origin, source)),
            }
        }
    }

    /// A connection that is ready, and whether it was kept from an earlier request.
    async fn link(&self, origin: &Arc<Origin>) -> Result<(Link, bool), UpstreamError> {
        if let Some(error) = self.links.take_error() {
            return Err(error);
        }
        while let Some(mut link) = self.links.take(origin) {
            if link.ready().await {
                return Ok((link, true));
            }
            self.links.forget(origin);
        }
        // Rare, and large: the future of each request would have room for it.
        let link = Box::pin(self.open_new(origin)).await?;
        if let Some(shared) = link.shared() {
            self.links.put(origin, shared);
        }
        Ok((link, false))
    }

    async fn open_new(&self, origin: &Origin) -> Result<Link, UpstreamError> {
        let connected = self.shared.upstream.connect(origin).await?;
        self.open(origin, connected).await
    }

    async fn open(&self, origin: &Origin, connected: Connected) -> Result<Link, UpstreamError> {
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

    fn failed(&self, error: &UpstreamError, watch: &Watch) -> Problem {
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
        Response::from_parts(parts, Content::Passing(content))
    }
}

fn check(request: &Request<Incoming>, marks: Marks) -> Result<(), Problem> {
    if marks.bytes > HEADER_BYTES_MAX {
        return Err(Problem::header_too_large(marks.bytes, HEADER_BYTES_MAX));
    }
    if request.method() == Method::CONNECT {
        return Err(Problem::nested_connect());
    }
    Ok(())
}

fn lost(origin: &Origin, source: hyper::Error) -> UpstreamError {
    let host = origin.host_and_port();
    if source.is_parse() {
        UpstreamError::Protocol { host, source }
    } else {
        UpstreamError::Closed { host, source }
    }
}

/// Ends the recording where the client goes away while the response is awaited, by which its request is dropped.
///
/// Once the response has begun, this says nothing.
struct Abandoned(Option<Arc<Recording>>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(recording) = &self.0 {
            recording.fail(Outcome::Abandoned);
        }
    }
}
