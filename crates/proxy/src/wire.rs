//! The bytes of HTTP/1 on both sides of hyper, where it says and hears too little, or too much: it knows no half-closed
//! client, passes no interim response on and makes one of its own, answers what it cannot parse in nobody's name, and
//! waits for a header without end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::delegate::delegate;
use crate::line::{Line, Stage};
use crate::rescue::Problem;

/// hyper's answer to what it cannot parse is shorter than this, and has no field but for its length and the end.
const BARE_ANSWER_LEN_MAX: usize = 128;
/// What hyper tells a client that waits before it sends its content, as soon as that is asked for (RFC 9110 §10.1.1).
const OWN_CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The connection of a client.
pub(crate) struct ClientWire<T> {
    stream: T,
    line: Arc<Line>,
    /// Told of an answer of our own.
    tell: Box<dyn Fn(&Problem) + Send>,
    /// What is written before anything else.
    first: Vec<u8>,
    /// Whether hyper has nothing to write.
    is_clean: bool,
    /// How long the client may take for the rest of a header once it has begun.
    header_max: Duration,
    /// Whether a header has begun.
    in_header: bool,
    header_end: Option<Pin<Box<Sleep>>>,
}

impl<T> ClientWire<T> {
    pub(crate) fn new(
        stream: T,
        line: Arc<Line>,
        header_max: Duration,
        tell: Box<dyn Fn(&Problem) + Send>,
    ) -> Self {
        Self {
            stream,
            line,
            tell,
            header_max,
            first: Vec::new(),
            is_clean: true,
            in_header: false,
            header_end: None,
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.stream
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> ClientWire<T> {
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.first.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.first))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.first.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the wait for a header that does not come to its end. Most come at once, and cost no timer.
    fn poll_header_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.stage() != Stage::Idle {
            self.in_header = false;
            self.header_end = None;
            return Poll::Pending;
        }
        if !self.in_header {
            return Poll::Pending;
        }
        let header_max = self.header_max;
        let end = self
            .header_end
            .get_or_insert_with(|| Box::pin(sleep(header_max)));
        ready!(end.as_mut().poll(cx));
        if self.first.is_empty() {
            let problem = Problem::header_timeout(header_max);
            self.first = problem.bytes();
            (self.tell)(&problem);
        }
        ready!(self.poll_first(cx))?;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Puts before the next bytes what has to come before them. How many of those are to be left out.
    fn precede(&mut self, beginning: &[u8], len: usize) -> usize {
        if self.is_clean {
            if self.line.stage() == Stage::Exchange && beginning.starts_with(OWN_CONTINUE) {
                // Whether the client is to go on is for the server to say, whose answer passes as any interim one.
                return OWN_CONTINUE.len();
            }
            self.is_clean = false;
            self.first.append(&mut self.line.take_interim());
        }
        if self.line.stage() != Stage::Idle || len > BARE_ANSWER_LEN_MAX {
            return 0;
        }
        let Some(problem) = of_bare_answer(beginning) else {
            return 0;
        };
        (self.tell)(&problem);
        self.first.extend(problem.bytes());
        len
    }
}

/// What we say in place of hyper's answer to what it cannot parse.
fn of_bare_answer(beginning: &[u8]) -> Option<Problem> {
    let status = beginning.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    match status {
        b"400" => Some(Problem::malformed_header()),
        b"414" => Some(Problem::target_too_long()),
        b"431" => Some(Problem::too_many_fields()),
        _ => None,
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for ClientWire<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf)?;
        if polled.is_pending() {
            return self.poll_header_end(cx);
        }
        self.in_header = self.line.stage() == Stage::Idle;
        if buf.filled().len() == before && self.line.close_half() {
            self.line.register_client(cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ClientWire<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left_out = self.precede(buf, buf.len());
        if left_out > 0 {
            return Poll::Ready(Ok(left_out));
        }
        ready!(self.poll_first(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        let beginning = bufs.first().map_or(&[][..], |buf| buf);
        let left_out = self.precede(beginning, len);
        if left_out > 0 {
            return Poll::Ready(Ok(left_out));
        }
        ready!(self.poll_first(cx))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    delegate!(stream: is_write_vectored);

    /// hyper flushes when it has written all that it has.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.register_client(cx.waker());
        self.line.flushed();
        self.is_clean = true;
        if self.line.stage() == Stage::Exchange {
            let mut interim = self.line.take_interim();
            self.first.append(&mut interim);
        }
        ready!(self.poll_first(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_first(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The connection to a server. Where the client has closed its side, this one closes it too once all is written, and the
/// server sees what it would see without the proxy.
pub(crate) struct ServerWire<T> {
    stream: T,
    line: Arc<Line>,
    is_half_closed: bool,
}

impl<T> ServerWire<T> {
    pub(crate) fn new(stream: T, line: Arc<Line>) -> Self {
        Self {
            stream,
            line,
            is_half_closed: false,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for ServerWire<T> {
    delegate!(stream: read);
}

impl<T: AsyncWrite + Unpin> AsyncWrite for ServerWire<T> {
    delegate!(stream: write, shutdown);

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.register_server(cx.waker());
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if !self.is_half_closed && self.line.ends_after_request() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_half_closed = true;
        }
        Poll::Ready(Ok(()))
    }
}
