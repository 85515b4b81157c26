//! The content of one direction of an HTTP/2 exchange: from the stream that it comes by to the one that it goes on, frame
//! by frame, no faster than the receiver takes it, and watched.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream};

use crate::recording::{Recording, Side};

/// A content on its way.
pub(crate) struct Pipe {
    from: RecvStream,
    to: SendStream<Bytes>,
    watch: Option<(Arc<Recording>, Side)>,
    /// What the receiver has no room for yet; nothing more is read until it has.
    waiting: Option<Bytes>,
    outcome: Option<Result<(), Broken>>,
}

/// Why a content did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Who sends it gave up, for this reason.
    Sender(Reason),
    /// Who receives it wants no more, for this reason.
    Receiver(Reason),
}

impl Pipe {
    /// Begins with a content that may have ended already, of which the other side was told with the header then.
    pub(crate) fn new(
        from: RecvStream,
        to: SendStream<Bytes>,
        watch: Option<(Arc<Recording>, Side)>,
    ) -> Self {
        let has_ended = from.is_end_stream();
        let mut pipe = Self {
            from,
            to,
            watch,
            waiting: None,
            outcome: None,
        };
        if has_ended {
            pipe.tell_end(true);
            pipe.outcome = Some(Ok(()));
        }
        pipe
    }

    /// Begins with a content of which this was read ahead.
    pub(crate) fn after(
        ahead: Bytes,
        from: RecvStream,
        to: SendStream<Bytes>,
        watch: Option<(Arc<Recording>, Side)>,
    ) -> Self {
        let mut pipe = Self::new(from, to, watch);
        if ahead.is_empty() {
            return pipe;
        }
        if pipe.outcome.is_some() {
            pipe.outcome = Some(pipe.send(ahead, true));
        } else {
            pipe.waiting = Some(ahead);
        }
        pipe
    }

    /// Passes on what there is. Ready when all has been passed on, or can no longer be; then it may be asked again.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.go_on(cx);
        self.outcome.map_or(Poll::Pending, Poll::Ready)
    }

    /// Passes on what there is. How it ended is asked by [`poll`](Self::poll).
    pub(crate) fn go_on(&mut self, cx: &mut Context<'_>) {
        if self.outcome.is_none()
            && let Poll::Ready(outcome) = self.poll_pass(cx)
        {
            // What the receiver wants no more of may be told to have never been sent, or ends with the exchange.
            if !matches!(outcome, Err(Broken::Receiver(_))) {
                self.tell_end(outcome.is_ok());
            }
            self.outcome = Some(outcome);
        }
    }

    /// Tells the receiver that no more comes, nor is wanted.
    pub(crate) fn reset(&mut self, reason: Reason) {
        self.to.send_reset(reason);
    }

    fn poll_pass(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        if let Poll::Ready(reset) = self.to.poll_reset(cx) {
            return Poll::Ready(Err(Broken::Receiver(reason_of(reset))));
        }
        loop {
            if let Some(waiting) = self.waiting.take() {
                match self.poll_room(cx, waiting.len()) {
                    Poll::Ready(true) => self.send(waiting, false)?,
                    Poll::Ready(false) => {
                        return Poll::Ready(Err(Broken::Receiver(Reason::CANCEL)));
                    }
                    Poll::Pending => {
                        self.waiting = Some(waiting);
                        return Poll::Pending;
                    }
                }
            }
            match ready!(self.from.poll_data(cx)) {
                Some(Ok(data)) => self.take(data)?,
                Some(Err(error)) => return Poll::Ready(Err(Broken::Sender(reason(&error)))),
                None => return self.poll_trailers(cx),
            }
            if self.waiting.is_none() && self.from.is_end_stream() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Takes a frame off the sender, who may then send as much more.
    fn take(&mut self, data: Bytes) -> Result<(), Broken> {
        // An error says that the sender is gone, which reading on shows.
        self.from.flow_control().release_capacity(data.len()).ok();
        if let Some((recording, side)) = &self.watch {
            recording.pass(*side, &data);
        }
        if !self.from.is_end_stream() {
            // A frame without content says nothing unless it is the last.
            self.waiting = Some(data).filter(|data| !data.is_empty());
            return Ok(());
        }
        // The tap has a content before the receiver has the last of it.
        self.tell_end(true);
        // If the receiver has no room for it, it waits in the library: it is one frame.
        self.send(data, true)
    }

    /// `false` where the receiver is gone.
    fn poll_room(&mut self, cx: &mut Context<'_>, wanted: usize) -> Poll<bool> {
        self.to.reserve_capacity(wanted);
        while self.to.capacity() == 0 {
            match ready!(self.to.poll_capacity(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    }

    fn send(&mut self, data: Bytes, is_last: bool) -> Result<(), Broken> {
        let sent = self.to.send_data(data, is_last);
        sent.map_err(|error| Broken::Receiver(reason(&error)))
    }

    fn poll_trailers(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let sent = match ready!(self.from.poll_trailers(cx)) {
            Ok(trailers) => {
                self.tell_end(true);
                match trailers {
                    Some(trailers) => self.to.send_trailers(trailers),
                    None => self.to.send_data(Bytes::new(), true),
                }
            }
            Err(error) => return Poll::Ready(Err(Broken::Sender(reason(&error)))),
        };
        Poll::Ready(sent.map_err(|error| Broken::Receiver(reason(&error))))
    }

    fn tell_end(&mut self, whole: bool) {
        if let Some((recording, side)) = self.watch.take() {
            recording.end(side, whole);
        }
    }
}

impl Drop for Pipe {
    /// A content that nobody waits for any more has broken off.
    fn drop(&mut self) {
        self.tell_end(false);
    }
}

/// The reason that the other side of a broken exchange is given: the same, where there was one (RFC 9113 §7).
pub(crate) fn reason(error: &h2::Error) -> Reason {
    // The whole connection ended, and this stream was none of those that the server dealt with (RFC 9113 §6.8).
    if error.is_go_away() && error.is_remote() {
        return Reason::REFUSED_STREAM;
    }
    error.reason().unwrap_or(Reason::INTERNAL_ERROR)
}

/// Why a stream was reset; a client whose connection ended has cancelled its requests.
pub(crate) fn reason_of(reset: Result<Reason, h2::Error>) -> Reason {
    reset.unwrap_or(Reason::CANCEL)
}
