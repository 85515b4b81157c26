//! Reads a stream in large pieces that is asked for small ones.
//!
//! TLS asks for 4 KiB at a time, so that each full record would take five reads in the kernel. A connection that waits
//! holds no room for it.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::delegate::delegate;

/// How much is read at a time: a record of TLS has little more than 16 KiB (RFC 8446 §5.2).
const WIDTH: usize = 32 * 1024;

thread_local! {
    /// Where all streams that are read in this thread are read to first. It is taken while one is, since there may be
    /// another below it: TLS to a server within TLS to a proxy.
    static PIECE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A stream that is read in large pieces.
#[derive(Debug)]
pub(crate) struct Wide<T> {
    stream: T,
    /// What was read and not asked for yet.
    left: BytesMut,
}

impl<T> Wide<T> {
    pub(crate) fn new(stream: T) -> Self {
        Self {
            stream,
            left: BytesMut::new(),
        }
    }
}

impl<T: AsyncRead + Unpin> Wide<T> {
    /// Reads a piece, of which `buf` gets the beginning.
    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        piece: &mut [u8],
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut piece = ReadBuf::new(piece);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let read = piece.filled();
        let (asked_for, left) = read.split_at(read.len().min(buf.remaining()));
        buf.put_slice(asked_for);
        self.left.extend_from_slice(left);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Wide<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left.is_empty() {
            let mut piece = PIECE.take();
            piece.resize(WIDTH, 0);
            let polled = self.poll_piece(cx, &mut piece, buf);
            PIECE.set(piece);
            return polled;
        }
        let count = self.left.len().min(buf.remaining());
        buf.put_slice(&self.left[..count]);
        self.left.advance(count);
        if self.left.is_empty() {
            self.left = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wide<T> {
    delegate!(stream: write, flush, shutdown);
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// Counts how often it is read.
    struct Counted<'a>(&'a [u8], usize);

    impl AsyncRead for Counted<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.1 += 1;
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_in_small_pieces_is_read_in_large_ones() {
        let text: Vec<u8> = (0..=u8::MAX).cycle().take(WIDTH + 10).collect();
        let mut stream = Wide::new(Counted(&text, 0));
        let (mut read, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            match stream.read(&mut piece).await.unwrap() {
                0 => break,
                count => read.extend_from_slice(&piece[..count]),
            }
        }
        assert!(read == text);
        // Two that are not empty, and the end.
        assert_eq!(stream.stream.1, 3);
    }

    #[tokio::test]
    async fn one_may_be_below_another() {
        let mut stream = Wide::new(Wide::new(&b"hello"[..]));
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    }
}
