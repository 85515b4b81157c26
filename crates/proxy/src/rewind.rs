//! A stream of which the beginning was read ahead, to see what it is, and is read again by whoever goes on with it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::delegate::delegate;

/// How much is read ahead at a time: a request line or a `ClientHello` commonly has less.
const AHEAD_LEN: usize = 4 * 1024;

/// A stream with bytes before it.
#[derive(Debug)]
pub(crate) struct Rewind<T> {
    ahead: BytesMut,
    stream: T,
}

impl<T> Rewind<T> {
    pub(crate) fn new(stream: T) -> Self {
        Self {
            ahead: BytesMut::new(),
            stream,
        }
    }

    /// Puts bytes, which were taken out of the stream before, in front of it again.
    pub(crate) fn prepend(&mut self, bytes: &Bytes) {
        if bytes.is_empty() {
            return;
        }
        let mut ahead = BytesMut::from(bytes.as_ref());
        ahead.extend_from_slice(&self.ahead);
        self.ahead = ahead;
    }

    /// What was read ahead.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.ahead
    }
}

impl<T: AsyncRead + Unpin> Rewind<T> {
    /// Reads more ahead; 0 is the end of the stream. Cancelling loses nothing.
    pub(crate) async fn read_ahead(&mut self) -> io::Result<usize> {
        // A `BytesMut` that is full would make room for 64 bytes.
        self.ahead.reserve(AHEAD_LEN);
        self.stream.read_buf(&mut self.ahead).await
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewind<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let count = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..count]);
        self.ahead.advance(count);
        if self.ahead.is_empty() {
            self.ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewind<T> {
    delegate!(stream: write, flush);

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A peer that is gone already is as good as one that was told.
        match ready!(Pin::new(&mut self.stream).poll_shutdown(cx)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            other => Poll::Ready(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_ahead_is_read_again_and_first() {
        let mut stream = Rewind::new(&b"world"[..]);
        stream.read_ahead().await.unwrap();
        stream.prepend(&Bytes::from_static(b"hello "));
        assert_eq!(stream.ahead(), b"hello world");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello world");
    }
}
