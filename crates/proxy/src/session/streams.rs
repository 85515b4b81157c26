//! The way of a request over HTTP/2: it is looked at, sent on as a stream of the connection to the server, watched, and
//! answered. Either side may give up at any time, and the other is told so for the same reason.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Collected};

use super::Session;
use super::forward::{Abandoned, check};
use super::sent::{Sent, Unanswered};
use crate::demand::Verdict;
use crate::glance::Watch;
use crate::headers::Marks;
use crate::link::Link;
use crate::pipe::{Broken, Pipe, reason};
use crate::recording::Side;
use crate::rescue::Problem;
use crate::tap::Outcome;
use crate::upstream::Origin;
use crate::upstream_error::UpstreamError;

/// Why a request is not answered by the server.
pub(super) enum Refusal {
    /// It is answered by us.
    Problem(Problem),
    /// The server reset it, which tells the client what to do.
    Reset(Reason),
    /// The client no longer wants an answer.
    Cancelled,
}

/// Counts a request as long as it is under way.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn new(streams: &'a AtomicUsize) -> Self {
        streams.fetch_add(1, Ordering::Relaxed);
        Self(streams)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Session {
    /// Answers a request of a client over HTTP/2, in whatever way.
    pub(crate) async fn answer_stream(
        self: Arc<Self>,
        request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
    ) {
        self.mark_used();
        let _under_way = UnderWay::new(&self.streams);
        match self.exchange(request, &mut respond).await {
            Ok(()) | Err(Refusal::Cancelled) => {}
            Err(Refusal::Reset(reason)) => respond.send_reset(reason),
            Err(Refusal::Problem(problem)) => say(&mut respond, &problem).await,
        }
    }

    async fn exchange(
        &self,
        request: Request<RecvStream>,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), Refusal> {
        let origin = self.target.origin(&request)?;
        let mut sent = self.send_stream(&origin, request, respond).await?;
        let _abandoned = Abandoned(sent.watch.recording());
        match sent.answered(respond).await {
            Ok(response) => {
                sent.verdict.settle();
                self.mark_settled();
                self.answer_with(response, sent, respond, &origin).await
            }
            Err(Unanswered::ForClient(reason)) => {
                sent.upload.reset(reason);
                Err(Refusal::Cancelled)
            }
            Err(Unanswered::ByServer(error)) => Err(self.unanswered(error, &mut sent, &origin)),
        }
    }

    async fn send_stream(
        &self,
        origin: &Arc<Origin>,
        request: Request<RecvStream>,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<Sent, Refusal> {
        let marks = Marks::of(request.headers(), false);
        let is_tunnel = request.extensions().get::<Protocol>().is_some();
        check(request.method(), marks, is_tunnel)?;
        let (mut parts, content) = request.into_parts();
        let ends = content.is_end_stream();
        self.compare_names(&parts);
        let names = self.target.names(&parts);
        let mut watch = match names {
            Some(_) => self.watch_renamed(&mut parts, !ends, origin),
            None => self.watch(&parts, !ends, origin),
        };
        marks.strip(&mut parts.headers, false);
        if let Some(names) = &names {
            names.tell_server(&mut parts.headers);
        }
        set_authority(&mut parts, origin, names.is_some());
        let Some(link) = unless_cancelled(respond, pin!(self.link(origin))).await else {
            return Err(Refusal::Cancelled);
        };
        let opened = link.and_then(|(link, _)| open_stream(origin, parts, ends, link, &mut watch));
        let opened = opened.map_err(|error| self.failed(&error, &watch))?;
        let (response, to_server, verdict) = opened;
        let mut recording = watch.recording();
        if is_tunnel && let Some(recording) = recording.take() {
            recording.end(Side::Request, true);
        }
        let upload = recording.map(|recording| (recording, Side::Request));
        Ok(Sent {
            response,
            upload: Pipe::new(content, to_server, upload),
            watch,
            verdict,
            names,
            is_tunnel,
            interim: 0,
        })
    }

    /// The tap is told the client's name for the server as over HTTP/1: by `Host`, in whose place `:authority` is sent
    /// (RFC 9113 §8.3.1).
    fn watch_renamed(&self, parts: &mut Parts, has_content: bool, origin: &Origin) -> Watch {
        let name = parts.uri.authority().map(Authority::as_str);
        let name = name.and_then(|name| HeaderValue::try_from(name).ok());
        let Some(name) = name.filter(|_| !parts.headers.contains_key(header::HOST)) else {
            return self.watch(parts, has_content, origin);
        };
        parts.headers.insert(header::HOST, name);
        let watch = self.watch(parts, has_content, origin);
        parts.headers.remove(header::HOST);
        watch
    }

    /// The server gave up before it answered. What it said by a reset is for the client, which may send the request again.
    fn unanswered(&self, error: h2::Error, sent: &mut Sent, origin: &Origin) -> Refusal {
        let why = reason(&error);
        let is_reset = error.is_remote() && (error.is_reset() || error.is_go_away());
        if why == Reason::REFUSED_STREAM {
            // RFC 9113 §8.7: the server has not dealt with it. Where it is not sent in full, the tap has not heard of it.
            tracing::debug!(host = %origin.host_and_port(), "a server refused a request unseen");
            sent.watch.take_back();
            sent.watch.fail(Outcome::Refused);
            return Refusal::Reset(why);
        }
        let problem = self.failed(&lost(origin, &sent.verdict, error), &sent.watch);
        if is_reset {
            return Refusal::Reset(why);
        }
        Refusal::Problem(problem)
    }

    async fn answer_with(
        &self,
        response: Response<RecvStream>,
        sent: Sent,
        respond: &mut SendResponse<Bytes>,
        origin: &Origin,
    ) -> Result<(), Refusal> {
        let Sent {
            mut upload,
            watch,
            names,
            is_tunnel,
            ..
        } = sent;
        let (mut parts, content) = response.into_parts();
        let mut recording = watch.answer(&parts, |request| self.target.url(request, origin));
        Marks::of(&parts.headers, false).strip(&mut parts.headers, false);
        if let Some(names) = &names {
            names.tell_client(parts.status, &mut parts.headers);
            if names.asks_metadata() {
                let answer = (parts, content, recording);
                // Rare, and large: the future of each request would have room for it.
                return Box::pin(self.retell_stream(answer, names, upload, respond, origin)).await;
            }
        }
        if is_tunnel
            && parts.status.is_success()
            && let Some(recording) = recording.take()
        {
            recording.end(Side::Response, true);
        }
        let head = Response::from_parts(parts, ());
        let Ok(to_client) = respond.send_response(head, content.is_end_stream()) else {
            upload.reset(Reason::CANCEL);
            return Err(Refusal::Cancelled);
        };
        let watch = recording.map(|recording| (recording, Side::Response));
        finish(&mut upload, &mut Pipe::new(content, to_client, watch)).await;
        Ok(())
    }
}

/// Sends the head of a request. Between a link that is ready and the head nothing else happens on the connection, so that it
/// need not be tried again.
fn open_stream(
    origin: &Origin,
    parts: Parts,
    ends: bool,
    mut link: Link,
    watch: &mut Watch,
) -> Result<(ResponseFuture, SendStream<Bytes>, Verdict), UpstreamError> {
    watch.dispatch(link.server, &mut link.phases);
    let verdict = link.verdict.clone();
    let Some(sender) = link.http2() else {
        let host = origin.host_and_port();
        return Err(UpstreamError::VersionChanged { host });
    };
    let sent = sender.send_request(Request::from_parts(parts, ()), ends);
    match sent {
        Ok((response, stream)) => Ok((response, stream, verdict)),
        Err(error) => Err(lost(origin, &verdict, error)),
    }
}

/// Passes on what is left of both contents. A response may end before its request (RFC 9113 §8.1).
pub(super) async fn finish(upload: &mut Pipe, download: &mut Pipe) {
    let downloaded = poll_fn(|cx| {
        upload.go_on(cx);
        download.poll(cx)
    });
    match downloaded.await {
        Ok(()) => {}
        Err(Broken::Sender(reason)) => return download.reset(reason),
        Err(Broken::Receiver(reason)) => return upload.reset(reason),
    }
    match poll_fn(|cx| upload.poll(cx)).await {
        // A server that wants no more of the request has answered it. A reset of ours would overtake what the client has not
        // got of the answer; dropped, the stream tells it behind that, as no error (RFC 9113 §8.1).
        Ok(()) | Err(Broken::Receiver(_)) => {}
        Err(Broken::Sender(reason)) => upload.reset(reason),
    }
}

/// `None` where the client cancels its request first.
async fn unless_cancelled<F: Future>(
    respond: &mut SendResponse<Bytes>,
    mut future: Pin<&mut F>,
) -> Option<F::Output> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => respond.poll_reset(cx).map(|_| None),
    })
    .await
}

