//! Contents on their way: passed on as they come, and watched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::held::Held;
use crate::line::Line;
use crate::recording::{Recording, Side};

/// A content that passes through, with the recording that watches it.
pub(crate) struct Passing {
    content: Incoming,
    watch: Option<(Arc<Recording>, Side)>,
    /// Told of the end.
    line: Option<Arc<Line>>,
}

impl Passing {
    pub(crate) fn new(content: Incoming, recording: Option<Arc<Recording>>, side: Side) -> Self {
        Self {
            content,
            watch: recording.map(|recording| (recording, side)),
            line: None,
        }
    }

    /// Has the end of the content of a request told to the line.
    pub(crate) fn on_line(mut self, line: Arc<Line>) -> Self {
        self.line = Some(line);
        self.tell_end();
        self
    }

    fn tell_end(&mut self) {
        if self.content.is_end_stream()
            && let Some(line) = self.line.take()
        {
            line.request_ended();
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
        let Poll::Ready(polled) = Pin::new(&mut self.content).poll_frame(cx) else {
            if let Some(line) = &self.line {
                line.request_pauses();
            }
            return Poll::Pending;
        };
        self.tell_end();
        match &polled {
            Some(Ok(frame)) => self.watch_frame(frame),
            Some(Err(_)) => {
                if let Some(line) = &self.line {
                    line.request_broke();
                }
                self.end(false);
            }
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
pub(crate) enum Content {
    Passing(Passing),
    /// A `304` or `204` whose header tells a length of a content that it does not have (RFC 9110 §8.6). hyper writes such
    /// a length only where there might be a content.
    Told(Passing),
    /// What was read ahead, and what follows it.
    Held(Box<Held>),
    Own(Full<Bytes>),
}

/// The content of an answer, whose end the line is told of.
pub(crate) struct Outgoing {
    content: Content,
    line: Arc<Line>,
}

impl Outgoing {
    pub(crate) fn new(content: Content, line: &Arc<Line>) -> Self {
        let line = Arc::clone(line);
        Self { content, line }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.line.response_ended();
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.get_mut().content {
            Content::Passing(content) | Content::Told(content) => Pin::new(content).poll_frame(cx),
            Content::Held(content) => Pin::new(content).poll_frame(cx),
            Content::Own(content) => Pin::new(content)
                .poll_frame(cx)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Passing(content) => content.is_end_stream(),
            Content::Told(_) => false,
            Content::Held(content) => content.is_end_stream(),
            Content::Own(content) => content.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Passing(content) => content.size_hint(),
            Content::Told(_) => SizeHint::default(),
            Content::Held(content) => content.size_hint(),
            Content::Own(content) => content.size_hint(),
        }
    }
}
