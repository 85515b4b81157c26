//! Contents on their way: passed on as they come, and watched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::recording::{Recording, Side};

/// A content that passes through, with the recording that watches it.
pub(crate) struct Passing {
    content: Incoming,
    watch: Option<(Arc<Recording>, Side)>,
}

impl Passing {
    pub(crate) fn new(content: Incoming, recording: Option<Arc<Recording>>, side: Side) -> Self {
        Self {
            content,
            watch: recording.map(|recording| (recording, side)),
        }
    }

    fn watch_frame(&mut self, frame: &Frame<Bytes>) {
        let Some((recording, side)) = &self.watch else {
            return;
        };
        if let Some(data) = frame.data_ref() {
            recording.pass(*side, data);
        }
        // Nobody may ask again after the last frame, so that the end is looked for here. Nothing follows trailers.
        if frame.is_trailers() || self.content.is_end_stream() {
            self.end(true);
        }
    }

    fn end(&mut self, whole: bool) {
        if let Some((recording, side)) = self.watch.take() {
            recording.end(side, whole);
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = ready!(Pin::new(&mut self.content).poll_frame(cx));
        match &polled {
            Some(Ok(frame)) => self.watch_frame(frame),
            Some(Err(_)) => self.end(false),
            None => self.end(true),
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl Drop for Passing {
    /// An empty content is dropped unread, and so is one whose receiver went away.
    fn drop(&mut self) {
        let whole = self.content.is_end_stream();
        self.end(whole);
    }
}

/// What the client is sent: the server's content or the proxy's own.
pub(crate) enum Outgoing {
    Passing(Passing),
    Own(Full<Bytes>),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Passing(content) => Pin::new(content).poll_frame(cx),
            Self::Own(content) => Pin::new(content)
                .poll_frame(cx)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Passing(content) => content.is_end_stream(),
            Self::Own(content) => content.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Passing(content) => content.size_hint(),
            Self::Own(content) => content.size_hint(),
        }
    }
}
