//! Gathers what is written in small pieces, so that it goes out in one record of TLS and one write.
//!
//! The library for HTTP/2 flushes after each frame of more than some hundred bytes. Where several frames wait, of one
//! exchange or of many, each would be encrypted and written by itself, and the other end would be woken for each.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::delegate::delegate;

/// What is gathered at most, in bytes: a record of TLS has no more (RFC 8446 §5.1). What is larger is written as it is.
const GATHERED_MAX: usize = 16 * 1024;

/// A stream whose small writes are gathered.
#[derive(Debug)]
pub(crate) struct Gathered<T> {
    stream: T,
    /// What was gathered and not written yet.
    waiting: BytesMut,
    /// Whether more was gathered since a flush was asked for.
    grows: bool,
}

impl<T> Gathered<T> {
    pub(crate) fn new(stream: T) -> Self {
        Self {
            stream,
            waiting: BytesMut::new(),
            grows: false,
        }
    }

    /// Whether there is room for so many bytes more.
    fn has_room(&self, len: usize) -> bool {
        self.waiting.len() + len <= GATHERED_MAX
    }
}

impl<T: AsyncWrite + Unpin> Gathered<T> {
    /// Writes what was gathered.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.grows = false;
        while !self.waiting.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.waiting))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.waiting.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Gathered<T> {
    delegate!(stream: read);
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Gathered<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        if !self.has_room(len) {
            ready!(self.poll_drain(cx))?;
        }
        if !self.has_room(len) {
            return Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        }
        for buf in bufs {
            self.waiting.extend_from_slice(buf);
        }
        self.grows = true;
        Poll::Ready(Ok(len))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Puts off a flush after which there may be more to write: it is asked for again at once, and then finds out.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.grows) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.poll_drain(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// Remembers what was written, by each write.
    #[derive(Debug, Default)]
    struct Written(Vec<Vec<u8>>);

    impl AsyncWrite for Written {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.0.push(buf.to_vec());
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_written_between_flushes_that_are_put_off_goes_out_at_once() {
        let mut stream = Gathered::new(Written::default());
        for frame in ["one", "two"] {
            stream.write_all(frame.as_bytes()).await.unwrap();
            let put_off = poll_fn(|cx| Poll::Ready(Pin::new(&mut stream).poll_flush(cx)));
            assert!(put_off.await.is_pending());
        }
        assert!(stream.stream.0.is_empty());
        // It was woken, and finds nothing more to write.
        stream.flush().await.unwrap();
        assert_eq!(stream.stream.0, [b"onetwo"]);
        stream.flush().await.unwrap();
        assert_eq!(stream.stream.0.len(), 1);
    }

    #[tokio::test]
    async fn what_is_large_follows_what_was_gathered() {
        let mut stream = Gathered::new(Written::default());
        let large = vec![b'x'; GATHERED_MAX + 1];
        stream.write_all(b"head").await.unwrap();
        stream.write_all(&large).await.unwrap();
        stream.write_all(b"tail").await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(stream.stream.0 == [b"head".to_vec(), large, b"tail".to_vec()]);
    }
}