/// Answers in our own name.
async fn say(respond: &mut SendResponse<Bytes>, problem: &Problem) {
    let (mut parts, content) = problem.response().into_parts();
    let content = content.collect().await.map(Collected::to_bytes);
    let content = content.unwrap_or_default();
    let length = HeaderValue::from(content.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    let begun = respond.send_response(Response::from_parts(parts, ()), false);
    // An error says that the client is gone.
    if let Ok(mut stream) = begun {
        stream.send_data(content, true).ok();
    }
}

/// A client may name the server by `Host` alone (RFC 9113 §8.3.1), where the library wants an authority; or by another
/// name than the server's, which it is then told.
fn set_authority(parts: &mut Parts, origin: &Origin, is_renamed: bool) {
    if parts.uri.authority().is_some() && !is_renamed {
        return;
    }
    if is_renamed
        && let Some(host) = parts.headers.get_mut(header::HOST)
        && let Ok(own) = HeaderValue::try_from(origin.authority())
    {
        *host = own;
    }
    let host = parts.headers.get(header::HOST).filter(|_| !is_renamed);
    let host = host.and_then(|host| host.to_str().ok().map(str::to_owned));
    let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let uri = Uri::builder()
        .scheme(origin.scheme())
        .authority(host.unwrap_or_else(|| origin.authority()))
        .path_and_query(path)
        .build();
    if let Ok(uri) = uri {
        parts.uri = uri;
    }
}

fn lost(origin: &Origin, verdict: &Verdict, error: h2::Error) -> UpstreamError {
    let host = origin.host_and_port();
    // What the library itself finds wrong with the server is no HTTP/2.
    let is_invalid = error.is_library();
    let source = Box::new(error);
    match verdict.open() {
        Some(demand) => UpstreamError::of_demand(demand, host, source),
        None if is_invalid => UpstreamError::Protocol { host, source },
        None => UpstreamError::Closed { host, source },
    }
}
