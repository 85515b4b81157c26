//! Contents that are held back until they are whole, or turn out to be too long for that. All of them is passed on all the
//! same, unless somebody puts another in its place.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::{RecvStream, SendStream};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use crate::body::Passing;
use crate::pipe::Pipe;
use crate::recording::{Recording, Side};

/// How far a content was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// To its end.
    Whole,
    /// Beyond the bound; the rest follows.
    TooLong,
    /// To where it broke off.
    Broken,
}

/// A content over HTTP/1, read ahead.
pub(crate) struct Held {
    ahead: BytesMut,
    /// What came behind, or instead of more.
    last: Option<Result<HeaderMap, hyper::Error>>,
    rest: Passing,
    /// Whether what was read has just been given.
    is_fresh: bool,
}

impl Held {
    /// Reads up to a bound, and a frame beyond.
    pub(crate) async fn read(content: Passing, bytes_max: usize) -> (Self, Extent) {
        let mut held = Self {
            ahead: BytesMut::new(),
            last: None,
            rest: content,
            is_fresh: false,
        };
        let extent = poll_fn(|cx| held.poll_read(cx, bytes_max)).await;
        (held, extent)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, bytes_max: usize) -> Poll<Extent> {
        while self.ahead.len() <= bytes_max {
            let frame = match ready!(Pin::new(&mut self.rest).poll_frame(cx)) {
                None => return Poll::Ready(Extent::Whole),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    self.last = Some(Err(error));
                    return Poll::Ready(Extent::Broken);
                }
            };
            match frame.into_data() {
                Ok(data) => self.ahead.extend_from_slice(&data),
                Err(frame) => self.last = frame.into_trailers().ok().map(Ok),
            }
        }
        Poll::Ready(Extent::TooLong)
    }

    /// What was read.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.ahead
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if !self.ahead.is_empty() {
            let ahead = mem::take(&mut self.ahead).freeze();
            self.is_fresh = true;
            return Poll::Ready(Some(Ok(Frame::data(ahead))));
        }
        if mem::take(&mut self.is_fresh) && matches!(self.last, Some(Err(_))) {
            // The client gets what there was first: hyper drops at an error what it has not written.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(last) = self.last.take() {
            return Poll::Ready(Some(last.map(Frame::trailers)));
        }
        Pin::new(&mut self.rest).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.is_empty() && self.last.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let ahead = u64::try_from(self.ahead.len()).unwrap_or(u64::MAX);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(ahead));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(ahead));
        }
        hint
    }
}

/// A content over HTTP/2, read ahead.
pub(crate) struct HeldStream {
    ahead: BytesMut,
    rest: RecvStream,
    watched: Watched,
}

/// Who watches a content. One that nobody waits for any more has broken off.
struct Watched(Option<Arc<Recording>>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(recording) = self.0.take() {
            recording.end(Side::Response, false);
        }
    }
}

impl HeldStream {
    pub(crate) fn new(content: RecvStream, recording: Option<Arc<Recording>>) -> Self {
        Self {
            ahead: BytesMut::new(),
            rest: content,
            watched: Watched(recording),
        }
    }

    /// Reads up to a bound, and a frame beyond.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, bytes_max: usize) -> Poll<Extent> {
        while self.ahead.len() <= bytes_max {
            let data = match ready!(self.rest.poll_data(cx)) {
                None => return Poll::Ready(Extent::Whole),
                Some(Ok(data)) => data,
                // It is met again by whoever reads on.
                Some(Err(_)) => return Poll::Ready(Extent::Broken),
            };
            // An error says that the sender is gone, which reading on shows.
            self.rest.flow_control().release_capacity(data.len()).ok();
            if let Some(recording) = &self.watched.0 {
                recording.pass(Side::Response, &data);
            }
            self.ahead.extend_from_slice(&data);
        }
        Poll::Ready(Extent::TooLong)
    }

    /// What was read.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.ahead
    }

    /// Whether there was nothing to read, and is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.ahead.is_empty() && self.rest.is_end_stream()
    }

    /// Passes it on, with another content in place of what was read where there is one.
    pub(crate) fn pass_on(self, retold: Option<Bytes>, to: SendStream<Bytes>) -> Pipe {
        let Self {
            ahead,
            rest,
            mut watched,
        } = self;
        let watch = watched
            .0
            .take()
            .map(|recording| (recording, Side::Response));
        Pipe::after(retold.unwrap_or_else(|| ahead.freeze()), rest, to, watch)
    }
}
